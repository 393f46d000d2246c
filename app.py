"""CDK entry point: one stage per environment, checked against three rule packs.

`cdk synth`, `cdk diff 'beta/*'` and `cdk deploy 'beta/*'` all start here.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks, NIST80053R5Checks, ServerlessChecks

# The functions' folder is an import root of its own; names that both sides spell alike live there.
sys.path.insert(0, str(Path(__file__).resolve().parent / "lambda"))

from stacks.environments import ENVIRONMENTS, Environment
from stacks.migration_stage import MigrationStage


def build_app(environments: Mapping[str, Environment], *, caller_account: str | None, **app_options: Any) -> App:
    """A stage for each environment, by stage name.

    `caller_account` stands in where an environment names no account of its own; without either, templates are
    account-agnostic. Synthesis fails on any finding of the rule packs that is not acknowledged.
    """
    app = App(**app_options)
    Validations.of(app).add_plugins(AwsSolutionsChecks(), ServerlessChecks(), NIST80053R5Checks())
    for stage_name, environment in environments.items():
        MigrationStage(app, stage_name, environment=environment, caller_account=caller_account)
    return app


if __name__ == "__main__":
    # The CDK command line sets this from the caller's credentials, where there are any.
    build_app(ENVIRONMENTS, caller_account=os.environ.get("CDK_DEFAULT_ACCOUNT")).synth()
