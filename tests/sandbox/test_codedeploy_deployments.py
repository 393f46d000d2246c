"""Deployments through CodeDeploy's API, as boto3 sees them.

https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_CreateDeployment.html
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.aws_cli import RELEASE_1
from tests.sandbox.deployable import (
    Deployable,
    create_deployer,
    create_hook,
    eventually,
    group_resources,
    set_alarm,
)
from tests.sandbox.templates import stack
from tests.sandbox_process import RunningSandbox, running_sandbox

FACTOR = 10


@pytest.fixture(scope="module")
def playbook() -> Iterator[RunningSandbox]:
    """A sandbox whose time is far behind, so that tests may let it pass."""
    with running_sandbox("--clock-behind", "4000000") as running:
        running.control.run_clock_at(FACTOR)
        create_deployer(running, "deployer")
        for outcome in ("Succeeded", "Failed", "silence", "raise"):
            create_hook(running, f"CodeDeployHook_{outcome}", outcome)
        yield running


@contextmanager
def deployable(sandbox: RunningSandbox, name: str, **group: Any) -> Iterator[Deployable]:
    function = Deployable.create(sandbox, name)
    function.create_alias()
    with stack(sandbox, name, group_resources(name, "arn:aws:iam::000000000000:role/deployer", **group)):
        yield function


def test_a_deployment_goes_through_its_events_and_moves_the_alias(playbook: RunningSandbox) -> None:
    with deployable(playbook, "whole") as function:
        deployment_id = function.deploy(
            BeforeAllowTraffic="CodeDeployHook_Succeeded", AfterAllowTraffic="CodeDeployHook_Succeeded"
        )
        function.wait_for_canary()
        assert function.alias == ("1", {"2": 0.1})
        assert function.events(deployment_id) == {
            "BeforeAllowTraffic": "Succeeded", "AllowTraffic": "InProgress", "AfterAllowTraffic": "Pending",
        }  # fmt: skip
        assert function.info(deployment_id)["deploymentOverview"]["InProgress"] == 1
        playbook.control.jump_clock(300)
        info = function.over(deployment_id)
        assert function.alias == ("2", {})
        assert info["status"] == "Succeeded"
        assert info["creator"] == "user"
        assert info["deploymentOverview"]["Succeeded"] == 1
        assert info["computePlatform"] == "Lambda"
        assert "errorInformation" not in info
        took = info["completeTime"] - info["startTime"]
        assert timedelta(minutes=5) <= took <= timedelta(minutes=15)
        assert function.target(deployment_id)["lambdaFunctionInfo"] == {
            "functionName": "whole", "functionAlias": "live", "currentVersion": "1", "targetVersion": "2",
            "targetVersionWeight": 1.0,
        }  # fmt: skip
        events = function.target(deployment_id)["lifecycleEvents"]
        assert [event["lifecycleEventName"] for event in events] == [
            "BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic",
        ]  # fmt: skip
        assert all(event["startTime"] <= event["endTime"] for event in events)


def test_the_hook_knows_the_new_version_from_the_deployments_target(playbook: RunningSandbox) -> None:
    with deployable(playbook, "looked-up") as function:
        deployment_id = function.deploy(BeforeAllowTraffic="CodeDeployHook_silence")
        eventually(lambda: function.info(deployment_id)["status"] == "InProgress")
        client = playbook.client("codedeploy")
        assert client.list_deployment_targets(deploymentId=deployment_id)["targetIds"] == ["looked-up"]
        (target,) = client.batch_get_deployment_targets(deploymentId=deployment_id, targetIds=["looked-up"])[
            "deploymentTargets"
        ]
        assert target["deploymentTargetType"] == "LambdaTarget"
        assert target["lambdaTarget"]["lambdaFunctionInfo"]["targetVersion"] == "2"
        assert target["lambdaTarget"]["lambdaFunctionInfo"]["targetVersionWeight"] == 0.0
        by_status = {"TargetStatus": ["Failed"]}
        assert client.list_deployment_targets(deploymentId=deployment_id, targetFilters=by_status)["targetIds"] == []


def test_a_version_that_the_hook_rejects_is_never_served(playbook: RunningSandbox) -> None:
    with deployable(playbook, "rejected") as function:
        deployment_id = function.deploy(BeforeAllowTraffic="CodeDeployHook_Failed")
        info = function.over(deployment_id)
        assert info["status"] == "Failed"
        assert info["errorInformation"]["code"] == "HOOK_EXECUTION_FAILURE"
        assert function.events(deployment_id) == {
            "BeforeAllowTraffic": "Failed", "AllowTraffic": "Skipped", "AfterAllowTraffic": "Skipped",
        }  # fmt: skip
        rollback = function.rollback(deployment_id)
        assert (rollback["status"], rollback["creator"]) == ("Succeeded", "codeDeployRollback")
        assert rollback["rollbackInfo"]["rollbackTriggeringDeploymentId"] == deployment_id
        assert function.alias == ("1", {})


@pytest.mark.parametrize("outcome", ["silence", "raise"])
def test_only_a_report_counts_and_without_one_the_deployment_fails_after_an_hour(
    playbook: RunningSandbox, outcome: str
) -> None:
    with deployable(playbook, f"hook-{outcome}") as function:
        deployment_id = function.deploy(BeforeAllowTraffic=f"CodeDeployHook_{outcome}")
        eventually(lambda: _invocations(playbook, f"CodeDeployHook_{outcome}", deployment_id))
        playbook.control.jump_clock(3000)
        assert function.info(deployment_id)["status"] == "InProgress"
        playbook.control.jump_clock(600)
        assert function.over(deployment_id)["errorInformation"]["code"] == "HOOK_EXECUTION_FAILURE"


def _invocations(sandbox: RunningSandbox, hook: str, deployment_id: str) -> list[Any]:
    logs = sandbox.client("logs")
    try:
        found: list[Any] = logs.filter_log_events(
            logGroupName=f"/aws/lambda/{hook}", filterPattern=f'"{deployment_id}"'
        )["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    return found


def test_a_hook_that_is_not_there_fails_the_deployment_at_once(playbook: RunningSandbox) -> None:
    with deployable(playbook, "no-hook") as function:
        info = function.over(function.deploy(BeforeAllowTraffic="CodeDeployHook_absent"))
        assert info["errorInformation"]["code"] == "INVALID_LAMBDA_FUNCTION"


def test_an_alarm_during_the_canary_takes_the_alias_back(playbook: RunningSandbox) -> None:
    set_alarm(playbook, "canary-errors", in_alarm=False)
    with deployable(playbook, "alarmed", alarms=("canary-errors",), minutes=2000) as function:
        deployment_id = function.deploy()
        function.wait_for_canary()
        set_alarm(playbook, "canary-errors", in_alarm=True)
        info = function.over(deployment_id)
        assert info["status"] == "Stopped"
        assert info["errorInformation"]["code"] == "ALARM_ACTIVE"
        assert "Activated alarms: <canary-errors>" in info["errorInformation"]["message"]
        assert function.rollback(deployment_id)["status"] == "Succeeded"
        assert function.alias == ("1", {})
        assert function.events(deployment_id) == {
            "BeforeAllowTraffic": "Succeeded", "AllowTraffic": "Failed", "AfterAllowTraffic": "Skipped",
        }  # fmt: skip


def test_an_alarm_that_is_active_already_keeps_the_version_from_any_traffic(playbook: RunningSandbox) -> None:
    set_alarm(playbook, "active", in_alarm=True)
    with deployable(playbook, "late", alarms=("active",)) as function:
        deployment_id = function.deploy(BeforeAllowTraffic="CodeDeployHook_Succeeded")
        assert function.over(deployment_id)["status"] == "Stopped"
        function.rollback(deployment_id)
        assert function.alias == ("1", {})
        overridden = {"overrideAlarmConfiguration": {"enabled": False, "alarms": []}}
        function.deploy(options=overridden)
        function.wait_for_canary()


@pytest.mark.parametrize(("ignored", "status"), [(True, "Succeeded"), (False, "Failed")])
def test_an_alarm_without_a_state_ends_the_deployment_unless_that_is_ignored(
    playbook: RunningSandbox, *, ignored: bool, status: str
) -> None:
    with deployable(playbook, f"blind-{ignored}".lower()) as function:
        watch = {"enabled": True, "alarms": [{"name": "absent"}], "ignorePollAlarmFailure": ignored}
        all_at_once = "CodeDeployDefault.LambdaAllAtOnce"
        deployment_id = function.deploy(
            options={"overrideAlarmConfiguration": watch, "deploymentConfigName": all_at_once}
        )
        assert function.over(deployment_id)["status"] == status


@pytest.mark.parametrize(("rolls_back", "alias"), [(True, ("1", {})), (False, ("1", {"2": 0.1}))])
def test_a_deployment_is_stopped_on_request(
    playbook: RunningSandbox, *, rolls_back: bool, alias: tuple[str, dict[str, float]]
) -> None:
    with deployable(playbook, f"stopped-{rolls_back}".lower(), minutes=2000) as function:
        deployment_id = function.deploy()
        function.wait_for_canary()
        client = playbook.client("codedeploy")
        client.stop_deployment(deploymentId=deployment_id, autoRollbackEnabled=rolls_back)
        info = function.over(deployment_id)
        assert (info["status"], info["errorInformation"]["code"]) == ("Stopped", "MANUAL_STOP")
        if rolls_back:
            function.rollback(deployment_id)
        assert function.alias == alias
        with pytest.raises(client.exceptions.DeploymentAlreadyCompletedException):
            client.stop_deployment(deploymentId=deployment_id)


def test_an_alias_that_stands_elsewhere_is_left_alone(playbook: RunningSandbox) -> None:
    with deployable(playbook, "elsewhere", events=()) as function:
        info = function.over(function.deploy(current="2", target="3"))
        assert info["errorInformation"]["code"] == "INVALID_LAMBDA_CONFIGURATION"
        assert "does not match the current version" in info["errorInformation"]["message"]
        assert function.alias == ("1", {})


def test_a_role_that_is_not_there_or_trusts_another_service_fails_the_deployment(playbook: RunningSandbox) -> None:
    with deployable(playbook, "no-role", events=()) as function:
        playbook.client("iam").update_assume_role_policy(
            RoleName="deployer", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []})
        )
        try:
            info = function.over(function.deploy())
        finally:
            trust = {
                "Effect": "Allow",
                "Principal": {"Service": "codedeploy.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
            playbook.client("iam").update_assume_role_policy(
                RoleName="deployer", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
            )
        assert info["errorInformation"]["code"] == "IAM_ROLE_MISSING"


def test_a_group_has_one_deployment_at_a_time(playbook: RunningSandbox) -> None:
    with deployable(playbook, "busy", minutes=2000) as function:
        deployment_id = function.deploy()
        client = playbook.client("codedeploy")
        with pytest.raises(client.exceptions.DeploymentLimitExceededException, match=deployment_id):
            function.deploy()
        client.stop_deployment(deploymentId=deployment_id)
        function.rollback(deployment_id)
        function.deploy()


def test_deployments_are_listed_newest_first_and_filtered(playbook: RunningSandbox) -> None:
    with deployable(playbook, "listed") as function:
        first = function.deploy(BeforeAllowTraffic="CodeDeployHook_Failed")
        rollback = function.rollback(first)["deploymentId"]
        client = playbook.client("codedeploy")
        group = {"applicationName": "listed", "deploymentGroupName": "listed"}
        assert client.list_deployments(**group)["deployments"] == [rollback, first]
        assert client.list_deployments(**group, includeOnlyStatuses=["Failed"])["deployments"] == [first]
        assert {rollback, first} <= set(client.list_deployments()["deployments"])
        past = {"start": datetime(2001, 1, 1, tzinfo=UTC), "end": datetime(2002, 1, 1, tzinfo=UTC)}
        assert client.list_deployments(**group, createTimeRange=past)["deployments"] == []
        infos = client.batch_get_deployments(deploymentIds=[first, "d-ABSENT"])["deploymentsInfo"]
        assert [info["deploymentId"] for info in infos] == [first]


def test_a_report_of_a_hook_is_taken_once_and_by_its_execution(playbook: RunningSandbox) -> None:
    with deployable(playbook, "reports", events=()) as function:
        deployment_id = function.deploy(BeforeAllowTraffic="CodeDeployHook_silence")
        (logged,) = eventually(lambda: _invocations(playbook, "CodeDeployHook_silence", deployment_id))
        execution_id = json.loads(logged["message"].partition("HOOK ")[2])["LifecycleEventHookExecutionId"]
        client = playbook.client("codedeploy")

        def report(execution: str, status: str) -> Any:
            return client.put_lifecycle_event_hook_execution_status(
                deploymentId=deployment_id, lifecycleEventHookExecutionId=execution, status=status
            )

        with pytest.raises(client.exceptions.InvalidLifecycleEventHookExecutionIdException):
            report("another", "Succeeded")
        with pytest.raises(client.exceptions.InvalidLifecycleEventHookExecutionStatusException):
            report(execution_id, "Skipped")
        assert report(execution_id, "Succeeded")["lifecycleEventHookExecutionId"] == execution_id
        with pytest.raises(client.exceptions.LifecycleEventAlreadyCompletedException):
            report(execution_id, "Failed")
        function.wait_for_canary()


@pytest.mark.parametrize(
    ("operation", "arguments", "code"),
    [
        ("get_deployment", {"deploymentId": "d-ABSENT"}, "DeploymentDoesNotExistException"),
        ("stop_deployment", {"deploymentId": "d-ABSENT"}, "DeploymentDoesNotExistException"),
        ("list_deployment_targets", {"deploymentId": "d-ABSENT"}, "DeploymentDoesNotExistException"),
        ("list_deployment_targets", {"deploymentId": ""}, "DeploymentIdRequiredException"),
        ("batch_get_deployments", {"deploymentIds": ["d"] * 26}, "BatchLimitExceededException"),
        ("list_deployments", {"applicationName": "refused"}, "DeploymentGroupNameRequiredException"),
        ("list_deployments", {"deploymentGroupName": "refused"}, "ApplicationNameRequiredException"),
        ("list_deployments", {"nextToken": "more"}, "InvalidNextTokenException"),
        ("create_deployment", {"applicationName": "absent"}, "DeploymentGroupNameRequiredException"),
        ("continue_deployment", {"deploymentId": "d-1"}, "UnknownOperationException"),
        ("create_application", {"applicationName": "server"}, "UnknownOperationException"),
    ],
)
def test_what_is_wrong_is_named_in_codedeploys_own_errors(
    playbook: RunningSandbox, operation: str, arguments: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(playbook.client("codedeploy"), operation)(**arguments)
    assert caught.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"revision": None}, "RevisionRequiredException"),
        ({"revision": {"revisionType": "GitHub"}}, "InvalidRevisionException"),
        ({"deploymentConfigName": "absent"}, "DeploymentConfigDoesNotExistException"),
        ({"fileExistsBehavior": "OVERWRITE"}, "InvalidFileExistsBehaviorException"),
        ({"updateOutdatedInstancesOnly": True}, "InvalidUpdateOutdatedInstancesOnlyValueException"),
        (
            {"overrideAlarmConfiguration": {"enabled": True, "alarms": [{"name": f"{n}"} for n in range(11)]}},
            "AlarmsLimitExceededException",
        ),
    ],
)
def test_what_no_lambda_deployment_can_be_is_refused(refusing: Deployable, options: dict[str, Any], code: str) -> None:
    request = {
        "applicationName": refusing.name,
        "deploymentGroupName": refusing.name,
        "revision": refusing.revision(),
        **options,
    }
    with pytest.raises(ClientError) as caught:
        refusing.sandbox.client("codedeploy").create_deployment(
            **{key: value for key, value in request.items() if value is not None}
        )
    assert caught.value.response["Error"]["Code"] == code


@pytest.fixture(scope="module")
def refusing(playbook: RunningSandbox) -> Iterator[Deployable]:
    with deployable(playbook, "refusing") as function:
        yield function


def test_the_command_line_deploys_waits_and_stops(playbook: RunningSandbox) -> None:
    with deployable(playbook, "by-cli", minutes=2000) as function:
        group = ("--application-name", "by-cli", "--deployment-group-name", "by-cli")
        revision = json.dumps(function.revision())
        first = RELEASE_1.run(
            playbook, "deploy", "create-deployment", *group, "--revision", revision,
            "--deployment-config-name", "CodeDeployDefault.LambdaAllAtOnce",
        )["deploymentId"]  # fmt: skip
        RELEASE_1.run(playbook, "deploy", "wait", "deployment-successful", "--deployment-id", first)
        assert function.alias == ("2", {})
        second = RELEASE_1.run(
            playbook, "deploy", "create-deployment", *group, "--revision",
            json.dumps(function.revision("2", "3")),
        )["deploymentId"]  # fmt: skip
        function.wait_for_canary()
        stopped = RELEASE_1.run(playbook, "deploy", "stop-deployment", "--deployment-id", second)
        assert stopped["status"] == "Pending"
        function.rollback(second)
        assert function.alias == ("2", {})
        info = RELEASE_1.run(playbook, "deploy", "get-deployment", "--deployment-id", second)["deploymentInfo"]
        assert info["rollbackInfo"]["rollbackMessage"].startswith(f"Deployment {second} terminated.")
        target = RELEASE_1.run(
            playbook, "deploy", "get-deployment-target", "--deployment-id", second, "--target-id", "by-cli"
        )  # fmt: skip
        assert target["deploymentTarget"]["lambdaTarget"]["lambdaFunctionInfo"]["functionAlias"] == "live"
        listed = RELEASE_1.run(playbook, "deploy", "list-deployments", *group)["deployments"]
        assert listed[-2:] == [second, first]
