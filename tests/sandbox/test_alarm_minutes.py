"""The minutes in which alarms are evaluated: in a jump, after an engine was killed, with delayed and with much data."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.core import responses

from sandbox.alarm_engine import AlarmEngine
from sandbox.clock import Clock
from sandbox.metric_store import Measurement
from tests.sandbox.alarm_sandbox import (
    CLOCK,
    METRICS,
    NAMESPACE,
    REGION,
    Sandbox,
    jump_into_a_minute,
    put_count_alarm,
    put_rate_alarm,
    query,
    read,
    running_engine,
    running_sandbox,
    wait_until,
)

MINUTE = 60


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


def history(sandbox: Sandbox, name: str) -> list[tuple[float, str]]:
    """When the alarm changed its state, oldest first, and how."""
    items = sandbox.cloudwatch.describe_alarm_history(
        AlarmName=name, HistoryItemType="StateUpdate", ScanBy="TimestampAscending"
    )["AlarmHistoryItems"]
    changes = [(item["Timestamp"].timestamp(), item["HistorySummary"].removeprefix("Alarm updated ")) for item in items]
    return [(at, change) for at, change in changes if not change.startswith("from INSUFFICIENT_DATA")]


def test_a_jump_is_over_when_every_minute_of_it_has_been_evaluated(sandbox: Sandbox, clock: Clock) -> None:
    with running_engine():
        put_count_alarm(sandbox, "count")
        wait_until(lambda: sandbox.state("count") == "OK")
        start = clock.now()
        sandbox.put("Errors", 1, start + 10 * MINUTE, path="new")
        sandbox.put("Errors", 1, start + 20 * MINUTE, path="new")
        clock.jump(30 * MINUTE)
    full_minute = start - 5
    # An alarm with one period looks back at three, so it is over two minutes after the last that breached.
    assert history(sandbox, "count") == [
        (full_minute + 11 * MINUTE, "from OK to ALARM"),
        (full_minute + 14 * MINUTE, "from ALARM to OK"),
        (full_minute + 21 * MINUTE, "from OK to ALARM"),
        (full_minute + 24 * MINUTE, "from ALARM to OK"),
    ]


DISASTER = (0, 0, 5, 5, 5, 0, 0, 0, 0, 5, 5, 0, 0, 0, 0, 0)
"""Errors of each minute: two bouts."""


def play(sandbox: Sandbox, clock: Clock, name: str, dead_minutes: range) -> tuple[list[Any], list[Any]]:
    """The alarm's changes and messages in the disaster; in `dead_minutes` no engine runs. Times are since its start."""
    topic, take = sandbox.queue_of_topic(name)
    start = clock.now()
    with contextlib.ExitStack() as engines:
        engines.enter_context(running_engine())
        put_count_alarm(
            sandbox, name, AlarmActions=[topic], OKActions=[topic], Dimensions=[{"Name": "play", "Value": name}]
        )
        wait_until(lambda: sandbox.state(name) == "OK")
        for minute, errors in enumerate(DISASTER):
            if minute == dead_minutes.start:
                engines.close()
            if minute == dead_minutes.stop:
                engines.enter_context(running_engine())
            sandbox.put("Errors", errors, clock.now(), play=name)
            clock.jump(MINUTE)
        clock.jump(MINUTE)
    changes = [(at - start, what) for at, what in history(sandbox, name)]
    messages = [(told["StateChangeTime"], told["NewStateValue"]) for told in read(take())]
    return changes, [state for _, state in sorted(messages)]


@pytest.mark.parametrize("dead_minutes", [range(3, 4), range(2, 7), range(4, 12), range(1, 15)], ids=str)
def test_an_engine_that_is_killed_in_a_disaster_loses_nothing_and_repeats_nothing(
    sandbox: Sandbox, clock: Clock, dead_minutes: range
) -> None:
    undisturbed = play(sandbox, clock, "undisturbed", range(99, 99))
    assert undisturbed[1] == ["OK", "ALARM", "OK", "ALARM", "OK"]
    jump_into_a_minute()
    assert play(sandbox, clock, "killed", dead_minutes) == undisturbed


def test_an_alarm_sees_a_metric_when_its_delay_is_over(sandbox: Sandbox, clock: Clock) -> None:
    METRICS.delay_seconds = 120
    try:
        with running_engine():
            put_count_alarm(sandbox, "count")
            wait_until(lambda: sandbox.state("count") == "OK")
            full_minute = clock.now() - 5
            sandbox.put("Errors", 1, clock.now(), path="new")
            clock.jump(5 * MINUTE)
    finally:
        METRICS.delay_seconds = 0
    # Seen 125 seconds into the jump's first minute, with the time of the measurement.
    assert history(sandbox, "count")[0] == (full_minute + 3 * MINUTE, "from OK to ALARM")


def test_a_late_evaluation_finds_what_a_prompt_one_would_have(sandbox: Sandbox, clock: Clock) -> None:
    """What was recorded after the minute that is made up for is not seen in it."""
    with running_engine():
        put_count_alarm(sandbox, "count")
        wait_until(lambda: sandbox.state("count") == "OK")
    full_minute = clock.now() - 5
    clock.jump(3 * MINUTE)
    sandbox.put("Errors", 1, full_minute + 2 * MINUTE, path="new")
    clock.jump(2 * MINUTE)
    with running_engine():
        clock.jump(MINUTE)
    assert history(sandbox, "count")[0] == (full_minute + 4 * MINUTE, "from OK to ALARM")


@pytest.mark.parametrize(("choice", "state"), [("ignore", "INSUFFICIENT_DATA"), ("evaluate", "ALARM")])
def test_a_percentile_of_few_samples_counts_unless_such_are_ignored(
    sandbox: Sandbox, clock: Clock, engine: AlarmEngine, choice: str, state: str
) -> None:
    """A p95 needs 10 / (1 - 0.95) = 200 of them.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html
    """
    put_count_alarm(
        sandbox, "p95", Statistic=None, ExtendedStatistic="p95", Threshold=50, EvaluateLowSampleCountPercentile=choice
    )
    put_many(sandbox, clock, 199)
    engine.evaluate_all()
    assert sandbox.state("p95") == state
    put_many(sandbox, clock, 1)
    engine.evaluate_all()
    assert sandbox.state("p95") == "ALARM"


def put_many(sandbox: Sandbox, clock: Clock, count: int) -> None:
    sandbox.cloudwatch.put_metric_data(
        Namespace=NAMESPACE,
        MetricData=[
            {
                "MetricName": "Errors",
                "Dimensions": [{"Name": "path", "Value": "new"}],
                "Timestamp": clock.now() - MINUTE,
                "Values": [100.0],
                "Counts": [float(count)],
            }
        ],
    )


def test_an_evaluation_of_a_rehearsals_worth_of_data_takes_no_time_worth_speaking_of(
    sandbox: Sandbox, clock: Clock, engine: AlarmEngine
) -> None:
    """200,000 points in ten minutes. A minute may take a second of the wall's, for all the alarms there are."""
    account = responses.request_scope("000000000000", REGION)
    with account:
        for number in range(200_000):
            at = clock.now() - number % (10 * MINUTE)
            value = (number * 7919 % 100_003) / 1000
            METRICS.record([Measurement(NAMESPACE, "Latency", (("path", "new"),), (value,), "Milliseconds", at)])
    put_rate_alarm(
        sandbox,
        Threshold=0,
        Metrics=[
            query("p95", "Latency", period=300, stat="p95", path="new"),
            query("count", "Latency", period=300, stat="SampleCount", path="new"),
            {"Id": "slow", "Expression": "IF(count > 100, p95, 0)"},
        ],
    )
    started = time.monotonic()
    engine.evaluate_all()
    assert time.monotonic() - started < 2
    assert sandbox.state("rate") == "ALARM"
