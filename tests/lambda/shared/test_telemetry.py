"""The log lines: what people read, what queries select and what CloudWatch extracts."""

import json
from typing import Any

import pytest

from shared.canonical import CANONICAL_VERSION
from shared.names import METRIC_NAMESPACE
from shared.read_facts import Invocation, ReadFacts
from shared.telemetry import Telemetry
from tests.lambda_support.emf import EmfError, data_points
from tests.lambda_support.fakes import ENVIRONMENT, FUNCTION, NOW_MS, REQUEST_ID, VERSION, Log, telemetry_into

INVOCATION = Invocation(request_id=REQUEST_ID, cold_start=True)
LATER = Invocation(request_id=REQUEST_ID, cold_start=False)


def facts(path: str, failure_code: str | None = None) -> ReadFacts:
    return ReadFacts(user_id="user-7", path=path, duration_ms=0.21449, canary_enabled=True, failure_code=failure_code)


def written(*reads: ReadFacts) -> Log:
    log = Log()
    telemetry = telemetry_into(log)
    for read in reads:
        telemetry.read_answered(INVOCATION, read)
    return log


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (facts("mock"), "[MOCK-SUCCESS] userId: 'user-7', duration: 0.214"),
        (facts("prisma"), "[CANARY-SUCCESS] userId: 'user-7', duration: 0.214"),
        (facts("prisma", "timeout"), "[CANARY-ERROR] userId: 'user-7', code: 'timeout', duration: 0.214"),
    ],
)
def test_a_read_is_one_line_that_begins_with_its_message(read: ReadFacts, message: str) -> None:
    (line,) = written(read).lines
    assert line.startswith(f'{{"message":"{message}",')


def test_the_fields_beside_the_message_say_the_same() -> None:
    (event,) = written(facts("prisma", "timeout")).events
    told = {key: event[key] for key in event if key not in {"_aws", "message"}}
    assert told == {
        "event": "CANARY-ERROR",
        "userId": "user-7",
        "requestId": REQUEST_ID,
        "path": "prisma",
        "code": "timeout",
        "duration": 0.214,
        "environment": ENVIRONMENT,
        "function": FUNCTION,
        "version": VERSION,
        "coldStart": True,
        "Requests": 1,
        "Errors": 1,
        "Fallbacks": 1,
    }


def test_a_read_that_succeeds_emits_zero_errors() -> None:
    log = written(facts("mock"))
    assert log.sums(environment=ENVIRONMENT, path="mock") == {"Requests": 1, "Errors": 0, "Latency": 0.214}
    assert log.sums(environment=ENVIRONMENT, function=FUNCTION, version=VERSION) == {"Requests": 1, "Errors": 0}


def test_a_canary_read_that_succeeds_emits_zero_fallbacks_too() -> None:
    log = written(facts("prisma"))
    assert log.sums(environment=ENVIRONMENT, path="prisma") == {
        "Requests": 1,
        "Errors": 0,
        "Fallbacks": 0,
        "Latency": 0.214,
    }


def test_a_fallback_counts_for_the_candidate_and_the_version_and_not_for_the_mock() -> None:
    log = written(facts("prisma", "timeout"))
    assert log.sums(environment=ENVIRONMENT, path="prisma") == {"Requests": 1, "Errors": 1, "Fallbacks": 1}
    assert log.sums(environment=ENVIRONMENT, function=FUNCTION, version=VERSION) == {"Requests": 1, "Errors": 1}
    assert log.sums(environment=ENVIRONMENT, path="mock") == {}


def test_the_paths_add_up_to_the_versions_reads() -> None:
    log = written(facts("mock"), facts("mock"), facts("prisma"), facts("prisma", "timeout"))
    by_path = [log.sums(environment=ENVIRONMENT, path=path) for path in ("mock", "prisma")]
    by_version = log.sums(environment=ENVIRONMENT, function=FUNCTION, version=VERSION)
    for metric in ("Requests", "Errors"):
        assert sum(sums[metric] for sums in by_path) == by_version[metric]


def test_two_functions_of_the_same_version_are_counted_apart() -> None:
    log = written(facts("mock"))
    assert log.sums(environment=ENVIRONMENT, version=VERSION) == {}
    assert log.sums(environment=ENVIRONMENT, function="huntaze-prisma-read", version=VERSION) == {}


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (None, "[PROBE] path: 'mock', status: 404, duration: 1.235"),
        ("x", "[PROBE] path: 'mock', status: 404, code: 'x', duration: 1.235"),
    ],
)
def test_a_probe_is_a_line_without_a_metric_and_without_its_user(code: str | None, message: str) -> None:
    log = Log()
    telemetry_into(log).probed(INVOCATION, path="mock", status=404, duration_ms=1.23456, code=code)
    assert log.events[0]["message"] == message
    assert log.events[0]["duration"] == 1.235
    assert "userId" not in log.events[0]
    assert log.points == []


def test_a_flag_failure_is_one_flag_error_and_nothing_else() -> None:
    log = Log()
    telemetry_into(log).flag_failed(INVOCATION, flag="prismaAdapter", code="timeout", duration_ms=50.12345)
    assert log.events[0]["message"] == "[FLAG-ERROR] flag: 'prismaAdapter', code: 'timeout', duration: 50.123"
    assert log.sums(environment=ENVIRONMENT) == {"FlagErrors": 1}
    assert len(log.points) == 1


def test_a_refused_request_is_one_bad_request_and_nothing_else() -> None:
    log = Log()
    telemetry_into(log).request_refused(INVOCATION, code="user-id-missing")
    assert log.events[0]["message"] == "[BAD-REQUEST] code: 'user-id-missing'"
    assert log.sums(environment=ENVIRONMENT) == {"BadRequests": 1}
    assert len(log.points) == 1


def test_a_shadow_request_is_a_line_with_digests_and_one_metric() -> None:
    log = Log()
    telemetry_into(log).shadow_requested(INVOCATION, facts("prisma"), {"$": "0123456789abcdef"})
    (event,) = log.events
    assert {key: event[key] for key in event if key != "_aws"} == {
        "message": "[SHADOW-REQUEST] userId: 'user-7', path: 'prisma'",
        "event": "SHADOW-REQUEST",
        "userId": "user-7",
        "requestId": REQUEST_ID,
        "path": "prisma",
        "time": NOW_MS,
        "canonicalVersion": CANONICAL_VERSION,
        "digests": {"$": "0123456789abcdef"},
        "environment": ENVIRONMENT,
        "function": FUNCTION,
        "version": VERSION,
        "coldStart": True,
        "ShadowRequests": 1,
    }
    assert log.sums(environment=ENVIRONMENT) == {"ShadowRequests": 1}
    assert len(log.points) == 1


def test_the_path_of_a_shadow_request_is_the_one_that_served() -> None:
    log = Log()
    telemetry_into(log).shadow_requested(INVOCATION, facts("prisma", "timeout"), {})
    assert log.events[0]["path"] == "mock"


def test_a_sampled_read_that_could_not_be_digested_lacks_in_the_coverage_and_is_an_error() -> None:
    log = Log()
    telemetry_into(log).shadow_failed(INVOCATION, facts("mock"), code="unexpected")
    assert log.events[0]["message"] == "[SHADOW-ERROR] userId: 'user-7', code: 'unexpected'"
    assert log.sums(environment=ENVIRONMENT) == {"ShadowRequests": 1, "ShadowErrors": 1}
    assert "SHADOW-REQUEST" not in log.lines[0]


def test_metrics_have_the_namespace_and_the_units_that_alarms_ask_for() -> None:
    points = written(facts("prisma")).points
    assert {point.namespace for point in points} == {METRIC_NAMESPACE}
    assert {(point.name, point.unit) for point in points} == {
        ("Requests", "Count"),
        ("Errors", "Count"),
        ("Fallbacks", "Count"),
        ("Latency", "Milliseconds"),
    }


def test_lines_are_printed_unless_told_otherwise(capsys: pytest.CaptureFixture[str]) -> None:
    Telemetry(environment=ENVIRONMENT, function=FUNCTION, version=VERSION).read_answered(INVOCATION, facts("mock"))
    assert len(data_points(capsys.readouterr().out.removesuffix("\n"))) == 5


def test_a_line_that_cannot_be_written_raises_nothing_and_is_counted_in_the_next() -> None:
    lines: list[str] = []
    broken = True

    def write(line: str) -> None:
        if broken:
            raise BrokenPipeError
        lines.append(line)

    telemetry = Telemetry(environment=ENVIRONMENT, function=FUNCTION, version=VERSION, write=write)
    telemetry.read_answered(INVOCATION, facts("mock"))
    telemetry.request_refused(LATER, code="user-id-missing")
    broken = False
    telemetry.read_answered(LATER, facts("mock"))
    telemetry.read_answered(LATER, facts("mock"))
    assert [json.loads(line).get("droppedLines") for line in lines] == [2, None]


def valid_event() -> dict[str, Any]:
    return written(facts("prisma")).events[0]


def broken_events() -> list[dict[str, Any]]:
    """One event for each rule that the checker of these tests must not let pass."""
    event = valid_event()
    directive = event["_aws"]["CloudWatchMetrics"][0]

    def with_directive(**changes: Any) -> dict[str, Any]:
        metadata = {**event["_aws"], "CloudWatchMetrics": [{**directive, **changes}]}
        return {**event, "_aws": metadata}

    return [
        {key: value for key, value in event.items() if key != "_aws"},
        {**event, "_aws": {"CloudWatchMetrics": []}},
        {**event, "_aws": {**event["_aws"], "Timestamp": 1.5}},
        {key: value for key, value in event.items() if key != "path"},
        {**event, "path": 1},
        {**event, "path": ""},
        {**event, "path": "\u00e9"},
        {key: value for key, value in event.items() if key != "Latency"},
        {**event, "Latency": "12"},
        {**event, "Latency": True},
        {**event, "Latency": [1] * 101},
        {**event, "padding": "x" * 300_000},
        with_directive(Namespace=""),
        with_directive(Dimensions=[]),
        with_directive(Dimensions=["environment"]),
        with_directive(Metrics=[{"Name": "Latency", "Unit": "ms"}]),
        with_directive(Metrics=[{"Name": "Latency"}] * 101),
        with_directive(Metrics=["Latency"]),
    ]


@pytest.mark.parametrize("event", broken_events())
def test_the_checker_refuses_what_cloudwatch_would(event: dict[str, Any]) -> None:
    assert data_points(json.dumps(valid_event()))
    with pytest.raises(EmfError):
        data_points(json.dumps(event))
