"""Traffic as an alarm sees it: sums of windows, put under the alarm of a synthesised template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.alarm_definition import AlarmDefinition, MetricStat, read_alarm
from sandbox.alarm_evaluation import AlarmState, evaluation_range, judge
from sandbox.metric_math import Series, Timeline
from tests.stacks.conftest import Synthesis

NOW = 1_800_000_000
# Stands for what CloudFormation fills in.
VERSION = "12"

# A metric's name and what tells it from another of that name, such as `prisma` → the statistic's value.
Window = Mapping[str, float]


@dataclass(frozen=True)
class Windows:
    """The newest window last; a metric that a window does not name has no data point there.

    A metric is named as in `Requests`, or `Requests/prisma` where its path matters, or `Latency/prisma/p95`.
    """

    windows: Sequence[Window]

    def series(self, stat: MetricStat, timeline: Timeline) -> Series:
        path = dict(stat.dimensions).get("path")
        names = [stat.metric_name, f"{stat.metric_name}/{path}", f"{stat.metric_name}/{path}/{stat.statistic}"]
        if stat.namespace == "AWS/Lambda":
            names.append(f"Lambda {stat.metric_name}")
            names.remove(stat.metric_name)
        newest = list(timeline.timestamps)[-len(self.windows) :]
        return {
            start: window[name]
            for start, window in zip(newest, self.windows, strict=True)
            for name in names
            if name in window
        }

    def unit(self, _stat: MetricStat) -> str:
        return "Count"


def alarm(synthesis: Synthesis, stage: str, name: str) -> AlarmDefinition:
    return read_alarm(_filled_in(synthesis.alarm(stage, name)))


def state(definition: AlarmDefinition, *windows: Window) -> AlarmState:
    """The state after these windows, before which nothing happened."""
    timeline = evaluation_range(definition.rule, NOW)
    verdict = judge(definition.rule, definition.series(Windows(windows), timeline), timeline, NOW)
    assert verdict is not None
    return verdict.state


def _filled_in(value: Any) -> Any:
    match value:
        case {"Fn::GetAtt": [_, "Version"]}:
            return VERSION
        case dict():
            return {key: _filled_in(item) for key, item in value.items()}
        case list():
            return [_filled_in(item) for item in value]
        case _:
            return value
