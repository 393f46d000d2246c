"""The dashboard `huntaze-prisma-migration`: what the go/no-go is read from.

Its body is data: a plain document in CloudWatch's dashboard-body structure.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from collections.abc import Sequence
from typing import Any, Final

from dashboards.measures import (
    WINDOW_SECONDS,
    ErrorRate,
    Series,
    lambda_duration_p95,
    lambda_error_rate,
    lambda_invocations,
    path_errors,
    path_latency_p95,
    path_requests,
)
from shared.names import PATH_MOCK, PATH_PRISMA, ResourceNames

_GRID_WIDTH: Final = 24
_GRAPH_HEIGHT: Final = 6

Widget = dict[str, Any]


def dashboard_body(
    *, names: ResourceNames, region: str, error_rate_limit_percent: float, alarm_arns: Sequence[str]
) -> dict[str, Any]:
    """The dashboard's body; the first row answers "may we go on?", the second says why."""
    half = _GRID_WIDTH // 2
    return {
        "start": "-PT3H",
        "periodOverride": "inherit",
        "widgets": [
            _placed(_alarms("Alarms", alarm_arns), x=0, y=0, width=_GRID_WIDTH, height=2),
            _placed(
                _error_rate(lambda_error_rate(names), region, error_rate_limit_percent),
                x=0,
                y=2,
                width=half,
                height=_GRAPH_HEIGHT,
            ),
            _placed(
                _graph(
                    "Latency by path, p95 (ms)",
                    region,
                    [
                        ("mock", path_latency_p95(names, PATH_MOCK)),
                        ("prisma", path_latency_p95(names, PATH_PRISMA)),
                        ("function", lambda_duration_p95(names)),
                    ],
                ),
                x=half,
                y=2,
                width=half,
                height=_GRAPH_HEIGHT,
            ),
            _placed(
                _graph(
                    "Reads by path",
                    region,
                    [
                        ("mock", path_requests(names, PATH_MOCK)),
                        ("prisma", path_requests(names, PATH_PRISMA)),
                        ("all invocations", lambda_invocations(names)),
                    ],
                ),
                x=0,
                y=2 + _GRAPH_HEIGHT,
                width=half,
                height=_GRAPH_HEIGHT,
            ),
            _placed(
                _graph("Failures of the prisma path", region, [("failures", path_errors(names, PATH_PRISMA))]),
                x=half,
                y=2 + _GRAPH_HEIGHT,
                width=half,
                height=_GRAPH_HEIGHT,
            ),
        ],
    }


def _placed(widget: Widget, *, x: int, y: int, width: int, height: int) -> Widget:
    return {**widget, "x": x, "y": y, "width": width, "height": height}


def _alarms(title: str, alarm_arns: Sequence[str]) -> Widget:
    return {"type": "alarm", "properties": {"title": title, "alarms": list(alarm_arns)}}


def _graph(title: str, region: str, lines: Sequence[tuple[str, Series]]) -> Widget:
    return {
        "type": "metric",
        "properties": {
            "title": title,
            "view": "timeSeries",
            "region": region,
            "period": WINDOW_SECONDS,
            "yAxis": {"left": {"min": 0}},
            "metrics": [_line(series, {"label": label}) for label, series in lines],
        },
    }


def _error_rate(rate: ErrorRate, region: str, limit_percent: float) -> Widget:
    return {
        "type": "metric",
        "properties": {
            "title": rate.label,
            "view": "timeSeries",
            "region": region,
            "period": WINDOW_SECONDS,
            "yAxis": {"left": {"min": 0}},
            "metrics": [
                [{"expression": rate.expression, "id": "rate", "label": rate.label}],
                *(_line(series, {"id": series_id, "visible": False}) for series_id, series in rate.series.items()),
            ],
            "annotations": {"horizontal": [{"label": f"rollback above {limit_percent:g} %", "value": limit_percent}]},
        },
    }


def _line(series: Series, options: dict[str, Any]) -> list[Any]:
    dimensions = [part for pair in series.dimensions.items() for part in pair]
    return [series.namespace, series.metric_name, *dimensions, {"stat": series.statistic, **options}]
