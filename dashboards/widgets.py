"""The widgets that the dashboard is made of, in the structure of a CloudWatch dashboard's body.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dashboards.alarms import AlarmRule, Comparison
from dashboards.formulas import WINDOW_SECONDS, Drawn
from dashboards.queries import SavedQuery
from dashboards.series import Series

Widget = dict[str, Any]


class Meaning(StrEnum):
    """What it means to be beyond a limit, in the colour of its line."""

    NOT_YET_GO = "#2ca02c"
    INVESTIGATE = "#ff7f0e"
    ROLLBACK = "#d62728"


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A horizontal line."""

    label: str
    value: float
    meaning: Meaning


@dataclass(frozen=True, kw_only=True)
class Line:
    """A series or a measure under a label."""

    label: str
    shown: Series | Drawn


def measured(measure: Drawn) -> Line:
    """A measure under its own label."""
    return Line(label=measure.label, shown=measure)


def graph(
    title: str,
    region: str,
    lines: Sequence[Line],
    *,
    limits: Sequence[Limit] = (),
    period_seconds: int = WINDOW_SECONDS,
    from_zero: bool = True,
) -> Widget:
    properties: dict[str, Any] = {
        "title": title,
        "view": "timeSeries",
        "region": region,
        "period": period_seconds,
        "metrics": _metrics(lines),
    }
    if from_zero:
        properties["yAxis"] = {"left": {"min": 0}}
    if limits:
        properties["annotations"] = {
            "horizontal": [
                {"label": limit.label, "value": limit.value, "color": str(limit.meaning)} for limit in limits
            ]
        }
    return {"type": "metric", "properties": properties}


def alarm_graph(rule: AlarmRule, region: str, meaning: Meaning, *, limits: Sequence[Limit] = ()) -> Widget:
    """What an alarm looks at, with the line that it must not cross, and others."""
    beyond = "above" if rule.comparison is Comparison.ABOVE else "below"
    alarm = Limit(label=f"{rule.name}: {beyond} {rule.threshold:g}", value=rule.threshold, meaning=meaning)
    return graph(
        rule.measure.label,
        region,
        [measured(rule.measure)],
        limits=[alarm, *limits],
        period_seconds=rule.window_seconds,
        from_zero=False,
    )


def latest_values(title: str, region: str, lines: Sequence[Line]) -> Widget:
    """A number each, with what it was before as a small curve."""
    return {
        "type": "metric",
        "properties": {
            "title": title,
            "view": "singleValue",
            "sparkline": True,
            "region": region,
            "period": WINDOW_SECONDS,
            "metrics": _metrics(lines),
        },
    }


def alarm_status(title: str, alarm_arns: Sequence[str]) -> Widget:
    """The ones in ALARM first."""
    return {
        "type": "alarm",
        "properties": {"title": title, "alarms": list(alarm_arns), "sortBy": "stateUpdatedTimestamp"},
    }


def query_table(query: SavedQuery, region: str) -> Widget:
    """What a saved query finds. Its text begins with comments, so it begins a line of its own."""
    sources = " | ".join(f"SOURCE '{group}'" for group in query.log_groups)
    return {
        "type": "log",
        "properties": {
            "title": query.title,
            "region": region,
            "view": "table",
            "query": f"{sources} |\n{query.text}",
        },
    }


def text(markdown: str) -> Widget:
    return {"type": "text", "properties": {"markdown": markdown}}


def _metrics(lines: Sequence[Line]) -> list[list[Any]]:
    measures = sum(not isinstance(line.shown, Series) for line in lines)
    return [
        metric
        for number, line in enumerate(lines)
        # Ids are a widget's, and every measure of a kind has the same.
        for metric in _metrics_of(line, suffix=str(number) if measures > 1 else "")
    ]


def _metrics_of(line: Line, *, suffix: str) -> Iterator[list[Any]]:
    if isinstance(line.shown, Series):
        yield _metric(line.shown, {"label": line.label})
        return
    expression = line.shown.expression
    for series_id in line.shown.series:
        expression = re.sub(rf"\b{series_id}\b", f"{series_id}{suffix}", expression)
    yield [{"expression": expression, "id": f"shown{suffix}", "label": line.label}]
    for series_id, series in line.shown.series.items():
        yield _metric(series, {"id": f"{series_id}{suffix}", "visible": False})


def _metric(series: Series, options: dict[str, Any]) -> list[Any]:
    dimensions = [part for pair in series.dimensions.items() for part in pair]
    return [series.namespace, series.metric_name, *dimensions, {"stat": series.statistic, **options}]
