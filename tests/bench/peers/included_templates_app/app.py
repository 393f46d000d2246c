"""The same resources under the same rule packs, without a construct of ours: what is left is the CDK's own time.

Each stack includes a template, as it lies in `templates` by stage: one call to the CDK instead of hundreds.
"""

import json
from pathlib import Path

from aws_cdk import Acknowledgment, App, Stack, Stage, Validations
from aws_cdk.cloudformation_include import CfnInclude
from cdk_nag import AwsSolutionsChecks, NIST80053R5Checks, ServerlessChecks

app = App()
Validations.of(app).add_plugins(AwsSolutionsChecks(), ServerlessChecks(), NIST80053R5Checks())
Validations.of(app).acknowledge(
    *(Acknowledgment(id=finding, reason="as there") for finding in json.loads(Path("acknowledged.json").read_text()))
)
for folder in sorted(Path("templates").iterdir()):
    stage = Stage(app, folder.name)
    for template in sorted(folder.iterdir()):
        CfnInclude(Stack(stage, template.stem), "Resources", template_file=str(template))
app.synth()
