import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from playbook.bounds import Tally
from playbook.evidence_source import Collected, EvidenceSource, Progress
from playbook.latencies import LatencyDistribution
from tests.playbook.fake_logs import COMPARISONS, READS, FakeLogs
from tests.playbook.judged import NAMES, alarms
from tests.playbook.log_lines import (
    START_MS,
    Line,
    canary_read,
    compared,
    comparison_failed,
    failed_canary_read,
    mock_read,
    sampled,
)

START: Final = datetime.fromtimestamp(START_MS / 1000, UTC)
MINUTE_MS: Final = 60_000


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def source_of(logs: FakeLogs, *, series_since: datetime | None = None) -> EvidenceSource:
    return EvidenceSource(logs, NAMES, START, series_since=series_since)


def collected(source: EvidenceSource) -> Collected:
    return source.collected(alarms=alarms(), baseline_latencies=LatencyDistribution())


class Clock:
    """The account's, which goes on while somebody sleeps. What is due by then happens meanwhile."""

    def __init__(self, start: datetime) -> None:
        self.at = start
        self.due: dict[datetime, Callable[[], None]] = {}

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        for at in [at for at in self.due if at <= self.at]:
            self.due.pop(at)()


def test_both_groups_count_from_the_step_to_the_look() -> None:
    logs = FakeLogs()
    logs.put(canary_read(at_ms=-1), canary_read(), failed_canary_read(at_ms=10), mock_read(at_ms=20))
    logs.put(sampled("a", at_ms=20), compared("a", match=False, at_ms=3_000), canary_read(at_ms=60_001))
    source = source_of(logs)

    source.read(after(60))
    found = collected(source)

    assert found.evidence.canary == Tally(1, 2)
    assert (found.evidence.shadow.sampled, found.evidence.shadow.mismatching) == (1, 1)
    assert [(told.name, told.count) for told in found.sources] == [(READS, 4), (COMPARISONS, 1)]
    assert {(told.since, told.until) for told in found.sources} == {(START, after(60))}
    assert (found.since, found.until) == (START, after(60))
    assert found.evidence.alarms == alarms()


def test_a_further_look_counts_only_what_is_new() -> None:
    logs = FakeLogs()
    logs.put(canary_read())
    source = source_of(logs)
    source.read(after(1))
    logs.put(canary_read(at_ms=5), failed_canary_read(at_ms=2_000))

    source.read(after(3))
    source.read(after(4))

    assert collected(source).evidence.canary == Tally(1, 3)


def test_lines_that_are_not_ours_are_passed_over() -> None:
    logs = FakeLogs()
    for message in ("{not json", "[1, 2]", '"CloudWatchMetrics"', '{"event":"ELSEWHERE"}'):
        logs.put_message(READS, message)
    source = source_of(logs)

    source.read(after(1))

    assert collected(source).evidence.canary == Tally()
    assert collected(source).series == ()


def test_the_series_may_begin_before_the_step_and_adds_up_to_its_evidence_from_there_on() -> None:
    logs = FakeLogs()
    logs.put(canary_read(at_ms=-90_000), failed_canary_read(at_ms=-1), canary_read(), canary_read(at_ms=70_000))
    source = source_of(logs, series_since=after(-120))

    source.read(after(120))
    found = collected(source)

    assert found.evidence.canary == Tally(0, 2)
    assert sum(minute.prisma.reads for minute in found.series) == 4
    assert sum(minute.prisma.reads for minute in found.series if minute.at >= found.since) == 2
    assert {told.since for told in found.sources} == {after(-120)}


def test_settling_waits_for_the_comparisons_of_the_reads_that_were_read() -> None:
    logs, clock = FakeLogs(), Clock(after(60))
    logs.put(sampled("a", at_ms=59_000), sampled("b", at_ms=59_000), sampled("c", at_ms=61_000))
    clock.due[after(70)] = lambda: logs.put(compared("a", at_ms=69_000))
    clock.due[after(75)] = lambda: logs.put(comparison_failed("b", at_ms=74_000))
    source = source_of(logs)
    source.read(after(60))

    source.settle(clock.now, wait_seconds=120, sleep=clock.sleep)

    assert clock.at == after(75)
    shadow = collected(source).evidence.shadow
    assert (shadow.sampled, shadow.compared, shadow.failed) == (2, 1, 1)
    assert [told.until for told in collected(source).sources] == [after(60), after(75)]
    assert collected(source).until == after(60)


def test_settling_ends_when_its_time_is_over() -> None:
    logs, clock = FakeLogs(), Clock(after(60))
    logs.put(sampled("lost", at_ms=59_000))
    source = source_of(logs)
    source.read(after(60))

    source.settle(clock.now, wait_seconds=20, sleep=clock.sleep)

    assert clock.at == after(80)
    assert collected(source).evidence.shadow.compared == 0


def test_nothing_is_waited_for_where_nothing_is_missing() -> None:
    logs, clock = FakeLogs(), Clock(after(60))
    logs.put(sampled("a"), compared("a", at_ms=10), mock_read())
    source = source_of(logs)
    source.read(after(60))

    source.settle(clock.now, sleep=clock.sleep)

    assert clock.at == after(60)


def test_what_is_too_old_to_be_compared_is_not_waited_for() -> None:
    """The comparator skips reads of more than five minutes ago; the coverage tells of them."""
    logs, clock = FakeLogs(), Clock(after(3600))
    logs.put(sampled("lost"), *(sampled(str(minute), at_ms=minute * MINUTE_MS) for minute in range(1, 54)))
    source = source_of(logs)
    source.read(after(3600))

    source.settle(clock.now, sleep=clock.sleep)

    assert clock.at == after(3600)
    assert collected(source).evidence.shadow.sampled == 54


def test_progress_tells_of_lines_and_then_of_what_is_waited_for() -> None:
    logs, clock = FakeLogs(), Clock(after(60))
    logs.put(mock_read(), sampled("a"))
    told: list[Progress] = []
    source = EvidenceSource(logs, NAMES, START, on_progress=told.append)

    source.read(after(60))
    source.settle(clock.now, wait_seconds=1, sleep=clock.sleep)

    assert str(told[0]) == "1 log line read"
    assert str(told[-1]) == "2 log lines read; waiting for 1 comparison"


LINES: Final[list[Callable[[str, int], list[Line]]]] = [
    lambda _, at_ms: [mock_read(2.0, at_ms=at_ms)],
    lambda _, at_ms: [canary_read(30.0, at_ms=at_ms)],
    lambda _, at_ms: [failed_canary_read(at_ms=at_ms)],
    lambda read, at_ms: [sampled(read, at_ms=at_ms), compared(read, at_ms=at_ms + 4_000)],
    lambda read, at_ms: [sampled(read, at_ms=at_ms), *2 * [compared(read, match=False, at_ms=at_ms + 9_000)]],
    lambda read, at_ms: [sampled(read, at_ms=at_ms), comparison_failed(read, at_ms=at_ms + 2_000)],
]


@settings(max_examples=50)
@given(
    reads=st.lists(st.tuples(st.sampled_from(LINES), st.integers(0, 30 * MINUTE_MS)), max_size=40),
    looks=st.lists(st.integers(0, 31 * 60), max_size=6).map(sorted),
    data=st.data(),
)
def test_however_often_one_looks_and_however_late_lines_appear_the_evidence_is_the_same(
    reads: list[tuple[Callable[[str, int], list[Line]], int]], looks: list[int], data: st.DataObject
) -> None:
    """Late is behind lines of up to nine minutes later."""
    lines = [line for number, (make, at_ms) in enumerate(reads) for line in make(f"read-{number}", at_ms)]
    end = after(32 * 60)
    at_once = FakeLogs()
    at_once.put(*lines)
    once = source_of(at_once)
    once.read(end)

    little_by_little = FakeLogs()
    source = source_of(little_by_little)
    waiting = list(data.draw(st.permutations(lines)))
    for seconds in looks:
        # Whatever is more than nine minutes old has appeared.
        oldest_ms = START_MS + (seconds - 9 * 60) * 1000
        appears = [line["_aws"]["Timestamp"] <= oldest_ms or data.draw(st.booleans()) for line in waiting]
        little_by_little.put(*itertools.compress(waiting, appears))
        waiting = [line for line, appeared in zip(waiting, appears, strict=True) if not appeared]
        source.read(after(seconds))
    little_by_little.put(*waiting)
    source.read(end)

    expected, found = collected(once), collected(source)
    assert found.evidence == expected.evidence
    assert found.series == expected.series
    assert found.diff_fields == expected.diff_fields
    assert found.failures == expected.failures
