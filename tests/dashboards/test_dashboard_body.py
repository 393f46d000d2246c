"""The dashboard says what decides first, shows each limit once, and is a body that CloudWatch takes."""

import json
from typing import Any

import pytest

from dashboards.guide import Contacts
from dashboards.layout import FIRST_SCREEN_HEIGHT
from dashboards.queries import FOLDER, saved_queries
from playbook.thresholds import Thresholds
from tests.dashboards.body_structure import overlapping, violations
from tests.dashboards.sample_dashboard import (
    LATENCY_BUDGET_MS,
    NAMES,
    RULES,
    VERSIONS,
    dashboard,
    lines_at,
    texts,
    widget,
)

BODY = dashboard().body()
JUDGED = Thresholds(latency_budget_ms=LATENCY_BUDGET_MS, error_rate_percent=2.0)


def expressions(shown: dict[str, Any]) -> list[str]:
    return [metric[0]["expression"] for metric in shown["properties"]["metrics"] if "expression" in metric[0]]


def test_cloudwatch_takes_the_body() -> None:
    assert violations(json.loads(json.dumps(BODY))) == []


def test_widgets_stand_beside_each_other_and_inside_the_grid() -> None:
    assert overlapping(BODY) == set()


def test_what_decides_is_on_the_first_screen() -> None:
    first = [each for each in BODY["widgets"] if each["y"] + each["height"] <= FIRST_SCREEN_HEIGHT]
    assert [(each["type"], each["properties"].get("title")) for each in first] == [
        ("alarm", "Alarms"),
        ("metric", "Dials, as reads see them"),
        ("metric", "Lambda error rate (%)"),
        ("metric", "Canary error rate (%)"),
        ("metric", "Latency by path, p95 (ms)"),
        ("metric", "Shadow differences (%)"),
        ("metric", "Shadow coverage (% of sampled reads)"),
        ("text", None),
    ]


def test_the_error_rate_is_the_playbooks_with_its_limit() -> None:
    shown = widget(BODY, "Lambda error rate (%)")
    assert expressions(shown) == ["100 * FILL(failures, 0) / FILL(attempts, 1)"]
    assert lines_at(shown) == {2}


def test_latency_is_shown_with_the_playbooks_two_lines_and_the_budget() -> None:
    shown = widget(BODY, "Latency by path, p95 (ms)")
    assert expressions(shown) == ["1.15 * of2", "1.3 * of3"]
    assert [metric[-1]["label"] for metric in shown["properties"]["metrics"] if "label" in metric[-1]] == [
        "mock",
        "prisma",
        "mock +15%",
        "mock +30%",
    ]
    assert lines_at(shown) == {LATENCY_BUDGET_MS}


@pytest.mark.parametrize(
    ("title", "limits"),
    [
        ("Shadow differences (%)", {JUDGED.shadow_diff_go_percent, JUDGED.shadow_diff_hold_percent}),
        ("Shadow coverage (% of sampled reads)", {JUDGED.shadow_coverage_percent}),
        ("Shadow errors (% of sampled reads)", {JUDGED.shadow_error_percent}),
        ("Shadow latency, p95 (ms)", {JUDGED.shadow_p95_ms}),
        ("Canary error rate (%)", {JUDGED.error_rate_percent}),
    ],
)
def test_the_lines_are_the_limits_of_the_verdict(title: str, limits: set[float]) -> None:
    assert lines_at(widget(BODY, title)) == limits


def test_the_dials_are_shown_as_shares_of_what_reads_do() -> None:
    path, *code = expressions(widget(BODY, "Dials, as reads see them"))
    assert path == "100 * FILL(part0, 0) / (FILL(mock0, 0) + FILL(prisma0, 0))"
    assert [expression.split(" / ")[0] for expression in code] == ["100 * FILL(part1, 0)", "100 * FILL(part2, 0)"]
    for function, expression in zip(VERSIONS, code, strict=True):
        assert "SUM(SEARCH(" in expression
        assert f'function="{function}"' in expression


def test_every_id_of_an_expression_is_a_series_of_its_widget() -> None:
    functions = {"FILL", "IF", "SUM", "SEARCH"}
    for each in BODY["widgets"]:
        ids = {metric[-1].get("id") for metric in each["properties"].get("metrics", ())}
        for expression in expressions(each) if each["type"] == "metric" else ():
            outside_quotes = "".join(expression.split("'")[::2])
            words = set(_words(outside_quotes)) - functions
            assert words <= ids, expression


def _words(expression: str) -> list[str]:
    separated = "".join(character if character.isalnum() else " " for character in expression)
    return [word for word in separated.split() if word[0].isalpha()]


def test_every_alarm_is_drawn_with_its_limit() -> None:
    drawn = [
        line["label"].split(":")[0]
        for each in BODY["widgets"]
        for line in each["properties"].get("annotations", {}).get("horizontal", ())
    ]
    for rule in RULES:
        assert drawn.count(rule.name) == 1, rule.name


def test_each_query_file_is_a_widget_of_its_own_with_its_text_as_it_is() -> None:
    shown = [each["properties"]["query"] for each in BODY["widgets"] if each["type"] == "log"]
    files = sorted(FOLDER.glob("*.cwli"))
    assert len(shown) == len(files)
    for text, file, query in zip(shown, files, saved_queries(NAMES), strict=True):
        sources, _, rest = text.partition(" |\n")
        assert rest == file.read_text()
        assert sources == " | ".join(f"SOURCE '{group}'" for group in query.log_groups)


def test_the_text_names_the_runbooks_section_of_every_alarm() -> None:
    for rule in RULES:
        assert f"`docs/PLAYBOOK.md#{rule.runbook_section}`" in texts(BODY)
        assert f"[{rule.name}](https://" in texts(BODY)


def test_the_text_links_to_every_place_where_an_operator_looks_next() -> None:
    for place in (
        "#alarmsV2:",
        "#logsV2:logs-insights$3FqueryDetail",
        "#/traces?timeRange=PT60M&filter=annotation.canary%20%3D%20true)",
        "annotation.failure%20CONTAINS%20%22%22)",
        "#/service-map?",
        "/appconfig/applications/abc1234?",
        "/deployment-groups/huntaze-mock-read-live?",
        "/deployment-groups/huntaze-prisma-read-live?",
    ):
        assert place in texts(BODY), place


def test_no_link_ends_early_at_a_parenthesis_of_its_own() -> None:
    for part in texts(BODY).split("](")[1:]:
        assert "(" not in part.partition(")")[0]


def test_the_text_says_who_is_told() -> None:
    people = Contacts(emails=("oncall@example.com",), slack=("T0123ABCD", "C0123ABCD"))
    shown = texts(dashboard(people).body())
    assert "mailto:oncall@example.com" in shown
    assert "https://app.slack.com/client/T0123ABCD/C0123ABCD" in shown
    assert "nobody" not in shown


def test_the_text_says_when_nobody_is() -> None:
    assert "nobody hears of alarms yet" in texts(BODY)


def test_the_limits_in_the_text_are_those_of_the_verdict() -> None:
    for limit in ("≤ 2 %", "+15%", f"{LATENCY_BUDGET_MS} ms", "< 0.5 %", "≥ 99 %"):
        assert limit in texts(BODY)
