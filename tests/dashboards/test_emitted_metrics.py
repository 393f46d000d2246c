"""What graphs, alarms and queries look at is what the handlers write, and nothing is written for nobody."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from shared.names import METRIC_NAMESPACE
from tests.dashboards.handled_reads import handled_reads
from tests.dashboards.logged_reads import NAMES, logged_hour
from tests.dashboards.sample_dashboard import RULES, dashboard
from tests.lambda_support.fakes import Log

# With the reason why nobody looks.
UNUSED_ON_PURPOSE = {
    ("Errors", ("environment", "path"), "mock"): (
        "always 0: a mock that fails raises, which is in Lambda's Errors. It is there so that the paths add up."
    ),
}
_SEARCH = re.compile(r"""SEARCH\('\{"([^"]+)",([\w,]+)\} MetricName="(\w+)"((?: \w+="[^"]+")*)'""")


class Emitted(NamedTuple):
    name: str
    dimensions: frozenset[tuple[str, str]]


def emitted() -> set[Emitted]:
    return {
        Emitted(point.name, point.dimensions)
        for log in handled_reads().values()
        for point in log.points
        if point.namespace == METRIC_NAMESPACE
    }


def graphed() -> Iterator[Emitted]:
    """The metrics of ours that the dashboard names."""
    for widget in dashboard().body()["widgets"]:
        for namespace, name, *dimensions in _series(widget["properties"].get("metrics", ())):
            if namespace == METRIC_NAMESPACE:
                yield Emitted(name, frozenset(zip(dimensions[::2], dimensions[1::2], strict=True)))


def _series(metrics: list[list[Any]]) -> Iterator[list[str]]:
    for metric in metrics:
        if len(metric) > 1:
            yield metric[:-1]


def alarmed() -> set[Emitted]:
    return {
        Emitted(series.metric_name, frozenset(series.dimensions.items()))
        for rule in RULES
        for series in rule.measure.series.values()
        if series.namespace == METRIC_NAMESPACE
    }


def searched() -> list[tuple[str, frozenset[str], frozenset[tuple[str, str]]]]:
    """Of each search: the metric's name, the names of its dimensions, and the values that it asks for."""
    expressions = {
        metric[0]["expression"]
        for widget in dashboard().body()["widgets"]
        for metric in widget["properties"].get("metrics", ())
        if "SEARCH" in str(metric)
    }
    found = [_SEARCH.search(expression) for expression in expressions]
    return [
        (match[3], frozenset(match[2].split(",")), frozenset(re.findall(r'(\w+)="([^"]+)"', match[4])))
        for match in found
        if match is not None and match[1] == METRIC_NAMESPACE
    ]


def test_every_metric_that_a_graph_or_an_alarm_names_is_written_by_a_handler() -> None:
    assert {*graphed(), *alarmed()} <= emitted()


def test_every_search_finds_what_a_handler_writes() -> None:
    searches = searched()
    assert len(searches) == 4
    for name, dimension_names, values in searches:
        assert any(
            metric.name == name
            and {dimension for dimension, _ in metric.dimensions} == dimension_names
            and values <= metric.dimensions
            for metric in emitted()
        )


def test_every_alarm_is_on_the_dashboard() -> None:
    assert alarmed() <= set(graphed())


def test_every_metric_that_a_handler_writes_is_used_or_unused_on_purpose() -> None:
    unused = emitted() - {*graphed(), *alarmed()}
    assert {
        (metric.name, tuple(sorted(dict(metric.dimensions))), dict(metric.dimensions).get("path")) for metric in unused
    } == set(UNUSED_ON_PURPOSE)


def fields(lines: Log) -> dict[str, set[str]]:
    """The fields of each kind of line, as far as the line's own facts go."""
    found: dict[str, set[str]] = {}
    for line in lines.events:
        found.setdefault(line["event"], set()).update(line)
    return found


@pytest.mark.parametrize("function", list(handled_reads()))
def test_the_lines_that_queries_are_tested_on_have_the_fields_that_the_handlers_write(function: str) -> None:
    logged = Log([event.message for event in logged_hour()[f"/aws/lambda/{function}"] if event.message.startswith("{")])
    handled = fields(handled_reads()[function])
    for kind, names in fields(logged).items():
        assert names <= handled[kind], kind


def test_the_handlers_are_those_of_the_environment() -> None:
    assert set(handled_reads()) == {
        NAMES.mock_read_function,
        NAMES.prisma_read_function,
        NAMES.prisma_shadow_function,
    }
