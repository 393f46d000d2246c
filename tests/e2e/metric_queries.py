"""What a dashboard's widget or an alarm asks CloudWatch for, as the queries of GetMetricData that show each part of it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Document = dict[str, Any]

_DEFAULT_PERIOD_S: Final = 300
_DEFAULT_STATISTIC: Final = "Average"
_SEARCH: Final = re.compile(r"""SEARCH\('\{"?([^",]+)"?,([^}]+)\}([^']*)'""")
_TERM: Final = re.compile(r'(\w+)="([^"]+)"')


def of_widget(widget: Mapping[str, Any]) -> list[Document]:
    """Every series and expression of a metric widget, those that it draws and those that it only reckons with."""
    properties = widget["properties"]
    return [
        _of_row(
            parts, {"period": _DEFAULT_PERIOD_S, "stat": _DEFAULT_STATISTIC, **properties, **options}, f"row{number}"
        )
        for number, (parts, options) in enumerate(_rows(properties["metrics"]))
    ]


def of_alarm(alarm: Mapping[str, Any]) -> list[Document]:
    """Likewise of an alarm, as DescribeAlarms shows it."""
    if "Metrics" in alarm:
        return [{**query, "ReturnData": True} for query in alarm["Metrics"]]
    metric = {name: alarm[name] for name in ("Namespace", "MetricName", "Dimensions")}
    statistic = alarm.get("Statistic") or alarm["ExtendedStatistic"]
    return [{"Id": "watched", "MetricStat": {"Metric": metric, "Period": alarm["Period"], "Stat": statistic}}]


def _rows(metrics: Sequence[Sequence[Any]]) -> Iterator[tuple[list[str], Document]]:
    """Each row's texts, written out, and its options. A dot repeats what stands above, three dots all up to there."""
    above: list[str] = []
    for row in metrics:
        texts = [part for part in row if isinstance(part, str)]
        if "..." in texts:
            rest = texts[texts.index("...") + 1 :]
            texts = [*above[: len(above) - len(rest)], *rest]
        texts = [above[place] if part == "." else part for place, part in enumerate(texts)]
        above = texts or above
        yield texts, next((part for part in row if isinstance(part, dict)), {})


def _of_row(texts: Sequence[str], options: Mapping[str, Any], default_id: str) -> Document:
    identifier = options.get("id", default_id)
    if not texts:
        return {"Id": identifier, "Expression": options["expression"], "Period": options["period"]}
    namespace, name, *dimensions = texts
    metric = {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": [
            {"Name": dimension, "Value": value}
            for dimension, value in zip(dimensions[::2], dimensions[1::2], strict=True)
        ],
    }
    return {
        "Id": identifier,
        "MetricStat": {"Metric": metric, "Period": options["period"], "Stat": options["stat"]},
    }


@dataclass(frozen=True)
class Search:
    """What a SEARCH looks for: metrics with these dimensions and no others, some of them with a given value.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
    """

    namespace: str
    metric_name: str
    dimensions: frozenset[str]
    values: frozenset[tuple[str, str]]

    def finds(self, metric: Mapping[str, Any]) -> bool:
        """A metric as ListMetrics shows it."""
        dimensions = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
        return (
            (metric["Namespace"], metric["MetricName"]) == (self.namespace, self.metric_name)
            and dimensions.keys() == self.dimensions
            and self.values <= dimensions.items()
        )


def searches(query: Document) -> list[Search]:
    """Those in the expression of a query; the sandbox does not do them in GetMetricData."""
    found = []
    for namespace, dimensions, terms in _SEARCH.findall(query.get("Expression", "")):
        values = dict(_TERM.findall(terms))
        name = values.pop("MetricName")
        found.append(Search(namespace, name, frozenset(dimensions.split(",")), frozenset(values.items())))
    assert len(found) == query.get("Expression", "").count("SEARCH("), query
    return found
