"""A deployment does what its group's service role may do, and no more; its validation function likewise.

https://docs.aws.amazon.com/codedeploy/latest/userguide/getting-started-create-service-role.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodedeploy.html
"""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.service_role import trusts
from tests.sandbox.deployable import REPORT, Deployable, create_deployer, eventually, group_resources, policy, set_alarm
from tests.sandbox.lambda_functions import create_function, create_role
from tests.sandbox.templates import stack
from tests.sandbox_process import RunningSandbox, running_sandbox

LAMBDA = "arn:aws:lambda:us-east-1:000000000000:function"
CODEDEPLOY = "arn:aws:codedeploy:us-east-1:000000000000"
HOOK = "CodeDeployHook_role"


def allow(action: str | list[str], resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


MOVE = allow(["lambda:GetAlias", "lambda:UpdateAlias"], f"{LAMBDA}:role-*")
WATCH = allow("cloudwatch:DescribeAlarms", "*")
CALL = allow("lambda:InvokeFunction", f"{LAMBDA}:CodeDeployHook_*")
REPORTS = allow("codedeploy:PutLifecycleEventHookExecutionStatus", f"{CODEDEPLOY}:deploymentgroup:role-*/role-*")


@pytest.fixture(scope="module")
def enforcing() -> Iterator[RunningSandbox]:
    with running_sandbox("--enforce-iam") as running:
        set_alarm(running, "quiet", in_alarm=False)
        create_role(running, "hook")
        create_function(
            running, HOOK, REPORT, Role="arn:aws:iam::000000000000:role/hook", Timeout=20,
            Environment={"Variables": {"OUTCOME": "Succeeded"}},
        )  # fmt: skip
        yield running


def hook_may(sandbox: RunningSandbox, *statements: dict[str, Any]) -> None:
    sandbox.client("iam").put_role_policy(RoleName="hook", PolicyName="reports", PolicyDocument=policy(*statements))


def log_of(sandbox: RunningSandbox, function: str) -> str:
    logs = sandbox.client("logs")
    try:
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
    except logs.exceptions.ResourceNotFoundException:
        return ""
    return "".join(event["message"] for event in events)


def outcome(sandbox: RunningSandbox, name: str, *statements: dict[str, Any], hook: bool = True) -> dict[str, Any]:
    """How a deployment ends whose role may do what is stated."""
    role = create_deployer(sandbox, name, *statements)
    function = Deployable.create(sandbox, name)
    function.create_alias()
    options = {"deploymentConfigName": "CodeDeployDefault.LambdaAllAtOnce"}
    with stack(sandbox, name, group_resources(name, role, alarms=("quiet",), events=())):
        hooks = {"BeforeAllowTraffic": HOOK} if hook else {}
        return function.over(function.deploy(options=options, **hooks))


def test_a_role_that_may_do_all_of_it_deploys(enforcing: RunningSandbox) -> None:
    hook_may(enforcing, REPORTS)
    assert outcome(enforcing, "role-enough", MOVE, WATCH, CALL)["status"] == "Succeeded"


@pytest.mark.parametrize(
    ("case", "statements", "service"),
    [
        ("no-alias", (WATCH, CALL), "AWSLambda"),
        ("no-update", (allow("lambda:GetAlias", "*"), WATCH, CALL), "AWSLambda"),
        ("no-alarms", (MOVE, CALL), "AmazonCloudWatch"),
        ("no-hook", (MOVE, WATCH), "AWSLambda"),
        ("other-hook", (MOVE, WATCH, allow("lambda:InvokeFunction", f"{LAMBDA}:another")), "AWSLambda"),
    ],
)
def test_a_role_that_lacks_a_permission_fails_the_deployment(
    enforcing: RunningSandbox, case: str, statements: tuple[dict[str, Any], ...], service: str
) -> None:
    hook_may(enforcing, REPORTS)
    info = outcome(enforcing, f"role-{case}", *statements)
    assert info["status"] == "Failed"
    assert info["errorInformation"]["code"] == "IAM_ROLE_PERMISSIONS"
    assert f"AWS service: {service}." in info["errorInformation"]["message"]


def test_a_deployment_without_hook_needs_no_permission_to_invoke(enforcing: RunningSandbox) -> None:
    assert outcome(enforcing, "role-hookless", MOVE, WATCH, hook=False)["status"] == "Succeeded"


def test_a_hook_reports_only_to_the_groups_it_may_report_to(enforcing: RunningSandbox) -> None:
    hook_may(enforcing, allow("codedeploy:PutLifecycleEventHookExecutionStatus", f"{CODEDEPLOY}:deploymentgroup:a/b"))
    role = create_deployer(enforcing, "role-elsewhere", MOVE, WATCH, CALL)
    function = Deployable.create(enforcing, "role-elsewhere")
    function.create_alias()
    with stack(enforcing, "role-elsewhere", group_resources("role-elsewhere", role, events=())):
        deployment_id = function.deploy(BeforeAllowTraffic=HOOK)
        eventually(lambda: "AccessDenied" in log_of(enforcing, HOOK))
        assert function.info(deployment_id)["status"] == "InProgress"
        enforcing.client("codedeploy").stop_deployment(deploymentId=deployment_id)
        function.over(deployment_id)


@pytest.mark.parametrize(
    ("statement", "trusted"),
    [
        ({"Effect": "Allow", "Principal": {"Service": "codedeploy.amazonaws.com"}, "Action": "sts:AssumeRole"}, True),
        ({"Effect": "Allow", "Principal": {"Service": ["a", "codedeploy.amazonaws.com"]}, "Action": ["sts:*"]}, True),
        ({"Effect": "Deny", "Principal": {"Service": "codedeploy.amazonaws.com"}, "Action": "sts:AssumeRole"}, False),
        ({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}, False),
        ({"Effect": "Allow", "Principal": {"Service": "codedeploy.amazonaws.com"}, "Action": "sts:TagSession"}, False),
        ({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}, False),
    ],
)
def test_a_role_trusts_the_service_that_its_policy_names(statement: dict[str, Any], *, trusted: bool) -> None:
    assert trusts(policy(statement), "codedeploy.amazonaws.com") is trusted
