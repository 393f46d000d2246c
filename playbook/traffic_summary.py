"""What test reads came to, as their callers saw them; counted a read at a time, in memory that does not grow."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from playbook.latencies import Latencies, LatencyDistribution
from playbook.traffic import ReadResult
from playbook.wording import count, milliseconds, rate

_PERCENTILES: Final = (50, 95, 99, 100)
_MOST_ERRORS: Final = 5


@dataclass(frozen=True, kw_only=True)
class TrafficSummary:
    """`errors` counts failed reads by what was wrong with them, `versions` reads by the version that answered.

    `changed_answers` are the users who got two different answers. The round trips are those of answered reads, with
    the network and Lambda in them.
    """

    reads: int
    seconds: float
    errors: Mapping[str, int] = field(hash=False)
    versions: Mapping[str, int] = field(hash=False)
    round_trips: LatencyDistribution
    changed_answers: tuple[str, ...]

    @property
    def failed(self) -> int:
        return sum(self.errors.values())

    @property
    def a_second(self) -> float:
        return self.reads / self.seconds if self.seconds else 0.0

    def lines(self) -> Iterator[str]:
        """For people."""
        yield (
            f"{count(self.reads, 'read')} in {self.seconds:.1f} s, {rate(self.a_second)} a second: "
            f"{self.reads - self.failed:,} answered, {self.failed:,} failed"
        )
        for what, number in list(self.errors.items())[:_MOST_ERRORS]:
            yield f"  {number:,} × {what}"
        if len(self.errors) > _MOST_ERRORS:
            yield f"  and {len(self.errors) - _MOST_ERRORS:,} other errors"
        if self.round_trips.reads:
            told = (f"p{percent} {milliseconds(self.round_trips.percentile_ms(percent))}" for percent in _PERCENTILES)
            yield f"round trips: {', '.join(told)}".replace("p100", "slowest")
        if self.versions:
            told = (f"{version} ({number:,})" for version, number in self.versions.items())
            yield f"answered by version {', '.join(told)}"
        if self.changed_answers:
            yield f"users who got two different answers: {', '.join(self.changed_answers)}"

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {
            "reads": self.reads,
            "failed": self.failed,
            "seconds": round(self.seconds, 3),
            "reads_per_second": round(self.a_second, 3),
            "errors": dict(self.errors),
            "versions": dict(self.versions),
            "round_trip_ms": {
                f"p{percent}": round(self.round_trips.percentile_ms(percent), 3) for percent in _PERCENTILES
            }
            if self.round_trips.reads
            else {},
            "changed_answers": list(self.changed_answers),
        }


class TrafficCount:
    """Takes results one by one, from one thread at a time."""

    def __init__(self) -> None:
        self.reads = 0
        self.failed = 0
        self._errors: Counter[str] = Counter()
        self._versions: Counter[str] = Counter()
        self._round_trips = Latencies()
        self._answers: dict[str, str] = {}
        self._changed: set[str] = set()

    def add(self, result: ReadResult) -> None:
        self.reads += 1
        if result.version:
            self._versions[result.version] += 1
        if result.error:
            self.failed += 1
            self._errors[result.error] += 1
            return
        self._round_trips.record(result.round_trip_ms)
        if self._answers.setdefault(result.user_id, result.answer_digest) != result.answer_digest:
            self._changed.add(result.user_id)

    def summary(self, seconds: float) -> TrafficSummary:
        return TrafficSummary(
            reads=self.reads,
            seconds=seconds,
            errors=dict(self._errors.most_common()),
            versions=dict(self._versions.most_common()),
            round_trips=self._round_trips.distribution(),
            changed_answers=tuple(sorted(self._changed)),
        )
