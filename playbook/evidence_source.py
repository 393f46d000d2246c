"""The evidence on a step, read from the account: once for a decision, or again and again while an operator watches."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import orjson

from playbook import baseline
from playbook.evidence import AlarmEvidence, Evidence, alarm_evidence
from playbook.evidence_builder import EvidenceBuilder
from playbook.journal import AccountJournal
from playbook.latencies import LatencyDistribution
from playbook.log_reader import AccountLogs, FollowedGroup, LogEvent, Logs
from playbook.read_series import DiffField, FailureCode, Minute, ReadSeries
from playbook.source import Source
from playbook.wording import count
from shared.names import LogToken, ResourceNames

if TYPE_CHECKING:
    from playbook.account import Account

# The log's bus mostly delivers within seconds. What is still missing after this long is told by the coverage.
BUS_WAIT_SECONDS: Final = 120
# The comparator skips what is older, and may then still be at work on it for as long as a function runs.
_COMPARED_WITHIN_MS: Final = 6 * 60 * 1000
_LOOK_AGAIN_SECONDS: Final = 1.0
_PROGRESS_LINES: Final = 2_000
# A baseline that is older was of another candidate.
_BASELINE_KEPT: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far collecting has come: lines read, and sampled reads whose comparison is waited for (None: not yet)."""

    lines: int
    outstanding: int | None = None

    def __str__(self) -> str:
        if self.outstanding is None:
            return f"{count(self.lines, 'log line')} read"
        return f"{count(self.lines, 'log line')} read; waiting for {count(self.outstanding, 'comparison')}"


OnProgress = Callable[[Progress], None]


def _silently(_: Progress) -> None:
    """For whoever shows no progress."""


@dataclass(frozen=True, kw_only=True)
class Collected:
    """What was read. Evidence, diff fields and failures count from `since` to `until`; the series may begin earlier.

    `until` is the account's time up to which reads count; their comparisons were waited for beyond it.
    """

    since: datetime
    until: datetime
    evidence: Evidence
    sources: tuple[Source, ...]
    series: tuple[Minute, ...]
    diff_fields: tuple[DiffField, ...]
    failures: tuple[FailureCode, ...]


class EvidenceSource:
    """The log lines of one step. It remembers what it has read, so a further look costs only what is new.

    `since` is when the step began, `series_since` from when on the series is wanted, if earlier. Raises what the logs
    raise.
    """

    def __init__(
        self,
        logs: Logs,
        names: ResourceNames,
        since: datetime,
        *,
        series_since: datetime | None = None,
        on_progress: OnProgress = _silently,
    ) -> None:
        self.since: Final = since
        self._since_ms = _ms(since)
        self._first = min(since, series_since or since)
        first_ms = _ms(self._first)
        self._reads = FollowedGroup(logs, f"/aws/lambda/{names.mock_read_function}", first_ms)
        self._comparisons = FollowedGroup(logs, f"/aws/lambda/{names.prisma_shadow_function}", first_ms)
        self._builder = EvidenceBuilder()
        self._series = ReadSeries(self._since_ms)
        self._outstanding = _Outstanding()
        self._on_progress = on_progress
        self._until = self._first
        self._compared_until = self._first

    @classmethod
    def of(
        cls,
        account: "Account",
        since: datetime,
        *,
        series_since: datetime | None = None,
        on_progress: OnProgress = _silently,
    ) -> "EvidenceSource":
        """The account's own logs."""
        logs = AccountLogs(account.logs)
        return cls(logs, account.names, since, series_since=series_since, on_progress=on_progress)

    def read(self, until: datetime) -> None:
        """Read what has come up to `until`, the account's time."""
        until_ms = _ms(until)
        self._take(merge(self._reads.new_events(until_ms), self._comparisons.new_events(until_ms), key=_BY_TIME))
        self._until = self._compared_until = until
        self._outstanding.forget(until_ms)

    def settle(
        self,
        now: Callable[[], datetime],
        *,
        wait_seconds: float = BUS_WAIT_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Wait until the sampled reads that were read are compared, or for so many seconds of the account's time."""
        deadline = self._until + timedelta(seconds=wait_seconds)
        while self._outstanding and self._compared_until < deadline:
            self._on_progress(Progress(self._lines, len(self._outstanding)))
            sleep(_LOOK_AGAIN_SECONDS)
            self._compared_until = max(now(), self._until)
            self._take(self._comparisons.new_events(_ms(self._compared_until)))

    def evidence(self, *, alarms: tuple[AlarmEvidence, ...], baseline_latencies: LatencyDistribution) -> Evidence:
        """Everything so far, with what no log line tells."""
        return self._builder.evidence(alarms=alarms, baseline_latencies=baseline_latencies)

    def collected(self, *, alarms: tuple[AlarmEvidence, ...], baseline_latencies: LatencyDistribution) -> Collected:
        """The same with where it comes from, and minute by minute."""
        return Collected(
            since=self.since,
            until=self._until,
            evidence=self.evidence(alarms=alarms, baseline_latencies=baseline_latencies),
            sources=tuple(
                Source(
                    service="CloudWatch Logs",
                    name=group.log_group,
                    items="lines",
                    since=self._first,
                    until=until,
                    count=group.lines,
                )
                for group, until in ((self._reads, self._until), (self._comparisons, self._compared_until))
            ),
            series=self._series.minutes(),
            diff_fields=self._series.diff_fields(),
            failures=self._series.failure_codes(),
        )

    @property
    def _lines(self) -> int:
        return self._reads.lines + self._comparisons.lines

    def _take(self, events: Iterator[LogEvent]) -> None:
        add, add_to_series, note = self._builder.add, self._series.add, self._outstanding.note
        for number, event in enumerate(events):
            if number % _PROGRESS_LINES == 0:
                self._on_progress(Progress(self._lines))
            line = _parsed(event.message)
            if line is None:
                continue
            add_to_series(line, event.time_ms)
            if event.time_ms >= self._since_ms:
                add(line)
                note(line, event.time_ms)


def collect(
    account: "Account",
    since: datetime,
    *,
    series_since: datetime | None = None,
    wait_seconds: float = BUS_WAIT_SECONDS,
    on_progress: OnProgress = _silently,
) -> Collected:
    """The evidence from `since` to the account's now, after the comparisons of its reads have come or been waited for.

    Raises NotDeployedError and botocore's errors.
    """
    source = EvidenceSource.of(account, since, series_since=series_since, on_progress=on_progress)

    def now() -> datetime:
        # A Date header has whole seconds: what was logged in this very one counts, too.
        return account.now() + timedelta(milliseconds=999)

    source.read(now())
    source.settle(now, wait_seconds=wait_seconds)
    return source.collected(alarms=alarms_now(account), baseline_latencies=recorded_baseline(account, since))


def alarms_now(account: "Account") -> tuple[AlarmEvidence, ...]:
    """Every alarm that there should be, as it is. Raises botocore's errors."""
    names = account.names
    pages = account.cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNames=[*names.rollback_alarms, *names.investigate_alarms]
    )
    return alarm_evidence(
        names, {alarm["AlarmName"]: alarm["StateValue"] for page in pages for alarm in page["MetricAlarms"]}
    )


def recorded_baseline(account: "Account", since: datetime) -> LatencyDistribution:
    """The latest baseline of the preflight before or in a step that began at `since`; empty where there is none."""
    found = baseline.latest(AccountJournal(account), since - _BASELINE_KEPT)
    return found if found is not None else LatencyDistribution()


class _Outstanding:
    """Sampled reads that no comparison was logged of, and may still be."""

    def __init__(self) -> None:
        self._sampled_ms: dict[str, int] = {}
        self._forgotten_ms = 0

    def __len__(self) -> int:
        return len(self._sampled_ms)

    def note(self, line: dict[str, Any], time_ms: int) -> None:
        event = line.get("event")
        if event == LogToken.SHADOW_REQUEST:
            if time_ms >= self._forgotten_ms + _COMPARED_WITHIN_MS:
                self.forget(time_ms)
            self._sampled_ms[line["requestId"]] = time_ms
        elif event in {LogToken.SHADOW_DIFF, LogToken.SHADOW_ERROR}:
            self._sampled_ms.pop(line["requestId"], None)

    def forget(self, now_ms: int) -> None:
        """Give up those that are too old to be compared."""
        self._forgotten_ms, limit_ms = now_ms, now_ms - _COMPARED_WITHIN_MS
        self._sampled_ms = {read: time_ms for read, time_ms in self._sampled_ms.items() if time_ms >= limit_ms}


_BY_TIME: Final = itemgetter(0)


def _parsed(message: str) -> dict[str, Any] | None:
    """A line of ours; None for one that only looks like it."""
    try:
        line = orjson.loads(message)
    except orjson.JSONDecodeError:
        return None
    return line if isinstance(line, dict) else None


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
