"""The rules of a Lambda deployment, without anything that carries one out.

https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-steps-lambda.html
"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.codedeploy_deployment import AlarmWatch, Deployment, Error, EventStatus, Status
from sandbox.codedeploy_documents import deployment_info
from sandbox.codedeploy_progress import (
    HOOK_TIMEOUT_S,
    CheckAlias,
    InvokeHook,
    SetWeight,
    acted,
    due_action,
    due_at,
    ended,
    reported,
    rollback_plan,
    settled,
    stop_requested,
    stopped_by_alarms,
)
from tests.sandbox.codedeploy_plans import EVERY_EVENT, HOOKS, plan


def carried_on(deployment: Deployment, now: float) -> Deployment:
    """The deployment after everything that it asks for at a time, all of which goes well."""
    while action := due_action(deployment := settled(deployment, now, f"execution-{now}"), now):
        deployment = acted(deployment, action, now)
    return deployment


def statuses(deployment: Deployment) -> list[str]:
    return [str(event.status) for event in deployment.events]


def execution(deployment: Deployment) -> str:
    assert deployment.event
    assert deployment.event.hook
    return deployment.event.hook.execution_id


def test_a_deployment_first_checks_the_alias() -> None:
    deployment = settled(Deployment(plan()), 10.0, "execution")
    assert deployment.status is Status.CREATED
    assert due_action(deployment, 10.0) == CheckAlias()
    deployment = acted(deployment, CheckAlias(), 10.0)
    assert (deployment.status, deployment.started_at) == (Status.IN_PROGRESS, 10.0)


def test_a_canary_without_hooks_waits_and_finishes() -> None:
    deployment = carried_on(Deployment(plan()), 0.0)
    assert deployment.weight == 0.1
    assert statuses(deployment) == ["Succeeded", "InProgress", "Pending"]
    assert due_at(deployment, 0.0) == 300.0
    assert carried_on(deployment, 299.0) == deployment
    deployment = carried_on(deployment, 300.0)
    assert (deployment.status, deployment.weight, deployment.completed_at) == (Status.SUCCEEDED, 1.0, 300.0)
    assert statuses(deployment) == ["Succeeded"] * 3


def test_no_traffic_moves_before_the_hook_has_reported_success() -> None:
    deployment = carried_on(Deployment(plan(hooks=HOOKS)), 0.0)
    assert statuses(deployment) == ["InProgress", "Pending", "Pending"]
    assert deployment.weight == 0.0
    assert carried_on(deployment, 3599.0).weight == 0.0
    deployment = carried_on(reported(deployment, execution(deployment), "Succeeded"), 20.0)
    assert (deployment.weight, statuses(deployment)) == (0.1, ["Succeeded", "InProgress", "Pending"])


def test_a_hook_is_invoked_once() -> None:
    started = settled(acted(Deployment(plan(hooks=HOOKS)), CheckAlias(), 0.0), 0.0, "execution")
    action = due_action(started, 0.0)
    assert isinstance(action, InvokeHook)
    assert (action.hook.function, action.hook.execution_id) == ("before", "execution")
    assert due_action(settled(acted(started, action, 0.0), 1.0, "another"), 1.0) is None


def test_a_hook_that_reports_before_its_invocation_was_answered_is_heard() -> None:
    started = settled(acted(Deployment(plan(hooks=HOOKS)), CheckAlias(), 0.0), 0.0, "execution")
    action = due_action(started, 0.0)
    assert isinstance(action, InvokeHook)
    deployment = acted(reported(started, "execution", "Succeeded"), action, 1.0)
    assert carried_on(deployment, 1.0).weight == 0.1


def test_a_hook_that_reports_failure_fails_the_deployment_before_any_traffic() -> None:
    deployment = carried_on(Deployment(plan(hooks=HOOKS)), 0.0)
    deployment = carried_on(reported(deployment, execution(deployment), "Failed"), 5.0)
    assert deployment.status is Status.FAILED
    assert deployment.error
    assert deployment.error.code == "HOOK_EXECUTION_FAILURE"
    assert (deployment.weight, statuses(deployment)) == (0.0, ["Failed", "Skipped", "Skipped"])


def test_a_hook_that_never_reports_fails_the_deployment_after_an_hour() -> None:
    deployment = carried_on(Deployment(plan(hooks=HOOKS)), 0.0)
    assert due_at(deployment, 0.0) == HOOK_TIMEOUT_S == 3600.0
    assert not carried_on(deployment, 3599.0).is_finished
    assert carried_on(deployment, 3600.0).status is Status.FAILED


def test_the_hook_after_all_traffic_decides_too() -> None:
    before = carried_on(Deployment(plan(hooks=HOOKS)), 0.0)
    deployment = carried_on(reported(before, execution(before), "Succeeded"), 0.0)
    deployment = carried_on(deployment, 300.0)
    assert (deployment.status, deployment.weight) == (Status.IN_PROGRESS, 1.0)
    assert statuses(deployment) == ["Succeeded", "Succeeded", "InProgress"]
    good = carried_on(reported(deployment, execution(deployment), "Succeeded"), 301.0)
    bad = carried_on(reported(deployment, execution(deployment), "Failed"), 301.0)
    assert (good.status, bad.status) == (Status.SUCCEEDED, Status.FAILED)
    assert statuses(bad) == ["Succeeded", "Succeeded", "Failed"]


def test_a_report_counts_once_and_only_under_its_own_execution() -> None:
    deployment = carried_on(Deployment(plan(hooks=HOOKS)), 0.0)
    failed = reported(deployment, execution(deployment), "Failed")
    assert reported(failed, execution(deployment), "Succeeded") == failed
    assert reported(deployment, "another", "Succeeded") == deployment
    late = carried_on(deployment, 3600.0)
    assert reported(late, execution(deployment), "Succeeded") == late


def test_an_alarm_stops_the_deployment_where_it_is() -> None:
    deployment = stopped_by_alarms(carried_on(Deployment(plan()), 0.0), ("one", "other"), 60.0)
    assert (deployment.status, deployment.completed_at) == (Status.STOPPED, 60.0)
    assert deployment.error
    assert deployment.error.code == "ALARM_ACTIVE"
    assert deployment.error.message.endswith("Activated alarms: <one> <other>")
    assert statuses(deployment) == ["Succeeded", "Failed", "Skipped"]
    assert carried_on(deployment, 300.0) == deployment


def test_a_stop_request_stops_the_deployment() -> None:
    deployment = carried_on(stop_requested(carried_on(Deployment(plan()), 0.0), roll_back=None), 60.0)
    assert deployment.status is Status.STOPPED
    assert deployment.error
    assert deployment.error.code == "MANUAL_STOP"
    assert deployment.weight == 0.1


@pytest.mark.parametrize(
    ("ending", "event"),
    [
        ("failure", "DEPLOYMENT_FAILURE"),
        ("alarm", "DEPLOYMENT_STOP_ON_ALARM"),
        ("request", "DEPLOYMENT_STOP_ON_REQUEST"),
    ],
)
def test_each_way_to_end_rolls_back_if_its_event_is_configured(ending: str, event: str) -> None:
    def after(auto_rollback: frozenset[str]) -> Deployment:
        deployment = carried_on(Deployment(plan(auto_rollback=auto_rollback)), 0.0)
        if ending == "failure":
            return ended(deployment, Status.FAILED, Error("INTERNAL_ERROR", "it broke"), 1.0)
        if ending == "alarm":
            return stopped_by_alarms(deployment, ("errors",), 1.0)
        return carried_on(stop_requested(deployment, roll_back=None), 1.0)

    assert after(frozenset({event})).needs_rollback
    assert not after(EVERY_EVENT - {event}).needs_rollback


@pytest.mark.parametrize("roll_back", [True, False])
def test_a_stop_request_may_decide_about_the_rollback_itself(*, roll_back: bool) -> None:
    configured = frozenset() if roll_back else EVERY_EVENT
    deployment = carried_on(Deployment(plan(auto_rollback=configured)), 0.0)
    assert carried_on(stop_requested(deployment, roll_back), 1.0).needs_rollback is roll_back


def test_a_deployment_that_succeeds_is_not_rolled_back() -> None:
    deployment = carried_on(carried_on(Deployment(plan(auto_rollback=EVERY_EVENT)), 0.0), 300.0)
    assert deployment.status is Status.SUCCEEDED
    assert not deployment.needs_rollback
    assert carried_on(stop_requested(deployment, roll_back=True), 301.0) == deployment


def test_a_rollback_is_a_deployment_of_its_own_to_the_old_version_at_once() -> None:
    watch = AlarmWatch(("errors",))
    stopped = stopped_by_alarms(
        carried_on(Deployment(plan(hooks=HOOKS, alarms=watch, auto_rollback=EVERY_EVENT)), 0.0), ("errors",), 1.0
    )
    rollback = carried_on(Deployment(rollback_plan(stopped, "d-2", 2.0)), 2.0)
    assert (rollback.status, rollback.weight) == (Status.SUCCEEDED, 1.0)
    assert rollback.plan.app_spec.target_version == "1"
    assert rollback.plan.creator == "codeDeployRollback"
    assert [event.hook for event in rollback.events] == [None] * 3
    assert Deployment(rollback.plan).watched_alarms == ()


def test_a_rollback_that_fails_is_not_rolled_back_again() -> None:
    stopped = stopped_by_alarms(Deployment(plan(auto_rollback=EVERY_EVENT)), ("errors",), 1.0)
    rollback = Deployment(rollback_plan(stopped, "d-2", 2.0))
    assert not ended(rollback, Status.FAILED, Error("IAM_ROLE_PERMISSIONS", "no"), 3.0).needs_rollback


def test_both_ends_of_a_rollback_name_each_other() -> None:
    # The words are those of deployments on AWS.
    stopped = replace(stopped_by_alarms(Deployment(plan()), ("errors",), 1.0), rollback_id="d-2")
    rollback = Deployment(rollback_plan(stopped, "d-2", 2.0))
    assert deployment_info(stopped)["rollbackInfo"] == {
        "rollbackDeploymentId": "d-2",
        "rollbackMessage": "Deployment d-1 terminated. Automatic rollback is triggered with a DeploymentId d-2.",
    }
    assert deployment_info(rollback)["rollbackInfo"] == {
        "rollbackTriggeringDeploymentId": "d-1",
        "rollbackMessage": "Deployment d-2 is triggered to roll back deployment d-1.",
    }


@given(st.lists(st.floats(0, 500), max_size=12), st.sampled_from(["Succeeded", "Failed", "nothing"]))
def test_whenever_it_is_looked_at_it_ends_the_same_and_weights_only_grow(moments: list[float], report: str) -> None:
    deployment = carried_on(Deployment(plan(hooks={"BeforeAllowTraffic": "before"})), 0.0)
    execution_id = execution(deployment)
    weight = 0.0
    for now in [*sorted(moments), 10_000.0]:
        deployment = carried_on(reported(deployment, execution_id, report) if report != "nothing" else deployment, now)
        assert deployment.weight >= weight
        weight = deployment.weight
    # A last look, as the first shift may only just have been made.
    deployment = carried_on(deployment, 20_000.0)
    assert deployment.status is (Status.SUCCEEDED if report == "Succeeded" else Status.FAILED)
    assert deployment.weight == (1.0 if report == "Succeeded" else 0.0)
    assert all(event.status not in (EventStatus.PENDING, EventStatus.IN_PROGRESS) for event in deployment.events)


def test_a_look_that_comes_late_makes_up_for_the_shifts_it_missed() -> None:
    linear = {"type": "TimeBasedLinear", "timeBasedLinear": {"linearPercentage": 10, "linearInterval": 1}}
    deployment = carried_on(Deployment(plan(routing=linear)), 0.0)
    assert due_action(deployment, 185.0) == SetWeight(0.4)
