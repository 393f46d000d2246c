"""Playbook time in what MiniStack's services stamp and wait for."""

import json
import time
import uuid
from collections.abc import Callable
from types import ModuleType

import pytest
from ministack.services import appconfig, cloudwatch, cloudwatch_logs, sns

from sandbox.clock import Clock
from sandbox.ministack_time import MODULES, PlaybookTime
from tests.sandbox_process import RunningSandbox

DAY = 86_400.0


def between(sandbox: RunningSandbox, act: Callable[[], float]) -> bool:
    """Whether a time, to the second, is one that the clock had during the act."""
    before = sandbox.control.clock()["now"]
    told = act()
    return int(before) <= told <= sandbox.control.clock()["now"]


def test_the_time_that_modules_ask_for_is_the_clocks_and_the_rest_the_standard_librarys() -> None:
    clock = Clock(behind_seconds=DAY)
    told = PlaybookTime(clock)
    assert told.time() == pytest.approx(clock.now(), abs=5)
    assert told.time_ns() / 1e9 == pytest.approx(clock.now(), abs=5)
    assert abs(time.mktime(told.localtime()) - clock.now()) < 5
    assert told.strftime("%Y-%m-%d", told.gmtime()) == time.strftime("%Y-%m-%d", time.gmtime(clock.now()))
    assert told.strftime("%Y-%m-%d") == time.strftime("%Y-%m-%d", time.localtime(clock.now()))
    assert told.gmtime(0).tm_year == 1970
    assert told.sleep is time.sleep
    assert told.monotonic is time.monotonic


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_the_modules_still_read_the_time_through_their_global(module: ModuleType) -> None:
    """A new release of MiniStack that fails here has moved what sandbox/ministack_time.py replaces."""
    assert hasattr(module, "time"), f"{module.__name__} no longer has a global `time`"
    assert module.__file__
    with open(module.__file__) as source:  # noqa: PTH123 - a module's file
        assert "time.time()" in source.read()


def test_a_deployments_minute_is_one_of_the_clocks() -> None:
    assert appconfig._DEPLOYMENT_MINUTE_SECONDS == 60


def test_the_modules_are_those_that_stamp_what_a_playbook_looks_at() -> None:
    assert set(MODULES) == {appconfig, cloudwatch, cloudwatch_logs, sns}


def test_an_event_of_a_log_and_its_stream_are_stamped_with_the_clocks_time(past_sandbox: RunningSandbox) -> None:
    logs, name = past_sandbox.client("logs"), f"/time/{uuid.uuid4().hex[:8]}"

    def write() -> float:
        logs.create_log_group(logGroupName=name)
        logs.create_log_stream(logGroupName=name, logStreamName="s")
        at = int(past_sandbox.control.clock()["now"] * 1000)
        logs.put_log_events(logGroupName=name, logStreamName="s", logEvents=[{"timestamp": at, "message": "m"}])
        (event,) = logs.filter_log_events(logGroupName=name)["events"]
        ingested: float = event["ingestionTime"] / 1000
        return ingested

    assert between(past_sandbox, write)


def test_an_alarms_changes_are_stamped_with_the_clocks_time(past_sandbox: RunningSandbox) -> None:
    client, name = past_sandbox.client("cloudwatch"), f"time-{uuid.uuid4().hex[:8]}"

    def set_state() -> float:
        client.put_metric_alarm(
            AlarmName=name, Namespace="n", MetricName="m", Statistic="Sum", Period=60, EvaluationPeriods=1,
            Threshold=1, ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip
        client.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="drill")
        items = client.describe_alarm_history(AlarmName=name, HistoryItemType="StateUpdate")["AlarmHistoryItems"]
        (item,) = [each for each in items if each["HistorySummary"].endswith("to ALARM")]
        at: float = item["Timestamp"].timestamp()
        return at

    assert between(past_sandbox, set_state)


def test_a_deployment_of_a_configuration_advances_by_the_clock(past_sandbox: RunningSandbox) -> None:
    """Ten minutes in steps of a tenth, and five of baking."""
    client, name = past_sandbox.client("appconfig"), f"time-{uuid.uuid4().hex[:8]}"
    application = client.create_application(Name=name)["Id"]
    environment = client.create_environment(ApplicationId=application, Name="live")["Id"]
    profile = client.create_configuration_profile(ApplicationId=application, Name="p", LocationUri="hosted")["Id"]
    version = client.create_hosted_configuration_version(
        ApplicationId=application,
        ConfigurationProfileId=profile,
        Content=json.dumps({}),
        ContentType="application/json",
    )["VersionNumber"]
    strategy = client.create_deployment_strategy(
        Name=name, DeploymentDurationInMinutes=10, FinalBakeTimeInMinutes=5, GrowthFactor=10, ReplicateTo="NONE"
    )["Id"]
    number = client.start_deployment(
        ApplicationId=application, EnvironmentId=environment, ConfigurationProfileId=profile,
        DeploymentStrategyId=strategy, ConfigurationVersion=str(version),
    )["DeploymentNumber"]  # fmt: skip

    def deployed() -> tuple[str, float]:
        told = client.get_deployment(ApplicationId=application, EnvironmentId=environment, DeploymentNumber=number)
        return told["State"], told["PercentageComplete"]

    assert deployed()[0] == "DEPLOYING"
    past_sandbox.control.jump_clock(5 * 60)
    state, percent = deployed()
    assert state == "DEPLOYING"
    assert 50 <= percent <= 60
    past_sandbox.control.jump_clock(6 * 60)
    assert deployed() == ("BAKING", 100)
    past_sandbox.control.jump_clock(5 * 60)
    assert deployed() == ("COMPLETE", 100)
