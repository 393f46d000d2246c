"""Deploys CloudFormation templates in the sandbox's tests."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import WaiterError

from tests.sandbox_process import RunningSandbox

_POLLING = {"Delay": 0.05, "MaxAttempts": 400}


@contextmanager
def stack(sandbox: RunningSandbox, name: str, resources: dict[str, Any], **outputs: Any) -> Iterator[dict[str, str]]:
    """Deploy the resources while the block runs, and give the outputs' values."""
    client = sandbox.client("cloudformation")
    client.create_stack(StackName=name, TemplateBody=_template(resources, outputs))
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=_POLLING)
    yield _outputs(client, name)
    client.delete_stack(StackName=name)
    client.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig=_POLLING)


def update(sandbox: RunningSandbox, name: str, resources: dict[str, Any], **outputs: Any) -> dict[str, str]:
    """Update a deployed stack and return the outputs' values."""
    client = sandbox.client("cloudformation")
    client.update_stack(StackName=name, TemplateBody=_template(resources, outputs))
    client.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig=_POLLING)
    return _outputs(client, name)


def refusal(sandbox: RunningSandbox, name: str, resources: dict[str, Any]) -> str:
    """Deploy resources that CloudFormation must refuse, and return the reason it gives for the first."""
    client = sandbox.client("cloudformation")
    client.create_stack(StackName=name, TemplateBody=_template(resources, {}), OnFailure="ROLLBACK")
    try:
        client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=_POLLING)
    except WaiterError:
        events = client.describe_stack_events(StackName=name)["StackEvents"]
        failed = [event for event in events if event["ResourceStatus"] == "CREATE_FAILED"]
        reason: str = failed[-1]["ResourceStatusReason"]
        return reason
    raise AssertionError(f"the stack {name} was deployed")


def _template(resources: dict[str, Any], outputs: dict[str, Any]) -> str:
    return json.dumps({"Resources": resources, "Outputs": {name: {"Value": value} for name, value in outputs.items()}})


def _outputs(client: Any, name: str) -> dict[str, str]:
    (described,) = client.describe_stacks(StackName=name)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
