"""What the operator's policy allows: the calls of the tool, on this environment's resources."""

import json
import re
from collections.abc import Mapping
from typing import Any

import botocore.session
import pytest

from stacks.environments import ENVIRONMENTS
from tests.stacks.conftest import REPOSITORY, Synthesis
from tests.stacks.test_least_privilege import as_list

STAGES = pytest.mark.parametrize("stage", ENVIRONMENTS)
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: characters, white space not counted.
LARGEST_POLICY = 6144
# A rehearsal's own modules do what no operator does.
NOT_THE_TOOL = re.compile(r"rehears|disasters|interruptions|heard|scenario|clients\.py|embedded_aws|rollback_timeline")
# The tool turns the flags off by the guardian's own hands.
OF_THE_GUARDIAN = (REPOSITORY / "lambda" / "rollback_guardian" / "appconfig_dial.py",)
NEEDS_NO_PERMISSION = {
    # https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    "get_caller_identity",
    # A rehearsal's, beside the migrations.
    "create_secret",
}


def spelled(operation: str) -> str:
    return "invoke" if operation == "InvokeFunction" else botocore.xform_name(operation)


SERVICES_CALLS = {
    service: {spelled(name) for name in botocore.session.get_session().get_service_model(service).operation_names}
    for service in (
        *("appconfig", "cloudwatch", "codedeploy", "lambda", "logs"),
        *("secretsmanager", "sns", "ssm", "sts", "xray"),
    )
}


def statements(synthesis: Synthesis, stage: str) -> Mapping[str, Mapping[str, Any]]:
    """By their ids."""
    name = ENVIRONMENTS[stage].names.operator_policy
    (policy,) = (
        resource["Properties"]
        for resource in synthesis.resources(stage, "AWS::IAM::ManagedPolicy").values()
        if resource["Properties"].get("ManagedPolicyName") == name
    )
    return {each["Sid"]: each for each in policy["PolicyDocument"]["Statement"]}


def actions(synthesis: Synthesis, stage: str) -> set[str]:
    return {action for each in statements(synthesis, stage).values() for action in as_list(each["Action"])}


def as_deployed(value: Any) -> Any:
    """With an account's number for each reference, as ids are no longer, and an ARN for those to other stacks."""
    match value:
        case {"Fn::Join": [str(separator), list(parts)]}:
            return separator.join(map(as_deployed, parts))
        case {"Fn::GetStackOutput": _}:
            return "arn:aws:sns:ap-southeast-2:111122223333:huntaze-elsewhere-rollbacks"
        case {"Ref": _}:
            return "111122223333"
        case dict():
            return {key: as_deployed(item) for key, item in value.items()}
        case list():
            return [as_deployed(item) for item in value]
        case _:
            return value


def calls_of_the_tool() -> set[str]:
    """What it calls of botocore's clients, as Python spells it."""
    files = [path for path in (REPOSITORY / "playbook").rglob("*.py") if not NOT_THE_TOOL.search(path.name)]
    text = "\n".join(path.read_text(encoding="utf-8") for path in (*files, *OF_THE_GUARDIAN))
    named = set(re.findall(r"\.([a-z_]+)\(", text)) | set(re.findall(r'get_paginator\("([a-z_]+)"\)', text))
    return named & {call for calls in SERVICES_CALLS.values() for call in calls}


def test_each_action_is_a_call_that_the_tool_makes(synthesis: Synthesis) -> None:
    calls = calls_of_the_tool()

    for action in actions(synthesis, "beta"):
        service, _, operation = action.partition(":")
        assert spelled(operation) in calls, action
        assert spelled(operation) in SERVICES_CALLS[service], action


def test_each_call_that_the_tool_makes_is_allowed(synthesis: Synthesis) -> None:
    allowed = {spelled(action.partition(":")[2]) for action in actions(synthesis, "beta")}

    assert calls_of_the_tool() - NEEDS_NO_PERMISSION - allowed == set()


@STAGES
def test_the_policy_is_small_enough_for_iam(stage: str, synthesis: Synthesis) -> None:
    document = {"Version": "2012-10-17", "Statement": [*statements(synthesis, stage).values()]}

    assert len(json.dumps(as_deployed(document), separators=(",", ":"))) <= LARGEST_POLICY
