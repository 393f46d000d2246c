"""https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""

import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox import templates
from tests.sandbox.lambda_functions import DESCRIBE_SELF, create_function, create_role, publish_versions
from tests.sandbox_process import RunningSandbox


def _is_throttled(sandbox: RunningSandbox, name: str, **arguments: str) -> bool:
    try:
        sandbox.client("lambda").invoke(FunctionName=name, **arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "TooManyRequestsException"  # noqa: PT017 - either may happen
        return True
    return False


def test_what_is_reserved_for_a_function_holds_for_its_versions_and_aliases(sandbox: RunningSandbox) -> None:
    name = f"reserved-{uuid.uuid4().hex[:8]}"
    create_function(sandbox, name)
    (version,) = publish_versions(sandbox, name, 1)
    client = sandbox.client("lambda")
    client.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    assert not _is_throttled(sandbox, name, Qualifier="live")
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    assert [_is_throttled(sandbox, name, Qualifier=each) for each in ("live", version, "$LATEST")] == [True] * 3
    client.delete_function_concurrency(FunctionName=name)
    assert not _is_throttled(sandbox, name, Qualifier="live")


def _function(role: str, **properties: Any) -> dict[str, Any]:
    return {
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.13", "Handler": "index.handler", "Role": role,
                "Code": {"ZipFile": DESCRIBE_SELF}, **properties,
            },
        }
    }  # fmt: skip


@pytest.mark.parametrize("changed", [3, None])
def test_it_deploys_from_a_template_and_is_updated(sandbox: RunningSandbox, changed: int | None) -> None:
    stack = f"reserved-{uuid.uuid4().hex[:8]}"
    role = create_role(sandbox, f"{stack}-role")
    deployed = _function(role, ReservedConcurrentExecutions=2)
    with templates.stack(sandbox, stack, deployed, Name={"Ref": "Function"}) as outputs:
        client, name = sandbox.client("lambda"), outputs["Name"]
        assert client.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"] == 2
        properties = {"ReservedConcurrentExecutions": changed} if changed else {"Description": "changed"}
        templates.update(sandbox, stack, _function(role, **properties), Name={"Ref": "Function"})
        assert client.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions") == changed
