"""https://docs.aws.amazon.com/appconfig/latest/userguide/monitoring-deployments.html.

"If one or more CloudWatch alarms go into the ALARM or INSUFFICIENT_DATA state during a deployment, AWS AppConfig
automatically rolls back."
"""

from collections.abc import Iterator

import pytest

from sandbox.appconfig_monitors import StateUpdate, first_rollback_time
from tests.sandbox.appconfig_sandbox import Deployed, Sandbox, flags, running_sandbox

ALARM_ARN = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:errors"
BAD_STATES = ["ALARM", "INSUFFICIENT_DATA"]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def monitored(sandbox: Sandbox) -> Deployed:
    """An environment with one monitor, an alarm that has never been evaluated, and a long bake."""
    sandbox.client("cloudwatch").put_metric_alarm(
        AlarmName="errors",
        Namespace="Shop",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    return sandbox.create_configuration("shop", monitors=[ALARM_ARN], bake_minutes=10)


def set_alarm(sandbox: Sandbox, state: str) -> None:
    sandbox.client("cloudwatch").set_alarm_state(AlarmName="errors", StateValue=state, StateReason="test")


def deployment_state(sandbox: Sandbox, deployed: Deployed, number: int) -> str:
    return sandbox.appconfig.get_deployment(
        ApplicationId=deployed.application_id,
        EnvironmentId=deployed.environment_id,
        DeploymentNumber=number,
    )["State"]


def deploy(sandbox: Sandbox, deployed: Deployed) -> int:
    return sandbox.deploy(deployed, flags({"ramp": {"enabled": True}}))


def test_an_alarm_that_has_just_become_ok_lets_a_deployment_through(sandbox: Sandbox, monitored: Deployed) -> None:
    set_alarm(sandbox, "OK")
    assert deployment_state(sandbox, monitored, deploy(sandbox, monitored)) == "BAKING"


@pytest.mark.parametrize("state", BAD_STATES)
def test_a_monitor_in_a_bad_state_rolls_a_deployment_back(sandbox: Sandbox, monitored: Deployed, state: str) -> None:
    set_alarm(sandbox, "OK")
    set_alarm(sandbox, state)
    assert deployment_state(sandbox, monitored, deploy(sandbox, monitored)) == "ROLLED_BACK"


def test_an_alarm_that_was_never_evaluated_rolls_a_deployment_back(sandbox: Sandbox, monitored: Deployed) -> None:
    assert deployment_state(sandbox, monitored, deploy(sandbox, monitored)) == "ROLLED_BACK"


def test_an_environment_without_monitors_ignores_alarms(sandbox: Sandbox, monitored: Deployed) -> None:
    assert monitored
    free = sandbox.create_configuration("free", bake_minutes=10)
    assert deployment_state(sandbox, free, deploy(sandbox, free)) == "BAKING"


@pytest.mark.parametrize("state", BAD_STATES)
def test_the_first_change_into_a_bad_state_counts(state: str) -> None:
    updates = [
        StateUpdate(5, "INSUFFICIENT_DATA", "OK"),
        StateUpdate(15, "OK", state),
        StateUpdate(20, state, "OK"),
    ]
    assert first_rollback_time(updates, "OK", start=10, end=30) == 15
    assert first_rollback_time(updates, "OK", start=17, end=30) == 17
    assert first_rollback_time(updates, "OK", start=20, end=30) is None
    assert first_rollback_time(updates, "OK", start=10, end=14) is None


def test_a_change_within_the_second_in_which_a_deployment_starts_comes_before_it() -> None:
    updates = [StateUpdate(10, "INSUFFICIENT_DATA", "INSUFFICIENT_DATA"), StateUpdate(10, "ALARM", "OK")]
    assert first_rollback_time(updates, "OK", start=10.4, end=30) is None


def test_an_alarm_without_history_has_always_been_in_its_state() -> None:
    assert first_rollback_time([], "OK", start=10, end=30) is None
    assert first_rollback_time([], "INSUFFICIENT_DATA", start=10, end=30) == 10


def test_an_alarm_whose_history_begins_later_was_before_in_the_state_it_left() -> None:
    updates = [StateUpdate(15, "INSUFFICIENT_DATA", "OK")]
    assert first_rollback_time(updates, "OK", start=10, end=30) == 10
