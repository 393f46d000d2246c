# ruff: noqa: SLF001  # MiniStack offers no other way in, and this is the one file of the metrics that goes there.
"""The metrics of every account and region, in MiniStack's store but not as its lists; a contract test names each part.

All that records a metric, PutMetricData and MiniStack's own services, asks `_metric_bucket` for what to append it to,
and all that reads one is replaced.
"""

import functools
import math
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ministack.services import cloudwatch

from sandbox import cloudwatch_operations
from sandbox.alarm_definition import MetricStat, ValidationError
from sandbox.alarm_metrics import get_metric_data, get_metric_statistics, list_metrics
from sandbox.clock import Clock
from sandbox.cloudwatch_operations import Request
from sandbox.metric_math import Series, Timeline
from sandbox.metric_store import Dimensions, Measurement, Metric

MOST_DELAY_SECONDS: Final = 3600.0

_creating: Final = threading.Lock()


class Metrics:
    """Records what happens now and says what can be seen of it, in the account and region in scope.

    AWS says of a new metric that it can take up to two minutes until its statistics can be read
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/publishingMetrics.html#publishingDataPoints).
    Here that is no time at all unless it is set, since a sandbox is for tests, which would all wait for it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._delay_seconds = 0.0

    @property
    def delay_seconds(self) -> float:
        """Of playbook time, from when a data point is recorded until it can be seen."""
        return self._delay_seconds

    @delay_seconds.setter
    def delay_seconds(self, seconds: float) -> None:
        """Holds for what is recorded from now on. Raises ValueError."""
        if not 0 <= seconds <= MOST_DELAY_SECONDS:
            raise ValueError(f"delay_seconds takes 0 to {MOST_DELAY_SECONDS:g}")
        self._delay_seconds = float(seconds)

    def record(self, measurements: Iterable[Measurement]) -> None:
        visible_at = self._clock.now() + self._delay_seconds
        for each in measurements:
            _metric(each.namespace, each.name, each.dimensions).record(
                each.values, unit=each.unit, measured_at=each.measured_at, visible_at=visible_at
            )

    def record_point(self, namespace: str, name: str, point: Mapping[str, Any]) -> None:
        """Record a data point as MiniStack has it."""
        dimensions = tuple(sorted(point["Dimensions"].items()))
        unit, measured_at = str(point.get("Unit", "None")), float(point["Timestamp"])
        visible_at = self._clock.now() + self._delay_seconds
        metric = _metric(namespace, name, dimensions)
        if "_stat" in point:
            metric.record_set(point["_stat"], unit=unit, measured_at=measured_at, visible_at=visible_at)
        else:
            value, count = float(point["Value"]), float(point.get("Count", 1.0))
            metric.record((value,), count=count, unit=unit, measured_at=measured_at, visible_at=visible_at)

    def seen_now(self) -> "SeenMetrics":
        """To the second: what can be seen within the current one counts."""
        return SeenMetrics(math.floor(self._clock.now()) + 1)


@dataclass(frozen=True)
class SeenMetrics:
    """The metrics of the account and region in scope, as they could be seen before a whole second, epoch seconds."""

    before: int

    def series(self, stat: MetricStat, timeline: Timeline) -> Series:
        metric = _stored(stat)
        if metric is None:
            return {}
        return metric.series(stat.statistic, timeline, unit=stat.unit, visible_before=self.before)

    def unit(self, stat: MetricStat) -> str:
        metric = _stored(stat)
        return metric.units[0] if metric else "None"


def _stored(stat: MetricStat) -> Metric | None:
    metric: Metric | None = cloudwatch._metrics.get((stat.namespace, stat.metric_name, stat.dimensions))
    return metric


def _metric(namespace: str, name: str, dimensions: Dimensions) -> Metric:
    key = (namespace, name, dimensions)
    metric: Metric | None = cloudwatch._metrics.get(key)
    if metric is None:
        with _creating:
            metric = cloudwatch._metrics.get(key)
            if metric is None:
                metric = cloudwatch._metrics[key] = Metric(dimensions)
    return metric


@dataclass(frozen=True)
class _Bucket:
    """What MiniStack appends data points to."""

    metrics: Metrics
    namespace: str
    name: str

    def append(self, point: Mapping[str, Any]) -> None:
        self.metrics.record_point(self.namespace, self.name, point)


@functools.cache
def install(metrics: Metrics) -> None:
    """Replaces MiniStack's metrics in this process. Call it with one value only."""
    cloudwatch._metric_bucket = lambda key: _Bucket(metrics, key[0], key[1])
    # It reads lists, at each request. A sandbox does not live for the two weeks that it would keep.
    cloudwatch._evict_old_metrics = lambda: None
    cloudwatch_operations.replace("ListMetrics", lambda request: list_metrics(request, cloudwatch._metrics.keys()))
    cloudwatch_operations.replace(
        "GetMetricData", lambda request: get_metric_data(_with_times(request), metrics.seen_now())
    )
    cloudwatch_operations.replace(
        "GetMetricStatistics", lambda request: get_metric_statistics(_with_times(request), metrics.seen_now())
    )


def _with_times(request: Request) -> Request:
    times = {name: cloudwatch._parse_ts(request.get(name)) for name in ("StartTime", "EndTime")}
    for name, time_ in times.items():
        if time_ is None:
            raise ValidationError(f"{name} is required")
    return {**request, **times}
