"""Traffic at a steady rate, part of which goes to a candidate that begins to fail, as CloudWatch would have it.

Reads are spread evenly, so that a case has one result. What a read leaves in a metric can be seen
`METRIC_DELAY_SECONDS` later.
"""

import math
from dataclasses import dataclass
from typing import Final

from sandbox.alarm_definition import MetricStat
from sandbox.metric_math import Series, Timeline

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html: "up to two minutes"
METRIC_DELAY_SECONDS: Final = 120.0

BEGIN: Final = 1_800_000_000
"""When the candidate begins to fail, epoch seconds, at a full minute."""


@dataclass(frozen=True, kw_only=True)
class Steady:
    """`reads_per_second` in all, a `share` of them (0 to 1) to the candidate, which fails `failing` of its reads.

    Before `BEGIN` it fails none. `single` is one failing read at `BEGIN`, and no other.
    """

    reads_per_second: float
    share: float
    failing: float
    single: bool = False

    def _all(self, until: float) -> int:
        """How many reads there were between `BEGIN` and `until`; negative before it."""
        return math.floor((until - BEGIN) * self.reads_per_second)

    def _candidates(self, until: float) -> int:
        return math.floor((until - BEGIN) * self.reads_per_second * self.share)

    def _failures(self, until: float) -> int:
        if until < BEGIN:
            return 0
        if self.single:
            return 1
        # The small term keeps 0.05 * 20 from being 0.999…
        return math.floor(self._candidates(until) * self.failing + 1e-9)

    def total(self, count: str, start: float, end: float) -> int:
        counts = {"all": self._all, "candidate": self._candidates, "failures": self._failures}
        return counts[count](end) - counts[count](start)

    def third_failure_at(self) -> float | None:
        """Epoch seconds, or None within the first day."""
        low, high = float(BEGIN), float(BEGIN + 86_400)
        if self._failures(high) < 3:
            return None
        while high - low > 0.1:
            middle = (low + high) / 2
            low, high = (low, middle) if self._failures(middle) >= 3 else (middle, high)
        return high


# Which count a metric of the rollback alarms is: by namespace, name and the names of its dimensions.
_COUNTS: Final[dict[tuple[str, str, frozenset[str]], str | None]] = {
    ("AWS/Lambda", "Invocations", frozenset({"FunctionName"})): "all",
    # Failures of the candidate are handled: the mock answers, and Lambda sees no error. `unhandled` says otherwise.
    ("AWS/Lambda", "Errors", frozenset({"FunctionName"})): None,
    ("AWS/Lambda", "Errors", frozenset({"FunctionName", "Resource", "ExecutedVersion"})): None,
    ("Huntaze/PrismaMigration", "Requests", frozenset({"environment", "path"})): "candidate",
    ("Huntaze/PrismaMigration", "Errors", frozenset({"environment", "path"})): "failures",
    ("Huntaze/PrismaMigration", "Requests", frozenset({"environment", "function", "version"})): "candidate",
    ("Huntaze/PrismaMigration", "Errors", frozenset({"environment", "function", "version"})): "failures",
}


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The metrics that an evaluation at `now` finds. `unhandled` failures leave the handler as exceptions."""

    traffic: Steady
    now: float
    unhandled: bool = False

    def series(self, stat: MetricStat, timeline: Timeline) -> Series:
        assert stat.statistic == "Sum"
        of_function = stat.namespace == "AWS/Lambda"
        name = _COUNTS[stat.namespace, stat.metric_name, frozenset(name for name, _ in stat.dimensions)]
        if self.unhandled and stat.metric_name == "Errors":
            name = "failures" if of_function else None
        visible_until = self.now - METRIC_DELAY_SECONDS
        series: dict[int, float] = {}
        for start in timeline.timestamps:
            end = min(start + timeline.period_seconds, visible_until)
            # A metric has a data point where anything was measured, also where the sum is 0.
            measured = self.traffic.total("all" if of_function else "candidate", start, end) if end > start else 0
            if measured:
                series[start] = self.traffic.total(name, start, end) if name else 0
        return series

    def unit(self, _stat: MetricStat) -> str:
        return "Count"
