from datetime import UTC, datetime, timedelta

from playbook.read_series import DiffField, FailureCode, Minute, ReadSeries
from tests.playbook.log_lines import (
    START_MS,
    Line,
    bad_request,
    canary_read,
    compared,
    comparison_failed,
    comparison_skipped,
    failed_canary_read,
    mock_read,
    sampled,
    sampled_in_vain,
)

# The lines' own clock starts 20 seconds into a minute.
MINUTE_MS = 60_000
WHOLE_MS = START_MS - START_MS % MINUTE_MS


def series(*lines: Line, since_ms: int = START_MS - MINUTE_MS) -> ReadSeries:
    found = ReadSeries(since_ms)
    for line in lines:
        found.add(line, line["_aws"]["Timestamp"])
    return found


def test_reads_count_in_the_minute_and_the_path_they_took() -> None:
    first, second = series(
        mock_read(2.0), canary_read(30.0, at_ms=5), failed_canary_read(at_ms=6), mock_read(4.0, at_ms=MINUTE_MS)
    ).minutes()

    assert first.at == datetime.fromtimestamp(WHOLE_MS / 1000, UTC)
    assert second.at - first.at == timedelta(minutes=1)
    assert (first.mock.reads, first.mock.failures, first.mock.latencies.reads) == (1, 0, 1)
    assert (first.prisma.reads, first.prisma.failures, first.prisma.latencies.reads) == (2, 1, 1)
    assert (second.mock.reads, second.prisma.reads) == (1, 0)


def test_minutes_without_reads_are_left_out() -> None:
    assert len(series(mock_read(), mock_read(at_ms=10 * MINUTE_MS)).minutes()) == 2
    assert series().minutes() == ()


def test_a_read_is_compared_once_however_often_its_line_was_delivered() -> None:
    (minute,) = series(
        sampled("a"), compared("a", match=False), compared("a", match=False), sampled("b"), compared("b")
    ).minutes()

    assert (minute.sampled, minute.compared, minute.mismatching) == (2, 2, 1)
    assert minute.differences == {"email": 1}


def test_fields_that_differ_and_causes_of_failures_count_from_the_step_on() -> None:
    lines = [
        compared("a", match=False),
        failed_canary_read(),
        compared("b", match=False, at_ms=1000),
        failed_canary_read(at_ms=1000),
        comparison_failed("c", at_ms=1000),
        comparison_skipped(at_ms=1000),
        bad_request(at_ms=1000),
        failed_canary_read(at_ms=1001),
    ]

    found = series(*lines, since_ms=START_MS + 1000)

    assert found.diff_fields() == (DiffField(path="email", kind="changed", reads=1),)
    assert found.failure_codes() == (
        FailureCode(event="CANARY-ERROR", code="timeout", count=2),
        FailureCode(event="BAD-REQUEST", code="user-id-missing", count=1),
        FailureCode(event="SHADOW-ERROR", code="db-timeout", count=1),
        FailureCode(event="SHADOW-SKIPPED", code="too-old", count=1),
    )


def test_a_read_that_could_not_be_asked_to_be_compared_was_sampled_and_failed() -> None:
    (minute,) = series(sampled_in_vain("a"), comparison_failed("a")).minutes()

    assert (minute.sampled, minute.failed) == (1, 1)


def test_the_minute_in_which_a_step_begins_is_in_two_parts() -> None:
    before, after, later = series(
        mock_read(at_ms=999), mock_read(at_ms=1000), mock_read(at_ms=MINUTE_MS), since_ms=START_MS + 1000
    ).minutes()

    assert before.at == datetime.fromtimestamp(WHOLE_MS / 1000, UTC)
    assert after.at == datetime.fromtimestamp((START_MS + 1000) / 1000, UTC)
    assert later.at == before.at + timedelta(minutes=1)
    assert [minute.mock.reads for minute in (before, after, later)] == [1, 1, 1]


def test_a_line_that_tells_of_no_read_makes_no_minute() -> None:
    minutes: tuple[Minute, ...] = series(bad_request(), comparison_skipped()).minutes()

    assert minutes == ()
