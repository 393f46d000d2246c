"""What the operator's eyes show of a rehearsal, held against what its logs hold: queries, traces, metrics."""

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from shared.names import METRIC_NAMESPACE, Metric
from stacks.environments import SANDBOX
from tests.aws_cli import RELEASE_1
from tests.dashboards.query_samples import RECORDED, recorded_answers
from tests.e2e.conftest import NAMES, Deployment
from tests.e2e.metric_queries import of_alarm, of_widget, searches
from tests.e2e.raw_events import COUNTED, Number, Row
from tests.e2e.small_rehearsal import Rehearsal, played

Document = dict[str, Any]

WAIT_SECONDS: Final = 60
MOST_TRACES_A_REQUEST: Final = 5
# Each query shows the largest, or the latest, of this first.
DESCENDING: Final = {
    "01-shadow-diffs-by-minute": "minute",
    "02-error-rate-by-minute": "minute",
    "03-latency-by-path": "window",
    "05-mock-against-canary-latency": "window",
    "06-cold-starts-by-function": "coldStarts",
    "07-fallbacks-by-code": "fallbacks",
    "08-most-mismatching-fields": "differences",
}
WITHOUT_DATA: Final = {
    f"AWS/Lambda Errors {NAMES.rollback_guardian_function}": "it sleeps, and tells nothing without invocations",
    f"AWS/SQS ApproximateNumberOfMessagesVisible {NAMES.rollback_guardian_failures}": "queues have no metrics here",
}
# Only a flag that came too late makes one, as on a busy machine it may.
PERHAPS_WITHOUT_DATA: Final = {f"{METRIC_NAMESPACE} {Metric.FLAG_ERRORS} {SANDBOX.name}"}
FAILED: Final = 'annotation.canary = true AND annotation.failure CONTAINS ""'


@pytest.fixture(scope="module")
def rehearsal(deployment: Deployment) -> Iterator[Rehearsal]:
    with played(deployment) as rehearsal:
        yield rehearsal


@pytest.fixture(scope="module")
def definitions(deployment: Deployment) -> Mapping[str, Document]:
    """The deployed query definitions by the name of their file."""
    prefix = f"{NAMES.prefix}/"
    found = _aws(deployment, "logs", "describe-query-definitions", "--query-definition-name-prefix", prefix)
    return {each["name"].removeprefix(prefix): each for each in found["queryDefinitions"]}


def _aws(deployment: Deployment, *arguments: str) -> Any:
    return RELEASE_1.run(deployment.sandbox, *arguments)


def _answer(deployment: Deployment, rehearsal: Rehearsal, definition: Document) -> list[dict[str, str]]:
    """A query's rows, run over the rehearsal as it is deployed."""
    query_id = _aws(
        deployment, "logs", "start-query", "--log-group-names", *definition["logGroupNames"],
        "--start-time", str(rehearsal.start_s), "--end-time", str(rehearsal.end_s),
        "--query-string", definition["queryString"],
    )["queryId"]  # fmt: skip
    deadline = time.monotonic() + WAIT_SECONDS
    while (found := _aws(deployment, "logs", "get-query-results", "--query-id", query_id))["status"] == "Running":
        assert time.monotonic() < deadline
    assert found["status"] == "Complete"
    return [{cell["field"]: cell["value"] for cell in row} for row in found["results"]]


def test_every_deployed_query_is_counted_here(definitions: Mapping[str, Document]) -> None:
    assert definitions.keys() == COUNTED.keys()


@pytest.mark.parametrize("name", COUNTED)
def test_a_query_shows_the_numbers_that_the_events_hold(
    deployment: Deployment, rehearsal: Rehearsal, definitions: Mapping[str, Document], name: str
) -> None:
    shown = _answer(deployment, rehearsal, definitions[name])
    counted = COUNTED[name](rehearsal.events)

    assert counted
    _assert_telling(counted)
    assert _by_texts(shown, counted[0]).keys() == _by_texts(counted, counted[0]).keys()
    for texts, row in _by_texts(counted, counted[0]).items():
        _assert_shows(_by_texts(shown, counted[0])[texts], row)
    if name in DESCENDING:
        column = [row[DESCENDING[name]] for row in shown]
        assert column == sorted(column, key=_sort_key, reverse=True)


def test_the_page_shows_answers_of_such_a_rehearsal(
    deployment: Deployment,
    rehearsal: Rehearsal,
    definitions: Mapping[str, Document],
    pytestconfig: pytest.Config,
) -> None:
    answers = {name: _answer(deployment, rehearsal, definition) for name, definition in sorted(definitions.items())}
    if pytestconfig.getoption("--record-answers"):
        RECORDED.write_text(json.dumps(answers, indent=1) + "\n", encoding="utf-8")
    recorded = recorded_answers()
    assert {name: _columns(rows) for name, rows in recorded.items()} == {
        name: _columns(rows) for name, rows in answers.items()
    }


def _columns(rows: list[dict[str, str]]) -> set[str]:
    return {name for row in rows for name in row}


def _by_texts(rows: Any, pattern: Row) -> dict[tuple[str, ...], Any]:
    """Rows by what tells them apart, which are the columns that are texts in `pattern`."""
    names = [name for name, value in pattern.items() if isinstance(value, str)]
    found = {tuple(row[name] for name in names): row for row in rows}
    assert len(found) == len(rows)
    return found


def _assert_shows(shown: Mapping[str, str], counted: Row) -> None:
    assert shown.keys() - {"p95Ratio"} == counted.keys()
    for name, expected in counted.items():
        if not isinstance(expected, str):
            assert expected.is_shown_by(float(shown[name])), (name, shown[name], expected)
    if "mockP95Ms" in counted and "prismaP95Ms" in counted:
        ratio = float(shown["prismaP95Ms"]) / float(shown["mockP95Ms"])
        assert float(shown["p95Ratio"]) == pytest.approx(ratio, abs=0.0001)


def _assert_telling(rows: list[Row]) -> None:
    """No number is 0 in every row, and no percentage 0 or 100: it takes more than an idle query to show them."""
    for name in {name for row in rows for name in row}:
        numbers = [value.value for row in rows if isinstance(value := row.get(name), Number)]
        assert not numbers or any(number > 0 for number in numbers), name
        if name.endswith("Percent"):
            assert any(0 < number < 100 for number in numbers), name


def _sort_key(cell: str) -> float | str:
    return cell if "-" in cell else float(cell)


def _found(deployment: Deployment, rehearsal: Rehearsal, expression: str) -> set[str]:
    """Request ids of the reads whose traces an expression finds."""
    summaries = _aws(
        deployment, "xray", "get-trace-summaries", "--start-time", str(rehearsal.reads_start_s),
        "--end-time", str(rehearsal.end_s + 1), "--filter-expression", expression,
    )["TraceSummaries"]  # fmt: skip
    trace_ids = [summary["Id"] for summary in summaries]
    return {
        request_id
        for first in range(0, len(trace_ids), MOST_TRACES_A_REQUEST)
        for request_id in _read_requests(deployment, trace_ids[first : first + MOST_TRACES_A_REQUEST])
    }


def _read_requests(deployment: Deployment, trace_ids: list[str]) -> Iterator[str]:
    for trace in deployment.client("xray").batch_get_traces(TraceIds=trace_ids)["Traces"]:
        documents = [json.loads(segment["Document"]) for segment in trace["Segments"]]
        yield from (each["aws"]["request_id"] for each in documents if "parent_id" not in each)


def test_filters_find_exactly_the_canary_reads_that_failed(deployment: Deployment, rehearsal: Rehearsal) -> None:
    codes = rehearsal.canary_codes()
    failed = {read for read, code in codes.items() if code}
    assert {"db-timeout", "throttled", "breaker-open"} <= set(codes.values())

    def found() -> set[str]:
        return _found(deployment, rehearsal, FAILED)

    # What a function sends of a read may come a moment after its answer.
    deadline = time.monotonic() + WAIT_SECONDS
    while found() != failed and time.monotonic() < deadline:
        time.sleep(1)
    assert found() == failed
    # What mock-read has given up bears the candidate's own code as well, if it failed in the end.
    given_up = {read for read in failed if codes[read].endswith("timeout") and not codes[read].startswith("db")}
    for code in sorted(set(codes.values()) - {""}):
        of_code = _found(deployment, rehearsal, f'annotation.canary = true AND annotation.failure = "{code}"')
        assert of_code - given_up == {read for read in failed if codes[read] == code} - given_up
        assert of_code >= {read for read in failed if codes[read] == code}


def test_the_playbooks_own_filter_finds_the_canary_reads_that_failed_their_users_which_are_none(
    deployment: Deployment, rehearsal: Rehearsal
) -> None:
    # HasError is of the root segment: https://docs.aws.amazon.com/xray/latest/api/API_TraceSummary.html
    for failure in ("error", "fault"):
        assert _found(deployment, rehearsal, f"annotation.canary = true AND {failure} = true") == set()


def test_the_service_graph_counts_the_calls_from_mock_read_to_prisma_read(
    deployment: Deployment, rehearsal: Rehearsal
) -> None:
    codes = Counter(rehearsal.canary_codes().values())
    # A read that an open breaker kept from the candidate did not call it.
    called = codes.total() - codes["breaker-open"]

    graph = _aws(
        deployment, "xray", "get-service-graph", "--start-time", str(rehearsal.reads_start_s),
        "--end-time", str(rehearsal.end_s + 1),
    )["Services"]  # fmt: skip

    nodes = {(node["Name"], node["Type"]): node for node in graph}
    mock_read = nodes[NAMES.mock_read_function, "AWS::Lambda::Function"]
    prisma_read = nodes[NAMES.prisma_read_function, "AWS::Lambda"]
    (call,) = (edge for edge in mock_read["Edges"] if edge["ReferenceId"] == prisma_read["ReferenceId"])
    assert call["SummaryStatistics"]["TotalCount"] == called
    assert call["SummaryStatistics"]["ErrorStatistics"]["ThrottleCount"] == codes["throttled"] > 0


def test_every_metric_of_the_dashboard_and_the_alarms_has_data(deployment: Deployment, rehearsal: Rehearsal) -> None:
    cloudwatch = deployment.client("cloudwatch")
    body = json.loads(cloudwatch.get_dashboard(DashboardName=NAMES.dashboard)["DashboardBody"])
    alarms = cloudwatch.describe_alarms()["MetricAlarms"]
    drawn = [of_widget(widget) for widget in body["widgets"] if widget["type"] == "metric"]
    watched = [of_alarm(alarm) for alarm in alarms]
    assert len(drawn) >= 5
    assert len(watched) == len([*NAMES.rollback_alarms, *NAMES.investigate_alarms])

    def empty() -> set[str]:
        """The metrics without a datapoint, the expressions without a value, and the searches that find nothing."""
        existing = [
            metric for page in cloudwatch.get_paginator("list_metrics").paginate() for metric in page["Metrics"]
        ]
        found: set[str] = set()
        for queries in (*drawn, *watched):
            found |= {
                str(search)
                for query in queries
                for search in searches(query)
                if not any(search.finds(metric) for metric in existing)
            }
            named = {query["Id"]: _named(query) for query in queries if not searches(query)}
            if not named:
                continue
            answer = cloudwatch.get_metric_data(
                MetricDataQueries=[query for query in queries if query["Id"] in named],
                StartTime=rehearsal.start_s - 600,
                EndTime=rehearsal.end_s + 600,
            )
            found |= {named[result["Id"]] for result in answer["MetricDataResults"] if not result["Values"]}
        return found

    deadline = time.monotonic() + WAIT_SECONDS
    while (missing := empty() - PERHAPS_WITHOUT_DATA) != WITHOUT_DATA.keys() and time.monotonic() < deadline:
        time.sleep(2)
    assert missing == WITHOUT_DATA.keys()


def _named(query: Document) -> str:
    """An expression, or a metric with the values of its dimensions."""
    if "Expression" in query:
        return str(query["Expression"])
    metric = query["MetricStat"]["Metric"]
    return " ".join(
        (metric["Namespace"], metric["MetricName"], *sorted(each["Value"] for each in metric["Dimensions"]))
    )
