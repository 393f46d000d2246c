"""The usual way to read in the shadow: hand the answer to another function by an `Event` invocation with boto3.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
"""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any, Final

from shared.reader import Document
from tests.sandbox_process import RunningSandbox

_ROLE: Final = "bench"
_NOTHING: Final = "def handler(event, context):\n    return None\n"


def create_function(sandbox: RunningSandbox, name: str, **options: Any) -> None:
    """A function that does nothing; `options` are CreateFunction's."""
    iam = sandbox.client("iam")
    if not any(role["RoleName"] == _ROLE for role in iam.list_roles()["Roles"]):
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        iam.create_role(RoleName=_ROLE, AssumeRolePolicyDocument=document)
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as packed:
        packed.writestr("index.py", _NOTHING)
    sandbox.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="index.handler",
        Role=iam.get_role(RoleName=_ROLE)["Role"]["Arn"],
        Code={"ZipFile": package.getvalue()},
        **options,
    )


def event_invoker(sandbox: RunningSandbox, function_name: str) -> Callable[[str, Document | None], None]:
    """What hands a user's answer to the function and does not wait for it."""
    client = sandbox.client("lambda")
    # Its cold start is not what is compared.
    client.invoke(FunctionName=function_name)["Payload"].read()

    def invoke(user_id: str, answer: Document | None) -> None:
        payload = json.dumps({"userId": user_id, "answer": answer})
        client.invoke(FunctionName=function_name, InvocationType="Event", Payload=payload)

    return invoke
