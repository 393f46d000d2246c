"""The clock, the metrics and the evaluation of alarms under the sandbox's own API."""

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sandbox.control_client import ControlError
from tests.sandbox_process import RunningSandbox

NAMESPACE = "control"


def put_alarm(sandbox: RunningSandbox) -> str:
    name = f"control-{uuid.uuid4().hex[:8]}"
    sandbox.client("cloudwatch").put_metric_alarm(
        AlarmName=name, Namespace=NAMESPACE, MetricName=name, Statistic="Sum", Period=60, EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="GreaterThanOrEqualToThreshold", TreatMissingData="notBreaching",
    )  # fmt: skip
    wait_for_state(sandbox, name, "OK")
    return name


def wait_for_state(sandbox: RunningSandbox, name: str, state: str) -> None:
    deadline = time.monotonic() + 30
    while described(sandbox, name)["StateValue"] != state:
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


def described(sandbox: RunningSandbox, name: str) -> dict[str, Any]:
    (alarm,) = sandbox.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    told: dict[str, Any] = alarm
    return told


def put(sandbox: RunningSandbox, name: str) -> None:
    at = sandbox.control.clock()["now"]
    sandbox.client("cloudwatch").put_metric_data(
        Namespace=NAMESPACE, MetricData=[{"MetricName": name, "Value": 1, "Timestamp": at}]
    )


def test_the_clock_begins_as_far_back_as_it_was_told_and_is_told_with_its_pace(past_sandbox: RunningSandbox) -> None:
    told = past_sandbox.control.clock()
    assert told["factor"] == 1
    assert 0 < told["behind_seconds"] < 2 * 86_400 + 1
    assert told["now"] + told["behind_seconds"] == pytest.approx(time.time(), abs=5)


def test_without_the_option_it_is_the_walls(sandbox: RunningSandbox) -> None:
    assert sandbox.control.clock()["behind_seconds"] == pytest.approx(0, abs=0.01)
    with pytest.raises(ControlError, match="from 0 to 0 s are possible"):
        sandbox.control.jump_clock(60)


def test_it_runs_at_the_factor_it_is_given(past_sandbox: RunningSandbox) -> None:
    start = past_sandbox.control.run_clock_at(60)
    assert start["factor"] == 60
    deadline = time.monotonic() + 30
    while past_sandbox.control.clock()["now"] < start["now"] + 30:
        assert time.monotonic() < deadline
    assert past_sandbox.control.run_clock_at(1)["factor"] == 1


def test_a_jump_is_answered_when_the_alarms_have_been_evaluated_in_it(past_sandbox: RunningSandbox) -> None:
    name = put_alarm(past_sandbox)
    put(past_sandbox, name)
    before = past_sandbox.control.clock()["now"]
    assert past_sandbox.control.jump_clock(60)["now"] >= before + 60
    assert described(past_sandbox, name)["StateValue"] == "ALARM"
    past_sandbox.control.jump_clock(3600)
    assert described(past_sandbox, name)["StateValue"] == "OK"
    client = past_sandbox.client("cloudwatch")
    items = client.describe_alarm_history(AlarmName=name, HistoryItemType="StateUpdate")["AlarmHistoryItems"]
    over = items[0]["Timestamp"].timestamp()
    # At a full minute of the jump, not at its end.
    assert over % 60 == 0
    assert over <= before + 5 * 60


def test_others_are_answered_during_a_jump(past_sandbox: RunningSandbox) -> None:
    for _ in range(5):
        put_alarm(past_sandbox)
    with ThreadPoolExecutor(1) as pool:
        jump = pool.submit(past_sandbox.control.jump_clock, 6 * 3600)
        answered = 0
        while not jump.done():
            past_sandbox.control.clock()
            answered += 1
        assert jump.result()["factor"] == 1
    assert answered > 1


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"factor": 0.5},
        {"factor": True},
        {"factor": "30"},
        {"jump_seconds": -1},
        {"jump_seconds": 10**9},
        {"jump_seconds": None},
        {"factor": 2, "jump_seconds": 1},
        {"speed": 2},
    ],
)
def test_a_change_that_makes_no_sense_is_refused_and_leaves_the_clock_alone(
    past_sandbox: RunningSandbox, changes: dict[str, Any]
) -> None:
    before = past_sandbox.control.clock()["now"]
    with pytest.raises(ControlError):
        past_sandbox.control._request("PUT", "clock", changes)
    told = past_sandbox.control.clock()
    assert told["factor"] == 1
    assert told["now"] < before + 30


def test_a_metric_is_seen_when_its_delay_is_over(past_sandbox: RunningSandbox) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/publishingMetrics.html#publishingDataPoints"""
    control, client, name = past_sandbox.control, past_sandbox.client("cloudwatch"), uuid.uuid4().hex

    def seen() -> list[Any]:
        now = control.clock()["now"]
        points: list[Any] = client.get_metric_statistics(
            Namespace=NAMESPACE, MetricName=name, StartTime=now - 3600, EndTime=now + 60, Period=60,
            Statistics=["Sum"],
        )["Datapoints"]  # fmt: skip
        return points

    control.set_metric_delay(120)
    try:
        assert control.metric_delay_seconds() == 120
        put(past_sandbox, name)
        measured_at = control.clock()["now"]
    finally:
        control.set_metric_delay(0)
    assert seen() == []
    control.jump_clock(60)
    assert seen() == []
    control.jump_clock(61)
    (point,) = seen()
    assert measured_at - 61 <= point["Timestamp"].timestamp() <= measured_at


@pytest.mark.parametrize("delay", [-1, 1e9, "1", None, True])
def test_a_delay_that_makes_no_sense_is_refused(past_sandbox: RunningSandbox, delay: Any) -> None:
    with pytest.raises(ControlError, match="delay_seconds takes"):
        past_sandbox.control.set_metric_delay(delay)
    assert past_sandbox.control.metric_delay_seconds() == 0


def test_who_evaluates_alarms_can_be_killed_and_the_next_goes_on(past_sandbox: RunningSandbox) -> None:
    control, name = past_sandbox.control, put_alarm(past_sandbox)
    put(past_sandbox, name)
    control.set_alarm_engine(running=False)
    try:
        assert not control.alarm_engine_is_running()
        control.jump_clock(3600)
        assert described(past_sandbox, name)["StateValue"] == "OK"
    finally:
        control.set_alarm_engine(running=True)
    assert control.alarm_engine_is_running()
    client = past_sandbox.client("cloudwatch")

    def changes() -> list[str]:
        items = client.describe_alarm_history(
            AlarmName=name, HistoryItemType="StateUpdate", ScanBy="TimestampAscending"
        )["AlarmHistoryItems"]
        return [item["HistorySummary"].removeprefix("Alarm updated from ") for item in items][1:]

    deadline = time.monotonic() + 30
    while len(changes()) < 3 and time.monotonic() < deadline:
        threading.Event().wait(0.02)
    control.jump_clock(300)
    assert changes() == ["INSUFFICIENT_DATA to OK", "OK to ALARM", "ALARM to OK"]
