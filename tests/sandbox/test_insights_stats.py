"""Aggregations give what plain Python counts."""

import json
import math
import statistics
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.insights_run import CancelledError, run
from sandbox.insights_values import shown
from tests.sandbox.insights_queries import START_MS, WINDOW, answers, compiled, events, result

samples = st.lists(
    st.tuples(st.sampled_from(["mock", "prisma"]), st.integers(0, 600_000), st.integers(-10_000, 10_000)),
    min_size=1,
    max_size=40,
)


@given(samples)
def test_groups_have_the_counts_sums_and_percentiles_of_their_events(reads: list[tuple[str, int, int]]) -> None:
    logged = [
        event
        for number, (path, after_ms, duration) in enumerate(reads)
        for event in events(
            json.dumps({"path": path, "duration": duration / 8}), start_ms=START_MS + after_ms, stream=str(number)
        )
    ]
    groups: dict[tuple[str, int], list[float]] = defaultdict(list)
    for path, after_ms, duration in reads:
        minute_ms = (START_MS + after_ms) // 60_000 * 60_000
        groups[path, minute_ms].append(duration / 8)

    rows = answers(
        """stats count(*) as n, sum(duration) as total, avg(duration) as mean, min(duration) as least,
            max(duration) as most, pct(duration, 95) as p95, median(duration) as middle, stddev(duration) as spread,
            count_distinct(duration) as different, sum(duration) / count(*) as ratio
            by path, toMillis(bin(1m)) as minute""",
        logged,
    )

    expected = {
        (path, str(minute_ms)): {
            "n": str(len(durations)),
            "total": shown(math.fsum(durations)),
            "mean": shown(statistics.fmean(durations)),
            "least": shown(min(durations)),
            "most": shown(max(durations)),
            "p95": shown(sorted(durations)[math.ceil(0.95 * len(durations)) - 1]),
            "middle": shown(statistics.median(durations)),
            "spread": shown(statistics.pstdev(durations)),
            "different": str(len(set(durations))),
            "ratio": shown(math.fsum(durations) / len(durations)),
        }
        for (path, minute_ms), durations in groups.items()
    }
    assert {(row.pop("path"), row.pop("minute")): row for row in rows} == expected


def test_count_of_a_field_counts_the_events_that_have_it() -> None:
    logged = events('{"a": 1}', '{"a": 0}', '{"b": 1}', '{"a": null}')
    assert answers("stats count(*), count(), count(a)", logged) == [{"count(*)": "4", "count()": "4", "count(a)": "2"}]


def test_what_is_not_a_number_is_left_out_of_sums() -> None:
    logged = events('{"a": 1}', '{"a": "2"}', '{"a": "x"}', "{}")
    assert answers("stats sum(a) as total, avg(a) as mean", logged) == [{"total": "3", "mean": "1.5"}]


def test_without_numbers_there_is_neither_sum_nor_average() -> None:
    assert answers("stats count(*) as n, sum(a) as total, avg(a) as mean", events("{}")) == [{"n": "1"}]


def test_earliest_and_latest_go_by_time_and_first_and_last_by_order() -> None:
    logged = events(*(json.dumps({"name": name}) for name in ("b", "c", "a")))
    assert answers(
        """stats earliest(name) as e, latest(name) as l, sortsFirst(name) as f, sortsLast(name) as s,
            earliest(@timestamp) as since""",
        logged,
    ) == [{"e": "b", "l": "a", "f": "a", "s": "c", "since": str(START_MS)}]


def test_a_group_may_be_of_events_without_the_field() -> None:
    rows = answers("stats count(*) as n by code | sort n desc", events('{"code": "a"}', "{}", "{}"))
    assert rows == [{"n": "2"}, {"code": "a", "n": "1"}]


def test_no_events_make_no_groups() -> None:
    assert answers("filter @message = 'x' | stats count(*) as n", events("a")) == []


def test_a_column_may_be_named_again_as_it_was_written() -> None:
    logged = events('{"a": 1}', '{"a": 2}', '{"a": 2}')
    query = "stats count(*) by a | filter count(*) > 1 | fields count(*) * 10 as tenfold | sort count(*)"
    assert answers(query, logged) == [{"a": "2", "count(*)": "2", "tenfold": "20"}]


def test_sorting_by_several_keys_goes_by_the_first_first() -> None:
    logged = events(*(json.dumps({"a": a, "b": b}) for a, b in ((1, "x"), (2, "x"), (1, "y"), (2, "y"))))
    assert answers("fields a, b | sort b desc, a", logged) == [
        {"a": "1", "b": "y"},
        {"a": "2", "b": "y"},
        {"a": "1", "b": "x"},
        {"a": "2", "b": "x"},
    ]


def test_what_is_missing_sorts_lowest() -> None:
    logged = events('{"a": 1}', "{}", '{"a": "x"}')
    assert answers("fields a | sort a", logged) == [{}, {"a": "x"}, {"a": "1"}]


@pytest.mark.parametrize(
    ("condition", "matching"),
    [
        ("a = 1", 1),
        ("a != 1", 1),
        ("not (a = 1)", 1),
        ("a = 1 or not ispresent(a)", 2),
        ("a != 1 or b = 1", 2),
        ("a not like /1/", 1),
        ("a not in [1]", 1),
        ("a > 1", 1),
        ("a / 0 = 1", 0),
    ],
)
def test_a_comparison_with_a_missing_value_is_neither_true_nor_false(condition: str, matching: int) -> None:
    assert len(answers(f"filter {condition}", events('{"a": 1}', '{"a": 2}', '{"b": 1}'))) == matching


def test_matched_counts_what_the_filters_let_through_whatever_is_shown() -> None:
    logged = events(*(json.dumps({"a": number % 2}) for number in range(10)))
    assert result("filter a = 1 | limit 2", logged).matched == 5
    assert result("filter a = 1 | stats count(*) as n", logged).matched == 5
    assert result("filter a = 1 | sort a | dedup a", logged).matched == 5
    assert result("fields a", logged, limit=3).matched == 10


def test_a_query_ends_when_its_result_is_no_longer_wanted() -> None:
    with pytest.raises(CancelledError):
        run(compiled("stats count(*)"), events("a"), WINDOW, cancelled=lambda: True)


def test_the_smaller_of_the_querys_and_the_requests_limits_holds() -> None:
    logged = events(*"abcdef")
    assert len(answers("limit 4", logged, limit=2)) == 2
    assert len(answers("limit 2", logged, limit=4)) == 2
    assert len(answers("fields @message", logged, limit=3)) == 3
