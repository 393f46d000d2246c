"""What happened minute by minute, from the functions' log lines, in memory that grows with the minutes alone."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import Field

from playbook.latencies import Latencies, LatencyDistribution
from playbook.recent_ids import RecentIds
from playbook.shadow_ledger import REMEMBERED_MS
from shared.names import LogToken, Metric

_MS_A_MINUTE: Final = 60_000
_FAILURES: Final = frozenset(
    {LogToken.CANARY_ERROR, LogToken.SHADOW_ERROR, LogToken.SHADOW_SKIPPED, LogToken.FLAG_ERROR, LogToken.BAD_REQUEST}
)


@dataclass(frozen=True, kw_only=True)
class PathMinute:
    """One path in one minute. `reads` were sent to it, `failures` among them the mock had to answer.

    `latencies` are what callers of the others waited.
    """

    reads: int = 0
    failures: int = 0
    latencies: LatencyDistribution = field(default_factory=LatencyDistribution)


@dataclass(frozen=True, kw_only=True)
class Minute:
    """The reads and comparisons logged from `at` on, for a minute or until the next one begins.

    A minute in which the step begins is in two parts, so that those from the step's `started_at` on add up to the
    evidence. A read counts once as sampled, compared, mismatching and failed, however often its line was delivered.
    `differences` is by field path, how many reads differed there.
    """

    at: datetime
    mock: PathMinute
    prisma: PathMinute
    sampled: int = 0
    compared: int = 0
    mismatching: int = 0
    failed: int = 0
    differences: Mapping[str, int] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True)
class DiffField:
    """So many reads differed at a field's path in that way: `changed`, `missing` or `extra`."""

    path: str
    # A line of a bundle has a kind of its own.
    kind: Annotated[str, Field(alias="difference")]
    reads: int


@dataclass(frozen=True, kw_only=True)
class FailureCode:
    """So many lines of that event (`CANARY-ERROR`, `SHADOW-ERROR`, …) gave this code as the cause."""

    event: str
    code: str
    count: int


class ReadSeries:
    """Takes the lines that an EvidenceBuilder takes, and those before the step.

    `since_ms` (epoch milliseconds) is when the step began: fields that differ and causes of failures are counted from
    there on.
    """

    def __init__(self, since_ms: int) -> None:
        self._since_ms = since_ms
        self._minutes: dict[int, _Minute] = {}
        self._sampled, self._compared, self._mismatching, self._failed = (RecentIds(REMEMBERED_MS) for _ in range(4))
        self._diff_fields: Counter[tuple[str, str]] = Counter()
        self._codes: Counter[tuple[str, str]] = Counter()

    def add(self, line: Mapping[str, Any], time_ms: int) -> None:
        """Count one line, parsed, whose event bears that time."""
        event = line.get("event")
        if event == LogToken.MOCK_SUCCESS:
            minute = self._minute(time_ms)
            minute.mock_reads += 1
            minute.mock_latencies.record(line["duration"])
        elif event == LogToken.SHADOW_REQUEST:
            self._note_sampled(line["requestId"], time_ms)
        elif event == LogToken.SHADOW_DIFF:
            self._note_compared(line, time_ms)
        elif event == LogToken.CANARY_SUCCESS:
            minute = self._minute(time_ms)
            minute.prisma_reads += 1
            minute.prisma_latencies.record(line["duration"])
        elif event == LogToken.CANARY_ERROR:
            minute = self._minute(time_ms)
            minute.prisma_reads += 1
            minute.prisma_failures += 1
        elif event == LogToken.SHADOW_ERROR:
            request_id = line["requestId"]
            if Metric.SHADOW_REQUESTS in line:
                self._note_sampled(request_id, time_ms)
            if self._failed.is_new(request_id, time_ms):
                self._minute(time_ms).failed += 1
        if event in _FAILURES and time_ms >= self._since_ms:
            self._codes[event, line["code"]] += 1

    def minutes(self) -> tuple[Minute, ...]:
        """So far, in order; minutes without any read or comparison are left out."""
        return tuple(counted.minute(at_ms) for at_ms, counted in sorted(self._minutes.items()))

    def diff_fields(self) -> tuple[DiffField, ...]:
        """The most frequent first."""
        ordered = sorted(self._diff_fields.items(), key=lambda item: (-item[1], item[0]))
        return tuple(DiffField(path=path, kind=kind, reads=reads) for (path, kind), reads in ordered)

    def failure_codes(self) -> tuple[FailureCode, ...]:
        """The most frequent first."""
        ordered = sorted(self._codes.items(), key=lambda item: (-item[1], item[0]))
        return tuple(FailureCode(event=event, code=code, count=count) for (event, code), count in ordered)

    def _note_sampled(self, request_id: str, time_ms: int) -> None:
        if self._sampled.is_new(request_id, time_ms):
            self._minute(time_ms).sampled += 1

    def _note_compared(self, line: Mapping[str, Any], time_ms: int) -> None:
        minute, request_id = self._minute(time_ms), line["requestId"]
        if self._compared.is_new(request_id, time_ms):
            minute.compared += 1
        if line["match"] or not self._mismatching.is_new(request_id, time_ms):
            return
        minute.mismatching += 1
        minute.differences.update({difference["path"] for difference in line["diffs"]})
        if time_ms >= self._since_ms:
            self._diff_fields.update({(difference["path"], difference["kind"]) for difference in line["diffs"]})

    def _minute(self, time_ms: int) -> "_Minute":
        at_ms = time_ms - time_ms % _MS_A_MINUTE
        if at_ms < self._since_ms <= time_ms:
            at_ms = self._since_ms
        minute = self._minutes.get(at_ms)
        if minute is None:
            minute = self._minutes[at_ms] = _Minute()
        return minute


class _Minute:
    """A minute while it is counted."""

    def __init__(self) -> None:
        self.mock_reads = 0
        self.mock_latencies = Latencies()
        self.prisma_reads = 0
        self.prisma_failures = 0
        self.prisma_latencies = Latencies()
        self.sampled = 0
        self.compared = 0
        self.mismatching = 0
        self.failed = 0
        self.differences: Counter[str] = Counter()

    def minute(self, at_ms: int) -> Minute:
        return Minute(
            at=datetime.fromtimestamp(at_ms / 1000, UTC),
            mock=PathMinute(reads=self.mock_reads, latencies=self.mock_latencies.distribution()),
            prisma=PathMinute(
                reads=self.prisma_reads,
                failures=self.prisma_failures,
                latencies=self.prisma_latencies.distribution(),
            ),
            sampled=self.sampled,
            compared=self.compared,
            mismatching=self.mismatching,
            failed=self.failed,
            differences=dict(sorted(self.differences.items())),
        )
