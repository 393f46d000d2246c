"""Alarms on real MiniStack, through boto3: metric data in, states and messages out."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.services import cloudwatch

from sandbox import alarm_ministack
from sandbox.alarm_engine import AlarmEngine
from sandbox.alarm_evaluation import AlarmState, Verdict
from sandbox.alarm_ministack import AlarmKey, alarm, change_state
from sandbox.clock import Clock
from tests.sandbox.alarm_sandbox import (
    CLOCK,
    NAMESPACE,
    REGION,
    Sandbox,
    jump_into_a_minute,
    put_count_alarm,
    put_rate_alarm,
    read,
    running_engine,
    running_sandbox,
    wait_until,
)

MINUTE = 60
HOUR = 3600


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def sandbox(server: Sandbox) -> Sandbox:
    server.reset()
    return server


@pytest.fixture
def clock() -> Clock:
    """Some seconds into a full minute, where it stands still."""
    jump_into_a_minute()
    return CLOCK


@pytest.fixture
def engine(clock: Clock) -> AlarmEngine:
    """Not started: the test says when it evaluates."""
    return AlarmEngine(clock)


def test_an_alarm_tells_its_topic_once_that_it_fires_and_once_that_it_is_over(sandbox: Sandbox, clock: Clock) -> None:
    topic, take = sandbox.queue_of_topic("alarms")
    with running_engine():
        put_rate_alarm(sandbox, AlarmActions=[topic], OKActions=[topic])
        wait_until(lambda: sandbox.state("rate") == "OK")
        clock.jump(5 * MINUTE)
        assert [message["OldStateValue"] for message in read(take())] == ["INSUFFICIENT_DATA"]

        sandbox.put("Requests", 100, clock.now(), path="new")
        sandbox.put("Errors", 3, clock.now(), path="new")
        clock.jump(MINUTE)
        (fired,) = read(take())
        assert (fired["AlarmName"], fired["OldStateValue"], fired["NewStateValue"]) == ("rate", "OK", "ALARM")
        assert "[3.0 (" in fired["NewStateReason"]

        clock.jump(7 * MINUTE)
        (over,) = read(take())
        assert (over["OldStateValue"], over["NewStateValue"]) == ("ALARM", "OK")


def test_a_new_alarm_is_evaluated_at_once(sandbox: Sandbox) -> None:
    with running_engine():
        put_rate_alarm(sandbox)
        put_count_alarm(sandbox, "count")
        wait_until(lambda: sandbox.state("rate") == "OK" and sandbox.state("count") == "OK")


def test_a_new_alarm_without_data_says_so_where_gaps_count_as_missing(sandbox: Sandbox, engine: AlarmEngine) -> None:
    put_count_alarm(sandbox, "count", TreatMissingData="missing")
    engine.evaluate_all()
    assert sandbox.state("count") == "INSUFFICIENT_DATA"


def test_data_waits_for_the_next_evaluation(sandbox: Sandbox, clock: Clock) -> None:
    with running_engine():
        put_count_alarm(sandbox, "count")
        wait_until(lambda: sandbox.state("count") == "OK")
        sandbox.put("Errors", 9, clock.now() - MINUTE, path="new")
        # Evaluations happen in the order of their causes, so this one's comes after the data's, if that has any.
        put_rate_alarm(sandbox)
        wait_until(lambda: sandbox.state("rate") == "ALARM")
        assert sandbox.state("count") == "OK"


def test_only_the_metric_with_the_alarms_own_dimensions_counts(
    sandbox: Sandbox, clock: Clock, engine: AlarmEngine
) -> None:
    put_count_alarm(sandbox, "count")
    put_rate_alarm(sandbox)
    for dimensions in ({}, {"path": "old"}, {"path": "new", "version": "7"}):
        sandbox.put("Errors", 9, clock.now() - MINUTE, **dimensions)
    engine.evaluate_all()
    assert [sandbox.state(name) for name in ("count", "rate")] == ["OK", "OK"]
    sandbox.put("Errors", 1, clock.now() - MINUTE, path="new")
    engine.evaluate_all()
    assert [sandbox.state(name) for name in ("count", "rate")] == ["ALARM", "ALARM"]


@pytest.mark.parametrize(
    ("statistic", "state"),
    [
        ({"Statistic": "Sum"}, "ALARM"),
        ({"Statistic": "Maximum"}, "ALARM"),
        ({"Statistic": "Average"}, "OK"),
        ({"Statistic": "Minimum"}, "OK"),
        ({"Statistic": "SampleCount"}, "OK"),
        ({"ExtendedStatistic": "p50"}, "OK"),
        ({"ExtendedStatistic": "p99.9"}, "ALARM"),
    ],
)
def test_the_alarms_statistic_counts(
    sandbox: Sandbox, clock: Clock, engine: AlarmEngine, statistic: dict[str, str], state: str
) -> None:
    """Latencies of 1, 1, 1 and 100 against a threshold of 50."""
    for value in (1, 1, 1, 100):
        sandbox.put("Errors", value, clock.now() - MINUTE, path="new")
    put_count_alarm(sandbox, "latency", Threshold=50, **{"Statistic": None, **statistic})
    engine.evaluate_all()
    assert sandbox.state("latency") == state


def test_a_five_minute_alarm_is_seen_anew_each_minute(sandbox: Sandbox, clock: Clock, engine: AlarmEngine) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html

    Two errors three minutes apart are one data point as soon as one window of five minutes holds both, wherever
    the multiples of five minutes lie.
    """
    put_count_alarm(sandbox, "count", Period=5 * MINUTE, Threshold=2)
    start = clock.now()
    sandbox.put("Errors", 1, start, path="new")
    sandbox.put("Errors", 1, start + 3 * MINUTE, path="new")
    states = []
    for _minute in range(1, 7):
        clock.jump(MINUTE)
        engine.evaluate_all()
        states.append(sandbox.state("count"))
    # The first error ends minute 1, the second minute 4; in minute 6 the first has left the window.
    assert states == ["OK", "OK", "OK", "ALARM", "ALARM", "OK"]


def test_m_out_of_n_needs_m_breaching_minutes(sandbox: Sandbox, clock: Clock, engine: AlarmEngine) -> None:
    put_count_alarm(sandbox, "count", EvaluationPeriods=3, DatapointsToAlarm=2)
    sandbox.put("Errors", 1, clock.now() - 3 * MINUTE, path="new")
    engine.evaluate_all()
    assert sandbox.state("count") == "OK"
    sandbox.put("Errors", 1, clock.now() - MINUTE, path="new")
    engine.evaluate_all()
    assert sandbox.state("count") == "ALARM"


def test_a_state_that_is_set_lasts_until_the_next_evaluation(
    sandbox: Sandbox, clock: Clock, engine: AlarmEngine
) -> None:
    put_count_alarm(sandbox, "count")
    sandbox.cloudwatch.set_alarm_state(AlarmName="count", StateValue="ALARM", StateReason="drill")
    assert sandbox.state("count") == "ALARM"
    engine.evaluate_all()
    assert sandbox.state("count") == "OK"
    sandbox.put("Errors", 1, clock.now() - MINUTE, path="new")
    sandbox.cloudwatch.set_alarm_state(AlarmName="count", StateValue="ALARM", StateReason="drill")
    engine.evaluate_all()
    assert sandbox.state("count") == "ALARM"


def test_a_state_that_is_set_tells_the_topic(sandbox: Sandbox) -> None:
    topic, take = sandbox.queue_of_topic("alarms")
    put_rate_alarm(sandbox, AlarmActions=[topic])
    sandbox.cloudwatch.set_alarm_state(AlarmName="rate", StateValue="ALARM", StateReason="drill")
    (told,) = read(take())
    assert (told["NewStateReason"], told["OldStateValue"]) == ("drill", "INSUFFICIENT_DATA")
    assert [entry["Id"] for entry in told["Trigger"]["Metrics"]] == ["errors", "requests", "rate"]


def test_an_alarm_whose_actions_are_disabled_changes_its_state_in_silence(
    sandbox: Sandbox, engine: AlarmEngine
) -> None:
    topic, take = sandbox.queue_of_topic("alarms")
    put_rate_alarm(sandbox, OKActions=[topic], ActionsEnabled=False)
    engine.evaluate_all()
    assert sandbox.state("rate") == "OK"
    assert take() == []


def test_an_action_that_is_no_topic_stops_neither_the_change_nor_the_other_actions(
    sandbox: Sandbox, engine: AlarmEngine
) -> None:
    topic, take = sandbox.queue_of_topic("alarms")
    put_rate_alarm(sandbox, OKActions=["arn:aws:automate:us-east-1:ec2:stop", f"{topic}-that-is-not-there", topic])
    engine.evaluate_all()
    assert sandbox.state("rate") == "OK"
    assert len(take()) == 1


def test_a_change_is_in_the_alarm_and_in_its_history(sandbox: Sandbox, clock: Clock, engine: AlarmEngine) -> None:
    put_rate_alarm(sandbox)
    engine.evaluate_all()
    (described,) = sandbox.cloudwatch.describe_alarms(AlarmNames=["rate"])["MetricAlarms"]
    assert described["StateUpdatedTimestamp"].timestamp() == described["StateTransitionedTimestamp"].timestamp()
    assert described["StateUpdatedTimestamp"].timestamp() == clock.now()
    assert json.loads(described["StateReasonData"])["threshold"] == 2
    items = sandbox.cloudwatch.describe_alarm_history(AlarmName="rate")["AlarmHistoryItems"]
    (item,) = [each for each in items if each["HistorySummary"] == "Alarm updated from INSUFFICIENT_DATA to OK"]
    assert item["Timestamp"].timestamp() == clock.now()
    assert json.loads(item["HistoryData"])["newState"]["stateReason"] == described["StateReason"]


def test_an_update_keeps_the_state_until_it_is_evaluated(sandbox: Sandbox, engine: AlarmEngine) -> None:
    put_rate_alarm(sandbox)
    engine.evaluate_all()
    put_rate_alarm(sandbox, Threshold=-1)
    assert sandbox.state("rate") == "OK"
    engine.evaluate_all()
    assert sandbox.state("rate") == "ALARM"


def test_a_new_engine_goes_on_where_another_was_stopped(sandbox: Sandbox, clock: Clock) -> None:
    topic, take = sandbox.queue_of_topic("alarms")
    put_rate_alarm(sandbox, AlarmActions=[topic])
    sandbox.put("Errors", 9, clock.now(), path="new")
    for _engine in range(4):
        with running_engine():
            clock.jump(20)
    assert sandbox.state("rate") == "ALARM"
    assert len(take()) == 1


def test_what_became_of_a_metric_while_no_engine_ran_is_found_by_the_next(sandbox: Sandbox, clock: Clock) -> None:
    put_rate_alarm(sandbox)
    sandbox.put("Errors", 9, clock.now() - MINUTE, path="new")
    with running_engine():
        wait_until(lambda: sandbox.state("rate") == "ALARM")


@pytest.mark.parametrize("other", [{"region": "eu-west-1"}, {"account_id": "111111111111"}])
def test_an_alarm_watches_the_metrics_of_its_own_account_and_region(
    sandbox: Sandbox, clock: Clock, engine: AlarmEngine, other: dict[str, Any]
) -> None:
    put_count_alarm(sandbox, "count")
    elsewhere = sandbox.client("cloudwatch", **other)
    elsewhere.put_metric_alarm(
        AlarmName="count",
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        Namespace=NAMESPACE,
        MetricName="Errors",
        Statistic="Sum",
        Period=MINUTE,
    )
    elsewhere.put_metric_data(
        Namespace=NAMESPACE, MetricData=[{"MetricName": "Errors", "Value": 1, "Timestamp": clock.now() - MINUTE}]
    )
    engine.evaluate_all()
    assert sandbox.state("count") == "OK"
    (described,) = elsewhere.describe_alarms(AlarmNames=["count"])["MetricAlarms"]
    assert described["StateValue"] == "ALARM"


def test_a_composite_alarm_follows_the_alarms_below_it(sandbox: Sandbox, clock: Clock, engine: AlarmEngine) -> None:
    topic, take = sandbox.queue_of_topic("alarms")
    put_rate_alarm(sandbox)
    sandbox.cloudwatch.put_composite_alarm(AlarmName="any", AlarmRule="ALARM(rate)", AlarmActions=[topic])
    sandbox.put("Errors", 9, clock.now() - MINUTE, path="new")
    engine.evaluate_all()
    (composite,) = sandbox.cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert composite["StateValue"] == "ALARM"
    assert [message["AlarmName"] for message in read(take())] == ["any"]


def test_an_alarm_that_cannot_be_evaluated_does_not_stop_the_others(sandbox: Sandbox, engine: AlarmEngine) -> None:
    for name in ("a", "z"):
        put_rate_alarm(sandbox, name)
    put_rate_alarm(sandbox, "m")
    cloudwatch._alarms.set_scoped("000000000000", REGION, "m", {"AlarmName": "m"})
    engine.evaluate_all()
    assert [sandbox.state(name) for name in ("a", "z")] == ["OK", "OK"]


@pytest.mark.parametrize("interference", ["delete", "update"])
def test_an_alarm_that_was_deleted_or_updated_meanwhile_does_not_take_the_state_of_an_older_evaluation(
    sandbox: Sandbox, clock: Clock, interference: str
) -> None:
    put_rate_alarm(sandbox)
    key = AlarmKey("000000000000", REGION, "rate")
    evaluated = alarm(key)
    assert evaluated
    if interference == "delete":
        sandbox.cloudwatch.delete_alarms(AlarmNames=["rate"])
    else:
        put_rate_alarm(sandbox, Threshold=50)
    change_state(key, evaluated, Verdict(AlarmState.ALARM, "late", "{}"), clock.now())
    states = [each["StateValue"] for each in sandbox.cloudwatch.describe_alarms()["MetricAlarms"]]
    assert states == ([] if interference == "delete" else ["INSUFFICIENT_DATA"])


def test_a_stopped_engine_evaluates_nothing(sandbox: Sandbox, clock: Clock) -> None:
    with running_engine():
        put_rate_alarm(sandbox)
        wait_until(lambda: sandbox.state("rate") == "OK")
    put_rate_alarm(sandbox, "later")
    sandbox.put("Errors", 9, clock.now(), path="new")
    clock.jump(5 * MINUTE)
    assert [sandbox.state(name) for name in ("rate", "later")] == ["OK", "INSUFFICIENT_DATA"]
    assert alarm_ministack._listeners == []
