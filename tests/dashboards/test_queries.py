"""The saved queries give the numbers that plain Python counts in the lines our own telemetry writes.

What they may consist of is AWS's: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html and its
pages for `filter`, `fields`, `parse`, `stats`, `sort`, `limit` and `unnest`; comments, functions and aliases likewise.
"""

import dataclasses
import json
import math
import re
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from dashboards.queries import SavedQuery, saved_queries
from sandbox.insights_events import discovered
from sandbox.insights_query import Column, Command, FieldName, Fields, ParseRegex, Stats, Unnest, calls_in
from sandbox.insights_syntax import parse
from shared.names import ResourceNames
from tests.dashboards.logged_reads import MOCK_READ, NAMES, PRISMA_READ, PRISMA_SHADOW, logged_hour
from tests.dashboards.query_samples import answer

QUERIES = saved_queries(NAMES)


def by_stem(stem: str) -> SavedQuery:
    (found,) = (query for query in QUERIES if query.name.endswith(f"/{stem}"))
    return found


def answers(stem: str) -> list[dict[str, str]]:
    saved = by_stem(stem)
    return answer(saved.text, saved.log_groups)


def lines(group: str, *tokens: str) -> list[dict[str, Any]]:
    """Our own lines of a log group, with their times, oldest first."""
    found = []
    for event in logged_hour()[group]:
        if event.message.startswith("{"):
            line = json.loads(event.message)
            if not tokens or line["event"] in tokens:
                found.append({**line, "at_ms": event.timestamp_ms})
    return found


def bins(found: Iterable[dict[str, Any]], minutes: int) -> dict[str, list[dict[str, Any]]]:
    """By the beginning of the minutes that they are in, newest first."""
    length_ms = minutes * 60_000
    grouped = defaultdict(list)
    for line in found:
        grouped[line["at_ms"] // length_ms * length_ms].append(line)
    return {
        f"{datetime.fromtimestamp(start_ms / 1000, UTC):%Y-%m-%d %H:%M:%S}.000": grouped[start_ms]
        for start_ms in sorted(grouped, reverse=True)
    }


def percentile(values: Sequence[float], percent: int) -> float:
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1]


def durations(found: Iterable[dict[str, Any]]) -> list[float]:
    return [line["duration"] for line in found]


def same(row: dict[str, str], expected: dict[str, float | str]) -> None:
    """Numbers are shown with four decimals at most."""
    assert row.keys() == expected.keys()
    for name, value in expected.items():
        if isinstance(value, str):
            assert row[name] == value
        else:
            assert float(row[name]) == pytest.approx(value, abs=0.00006), name


def all_same(rows: list[dict[str, str]], expected: list[dict[str, float | str]]) -> None:
    assert len(rows) == len(expected)
    assert rows
    for row, counted in zip(rows, expected, strict=True):
        same(row, counted)


def test_shadow_diffs_by_minute() -> None:
    compared = lines(PRISMA_SHADOW, "SHADOW-DIFF")
    assert any(not line["match"] for line in compared)
    all_same(
        answers("01-shadow-diffs-by-minute"),
        [
            {
                "minute": minute,
                "comparisons": len(found),
                "mismatches": sum(not line["match"] for line in found),
                "mismatchPercent": 100 * sum(not line["match"] for line in found) / len(found),
            }
            for minute, found in bins(compared, 1).items()
        ],
    )


def test_error_rate_by_minute() -> None:
    reads = lines(MOCK_READ, "MOCK-SUCCESS", "CANARY-SUCCESS", "CANARY-ERROR")
    all_same(
        answers("02-error-rate-by-minute"),
        [
            {
                "minute": minute,
                "reads": len(found),
                "errors": sum(line["event"] == "CANARY-ERROR" for line in found),
                "errorPercent": 100 * sum(line["event"] == "CANARY-ERROR" for line in found) / len(found),
            }
            for minute, found in bins(reads, 1).items()
        ],
    )


def test_latency_by_path() -> None:
    reads = lines(MOCK_READ, "MOCK-SUCCESS", "CANARY-SUCCESS")
    expected: list[dict[str, float | str]] = []
    for window, found in bins(reads, 5).items():
        for path in ("mock", "prisma"):
            served = durations(line for line in found if line["path"] == path)
            if served:
                expected.append(
                    {
                        "path": path,
                        "window": window,
                        "reads": len(served),
                        "avgMs": statistics.fmean(served),
                        "p50Ms": percentile(served, 50),
                        "p95Ms": percentile(served, 95),
                        "p99Ms": percentile(served, 99),
                    }
                )
    all_same(answers("03-latency-by-path"), expected)


def test_canary_success_rate() -> None:
    reads = lines(MOCK_READ, "CANARY-SUCCESS", "CANARY-ERROR")
    successes = sum(line["event"] == "CANARY-SUCCESS" for line in reads)
    assert 0 < successes < len(reads)
    (row,) = answers("04-canary-success-rate")
    same(
        row,
        {
            "reads": len(reads),
            "errors": len(reads) - successes,
            "successes": successes,
            "successPercent": 100 * successes / len(reads),
        },
    )


def test_mock_against_canary_latency() -> None:
    reads = lines(MOCK_READ, "MOCK-SUCCESS", "CANARY-SUCCESS")
    expected: list[dict[str, float | str]] = []
    for window, found in bins(reads, 5).items():
        mock = durations(line for line in found if line["path"] == "mock")
        prisma = durations(line for line in found if line["path"] == "prisma")
        expected.append(
            {
                "window": window,
                "mockReads": len(mock),
                "prismaReads": len(prisma),
                "mockAvgMs": statistics.fmean(mock),
                "prismaAvgMs": statistics.fmean(prisma),
                "mockP95Ms": percentile(mock, 95),
                "prismaP95Ms": percentile(prisma, 95),
                "p95Ratio": percentile(prisma, 95) / percentile(mock, 95),
            }
        )
    all_same(answers("05-mock-against-canary-latency"), expected)


def test_cold_starts_by_function() -> None:
    expected: list[dict[str, float | str]] = []
    for group, function in ((MOCK_READ, NAMES.mock_read_function), (PRISMA_READ, NAMES.prisma_read_function)):
        reads = [line for line in lines(group) if line.get("Requests") == 1]
        cold = durations(line for line in reads if line["coldStart"])
        warm = durations(line for line in reads if not line["coldStart"])
        inits = [
            float(found[1])
            for event in logged_hour()[group]
            if (found := re.search(r"Init Duration: ([\d.]+) ms", event.message))
        ]
        expected.append(
            {
                "functionName": function,
                "reads": len(reads),
                "coldStarts": len(cold),
                "avgColdMs": statistics.fmean(cold),
                "avgWarmMs": statistics.fmean(warm),
                "maxColdMs": max(cold),
                "initialisations": len(inits),
                "avgInitMs": statistics.fmean(inits),
            }
        )
    expected.sort(key=lambda row: -float(row["coldStarts"]))
    all_same(answers("06-cold-starts-by-function"), expected)


def test_fallbacks_by_code() -> None:
    by_code = defaultdict(list)
    for line in lines(MOCK_READ, "CANARY-ERROR"):
        by_code[line["code"]].append(line)
    all_same(
        answers("07-fallbacks-by-code"),
        [
            {
                "code": code,
                "fallbacks": len(found),
                "users": len({line["userId"] for line in found}),
                "avgMs": statistics.fmean(durations(found)),
                "p95Ms": percentile(durations(found), 95),
            }
            for code, found in sorted(by_code.items(), key=lambda item: (-len(item[1]), item[0]))
        ],
    )


def test_most_mismatching_fields() -> None:
    users = defaultdict(list)
    for line in lines(PRISMA_SHADOW, "SHADOW-DIFF"):
        for difference in line["diffs"]:
            users[difference["path"], difference["kind"]].append(line["userId"])
    all_same(
        answers("08-most-mismatching-fields"),
        [
            {"fieldPath": path, "kind": kind, "differences": len(found), "users": len(set(found))}
            for (path, kind), found in sorted(users.items(), key=lambda item: (-len(item[1]), item[0]))
        ],
    )


def names_in(node: object) -> set[str]:
    """Every field that a part of a query names, wherever it stands in it."""
    if isinstance(node, FieldName):
        return {node.name}
    if isinstance(node, tuple):
        return set().union(*map(names_in, node))
    if not dataclasses.is_dataclass(node):
        return set()
    return set().union(*(names_in(getattr(node, member.name)) for member in dataclasses.fields(node)))


def names_made(command: Command) -> set[str]:
    columns = (*getattr(command, "columns", ()), *getattr(command, "keys", ()))
    made = {column.name for column in columns if isinstance(column, Column) and column.name not in names_in(column)}
    if isinstance(command, ParseRegex):
        made |= set(re.findall(r"\(\?<(\w+)>", command.pattern.source))
    return made | set(getattr(command, "names", ())) | ({command.name} if isinstance(command, Unnest) else set())


def fields_used(query: SavedQuery) -> set[str]:
    """What a query reads of a log event, as far as it does not make it itself."""
    used: set[str] = set()
    made: set[str] = set()
    for command in parse(query.text):
        made |= names_made(command)
        used |= {name for name in names_in(command) if name.partition(".")[0] not in made}
    return used


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_every_field_that_a_query_uses_is_in_the_lines_of_its_logs(query: SavedQuery) -> None:
    logged = {name for group in query.log_groups for event in logged_hour()[group] for name in discovered(event)}
    assert fields_used(query) <= logged


def test_the_fields_of_a_query_are_found_wherever_they_stand() -> None:
    query = by_stem("06-cold-starts-by-function")
    assert fields_used(query) == {"Requests", "@initDuration", "@log", "coldStart", "duration"}


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_queries_use_only_functions_that_aws_has_had_for_long(query: SavedQuery) -> None:
    """Newer ones may not be in every region yet."""
    established = {
        "avg", "bin", "case", "count", "count_distinct", "ispresent", "jsonparse", "max", "pct", "sum",
    }  # fmt: skip
    expressions = [
        expression
        for command in parse(query.text)
        if isinstance(command, Fields | Stats)
        for expression in [column.expression for column in (*command.columns, *getattr(command, "keys", ()))]
    ]
    assert {call.function for expression in expressions for call in calls_in(expression)} <= established


def test_there_are_eight_queries_with_names_titles_purposes_and_groups() -> None:
    assert [(query.name, query.title) for query in QUERIES] == [
        ("huntaze/01-shadow-diffs-by-minute", "Shadow diffs by minute"),
        ("huntaze/02-error-rate-by-minute", "Error rate by minute"),
        ("huntaze/03-latency-by-path", "Latency by path"),
        ("huntaze/04-canary-success-rate", "Canary success rate"),
        ("huntaze/05-mock-against-canary-latency", "Mock against canary latency"),
        ("huntaze/06-cold-starts-by-function", "Cold starts by function"),
        ("huntaze/07-fallbacks-by-code", "Fallbacks by code"),
        ("huntaze/08-most-mismatching-fields", "Most mismatching fields"),
    ]
    for query in QUERIES:
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-querydefinition.html
        assert len(query.text) <= 10_000
        assert query.purpose.endswith(".")


def test_another_environment_has_its_own_names_and_groups() -> None:
    query = saved_queries(ResourceNames("dev"))[5]
    assert query.name == "huntaze-dev/06-cold-starts-by-function"
    assert query.log_groups == ("/aws/lambda/huntaze-dev-mock-read", "/aws/lambda/huntaze-dev-prisma-read")
