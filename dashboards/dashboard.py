"""The dashboard `huntaze-prisma-migration`: what the go/no-go is read from.

Its body is data: a plain document in CloudWatch's dashboard-body structure.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from collections.abc import Sequence
from typing import Any, Final

from dashboards.alarms import AlarmRule, Comparison
from dashboards.measures import (
    WINDOW_SECONDS,
    Series,
    lambda_duration_p95,
    lambda_invocations,
    path_errors,
    path_latency_p95,
    path_requests,
)
from shared.names import PATH_MOCK, PATH_PRISMA, ResourceNames

_GRID_WIDTH: Final = 24
_GRAPH_WIDTH: Final = _GRID_WIDTH // 2
_GRAPH_HEIGHT: Final = 6
_ALARMS_HEIGHT: Final = 2

Widget = dict[str, Any]


def dashboard_body(*, names: ResourceNames, region: str, alarms: Sequence[tuple[AlarmRule, str]]) -> dict[str, Any]:
    """The dashboard's body: first all alarms, then what each looks at with its limit, then the reads themselves.

    `alarms` are rules with the ARNs of their alarms.
    """
    graphs = [
        *(_limit(rule, region) for rule, _ in alarms),
        _graph(
            "Latency by path, p95 (ms)",
            region,
            [
                ("mock", path_latency_p95(names, PATH_MOCK)),
                ("prisma", path_latency_p95(names, PATH_PRISMA)),
                ("function", lambda_duration_p95(names)),
            ],
        ),
        _graph(
            "Reads by path",
            region,
            [
                ("mock", path_requests(names, PATH_MOCK)),
                ("prisma", path_requests(names, PATH_PRISMA)),
                ("all invocations", lambda_invocations(names)),
            ],
        ),
        _graph("Failures of the prisma path", region, [("failures", path_errors(names, PATH_PRISMA))]),
    ]
    return {
        "start": "-PT3H",
        "periodOverride": "inherit",
        "widgets": [
            _placed(_alarms("Alarms", [arn for _, arn in alarms]), x=0, y=0, width=_GRID_WIDTH, height=_ALARMS_HEIGHT),
            *(
                _placed(
                    graph,
                    x=index % 2 * _GRAPH_WIDTH,
                    y=_ALARMS_HEIGHT + index // 2 * _GRAPH_HEIGHT,
                    width=_GRAPH_WIDTH,
                    height=_GRAPH_HEIGHT,
                )
                for index, graph in enumerate(graphs)
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


def _limit(rule: AlarmRule, region: str) -> Widget:
    """What an alarm looks at, with the line that it must not cross."""
    measure = rule.measure
    beyond = "above" if rule.comparison is Comparison.ABOVE else "below"
    return {
        "type": "metric",
        "properties": {
            "title": measure.label,
            "view": "timeSeries",
            "region": region,
            "period": rule.window_seconds,
            "metrics": [
                [{"expression": measure.expression, "id": "shown", "label": measure.label}],
                *(_line(series, {"id": series_id, "visible": False}) for series_id, series in measure.series.items()),
            ],
            "annotations": {
                "horizontal": [{"label": f"{rule.name}: {beyond} {rule.threshold:g}", "value": rule.threshold}]
            },
        },
    }


def _line(series: Series, options: dict[str, Any]) -> list[Any]:
    dimensions = [part for pair in series.dimensions.items() for part in pair]
    return [series.namespace, series.metric_name, *dimensions, {"stat": series.statistic, **options}]
