"""Functions for the sandbox's tests: a few lines of Python, deployed from memory."""

import io
import json
import zipfile
from typing import Any

from tests.sandbox_process import RunningSandbox

# It logs, as every real handler does: MiniStack waits a moment for the log of one that does not.
DESCRIBE_SELF = """
import os

def handler(event, context):
    print("read")
    return {
        "environment_version": os.environ["AWS_LAMBDA_FUNCTION_VERSION"],
        "context_version": context.function_version,
        "invoked_function_arn": context.invoked_function_arn,
        "environment": {name: value for name, value in os.environ.items() if name.startswith("AWS_")},
    }
"""


def create_role(sandbox: RunningSandbox, name: str) -> str:
    """Create a role that Lambda may assume, with no permissions, and return its ARN."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    arn: str = sandbox.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"][
        "Arn"
    ]
    return arn


def create_function(sandbox: RunningSandbox, name: str, source: str = DESCRIBE_SELF, **settings: Any) -> str:
    """Create a function with a role of its own and return its ARN."""
    role = settings.pop("Role", None) or create_role(sandbox, f"{name}-role")
    arn: str = sandbox.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="index.handler",
        Role=role,
        Code={"ZipFile": zipped(source)},
        **settings,
    )["FunctionArn"]
    return arn


def publish_versions(sandbox: RunningSandbox, name: str, count: int) -> list[str]:
    """Publish as many versions, each with code of its own, and return their numbers."""
    client = sandbox.client("lambda")
    versions = []
    for number in range(count):
        client.update_function_code(FunctionName=name, ZipFile=zipped(f"{DESCRIBE_SELF}\n# {number}\n"))
        versions.append(client.publish_version(FunctionName=name)["Version"])
    return versions


def zipped(source: str) -> bytes:
    """Return a deployment package with `index.py`."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("index.py", source)
    return package.getvalue()
