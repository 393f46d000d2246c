"""Preflight: dashboard, traces and saved queries."""

from dataclasses import replace

import pytest

from playbook.checklist import Item, Result
from playbook.preflight_eyes import QueryRun, dashboard_item, queries_item, traces_item

RUNS = tuple(QueryRun(name=f"huntaze/0{number}", status="Complete", rows=number % 2) for number in range(1, 9))


def test_a_dashboard_with_widgets_passes_with_its_link() -> None:
    item = dashboard_item("eyes", 12, "https://console.example")
    assert (item.result, item.told) == (Result.PASS, "eyes with 12 widgets: https://console.example")


@pytest.mark.parametrize(("widgets", "told"), [(None, "there is no eyes"), (0, "eyes is empty")])
def test_no_dashboard_or_an_empty_one_fails(widgets: int | None, told: str) -> None:
    item = dashboard_item("eyes", widgets, "https://console.example")
    assert (item.result, item.told) == (Result.FAIL, told)


def test_traces_of_reads_pass_and_none_fails_with_what_to_do() -> None:
    assert traces_item(1).told == "at least 1 trace of reads in the last 15 minutes"
    assert traces_item(1).result is Result.PASS
    assert traces_item(0).result is Result.FAIL
    assert "playbook traffic" in traces_item(0).to_do


def test_queries_that_all_run_pass_and_say_how_many_found_something() -> None:
    item = queries_item(RUNS)
    assert item.result is Result.PASS
    assert item.told == "all 8 run; over the last 60 minutes 4 of them found something"


def changed(**changes: object) -> Item:
    return queries_item((*RUNS[:-1], replace(RUNS[-1], **changes)))  # type: ignore[arg-type] # any of its own


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (None, "not there: huntaze/08"),
        ("Failed", "did not run: huntaze/08: Failed"),
        ("MalformedQueryException", "did not run: huntaze/08: MalformedQueryException"),
        ("Running", "did not run: huntaze/08: Running"),
    ],
)
def test_a_query_that_is_not_there_or_does_not_run_fails(status: str | None, told: str) -> None:
    item = changed(status=status)
    assert (item.result, item.told) == (Result.FAIL, told)


def test_a_query_of_another_text_than_the_checkouts_is_a_warning() -> None:
    item = changed(as_here=False)
    assert item.result is Result.WARN
    assert "huntaze/08 is not what this checkout has" in item.told
