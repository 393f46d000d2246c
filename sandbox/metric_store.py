"""The data of one metric, kept so that a rehearsal's worth of it can be read each minute: counted, not listed.

CloudWatch shows a data point some time after it was recorded, under the time at which it was measured. So points are
kept by both: when they were measured, to ten seconds, the finest period that is read here, and when they can be seen,
to the second. What an evaluation as of a minute sees is therefore the same whenever it takes place.
"""

import math
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from sandbox.metric_math import Series, Timeline

_GRAIN_SECONDS: Final = 10

Dimensions = tuple[tuple[str, str], ...]
"""Names and values, sorted by name."""


class Measurement(NamedTuple):
    """Values of one metric, measured at a time in epoch seconds."""

    namespace: str
    name: str
    dimensions: Dimensions
    values: tuple[float, ...]
    unit: str
    measured_at: float


class Samples:
    """Values with the number of times that each was seen."""

    __slots__ = ("count", "high", "low", "total", "values")

    def __init__(self) -> None:
        self.count = 0.0
        self.total = 0.0
        self.low = math.inf
        self.high = -math.inf
        self.values: dict[float, float] | None = {}
        """None if they are not known one by one, or one is negative: then there are no percentiles.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Percentiles
        """

    def add(self, value: float, count: float = 1.0) -> None:
        if count <= 0:
            return
        self.count += count
        self.total += value * count
        if value < self.low:  # noqa: PLR1730 - min() takes five times as long, and this is done for each read
            self.low = value
        if value > self.high:  # noqa: PLR1730 - as above
            self.high = value
        values = self.values
        if values is not None:
            if value < 0:
                self.values = None
            else:
                values[value] = values.get(value, 0.0) + count

    def add_set(self, *, count: float, total: float, low: float, high: float) -> None:
        """A statistic set: it counts in percentiles if its values can only have been one value."""
        if low == high and total == low * count:
            self.add(low, count)
        elif count > 0:
            self.merge(_of_set(count, total, low, high))

    def merge(self, other: "Samples") -> None:
        self.count += other.count
        self.total += other.total
        self.low = min(self.low, other.low)
        self.high = max(self.high, other.high)
        if self.values is None or other.values is None:
            self.values = None
            return
        for value, count in other.values.items():
            self.values[value] = self.values.get(value, 0.0) + count


def _of_set(count: float, total: float, low: float, high: float) -> Samples:
    samples = Samples()
    samples.count, samples.total, samples.low, samples.high, samples.values = count, total, low, high, None
    return samples


def statistic(name: str, parts: Sequence[Samples]) -> float | None:
    """`name` is SampleCount, Sum, Average, Minimum, Maximum, or a percentile as in p99.9; None if there is none."""
    count = sum(part.count for part in parts)
    if not count:
        return None
    if name == "SampleCount":
        return count
    if name == "Minimum":
        return min(part.low for part in parts)
    if name == "Maximum":
        return max(part.high for part in parts)
    if name in ("Sum", "Average"):
        total = sum(part.total for part in parts)
        return total if name == "Sum" else total / count
    return _percentile(float(name[1:]), parts)


def _percentile(percent: float, parts: Sequence[Samples]) -> float | None:
    """Between the two values whose ranks are nearest: AWS does not say how CloudWatch interpolates."""
    values: dict[float, float] = {}
    for part in parts:
        if part.values is None:
            return None
        for value, count in part.values.items():
            values[value] = values.get(value, 0.0) + count
    ordered = sorted(values.items())
    rank = percent / 100 * max(0.0, sum(values.values()) - 1)
    below = _at_rank(math.floor(rank), ordered)
    above = _at_rank(math.ceil(rank), ordered)
    return below + (above - below) * (rank - math.floor(rank))


def _at_rank(rank: int, ordered: Sequence[tuple[float, float]]) -> float:
    seen = 0.0
    for value, count in ordered:
        seen += count
        if rank < seen:
            return value
    return ordered[-1][0]


_Visible = dict[int, Samples]
"""By the second, whole, of playbook time at which they can be seen first."""


class Metric:
    """Safe to use on several threads."""

    def __init__(self, dimensions: Dimensions) -> None:
        self.dimensions = dimensions
        self._lock = threading.Lock()
        self._by_unit: dict[str, dict[int, _Visible]] = {}

    @property
    def units(self) -> tuple[str, ...]:
        return tuple(self._by_unit)

    def record(
        self, values: Iterable[float], *, unit: str, measured_at: float, visible_at: float, count: float = 1.0
    ) -> None:
        """Add values, each of which was seen `count` times. Times are epoch seconds."""
        with self._lock:
            add = self._samples(unit, measured_at, visible_at).add
            for value in values:
                add(value, count)

    def record_set(self, set_: Mapping[str, float], *, unit: str, measured_at: float, visible_at: float) -> None:
        """Add a statistic set as PutMetricData has it."""
        with self._lock:
            self._samples(unit, measured_at, visible_at).add_set(
                count=float(set_.get("SampleCount", 0)), total=float(set_.get("Sum", 0)),
                low=float(set_.get("Minimum", 0)), high=float(set_.get("Maximum", 0)),
            )  # fmt: skip

    def series(self, name: str, timeline: Timeline, *, unit: str | None, visible_before: int) -> Series:
        """The statistic of each period that has data which can be seen before a whole second, epoch seconds.

        `timeline` begins at a multiple of ten seconds. Without a unit, data of all units count.
        """
        periods: dict[int, list[Samples]] = {}
        with self._lock:
            for grains in self._by_unit.values() if unit is None else [self._by_unit.get(unit, {})]:
                for start, visible in _within(grains, timeline):
                    parts = [samples for second, samples in visible.items() if second < visible_before]
                    period = timeline.period_start(start)
                    if parts and period is not None:
                        periods.setdefault(period, []).extend(parts)
            # The samples may grow as soon as the lock is released.
            values = {start: statistic(name, parts) for start, parts in sorted(periods.items())}
        return {start: value for start, value in values.items() if value is not None}

    def _samples(self, unit: str, measured_at: float, visible_at: float) -> Samples:
        grain = int(measured_at // _GRAIN_SECONDS) * _GRAIN_SECONDS
        second = int(visible_at)
        try:
            return self._by_unit[unit][grain][second]
        except KeyError:
            visible = self._by_unit.setdefault(unit, {}).setdefault(grain, {})
            return visible.setdefault(second, Samples())


def _within(grains: Mapping[int, _Visible], timeline: Timeline) -> Iterator[tuple[int, _Visible]]:
    asked = range(timeline.start, timeline.end, _GRAIN_SECONDS)
    if len(asked) < len(grains):
        return ((start, grains[start]) for start in asked if start in grains)
    return ((start, visible) for start, visible in grains.items() if timeline.start <= start < timeline.end)
