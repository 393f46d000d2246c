"""The report as it is read: its numbers are the bundle's, and its words are no one else's markup."""

import re
from dataclasses import fields, replace
from functools import cache
from pathlib import Path

import pytest

from playbook import bundle as bundles
from playbook.bundle import Bundle, Gate
from playbook.report_images import NOT_ASKED, WidgetImage, WidgetImages
from playbook.report_page import render
from playbook.source import Source
from playbook.timeline import EventKind
from playbook.verdict import Outcome
from tests.playbook.bundles import (
    END,
    OPERATOR,
    SHADOW_ENDS,
    bundle,
    empty,
    event,
    go,
    hold,
    rollback,
    step,
)
from tests.playbook.judged import NAMES
from tests.playbook.report_html import Element, figures, parsed

_ALL = {"go": go, "hold": hold, "rollback": rollback, "empty": empty}


@cache
def _bundle(name: str) -> Bundle:
    return _ALL[name]()


@cache
def _html(name: str) -> str:
    return render(_bundle(name), NOT_ASKED)


@cache
def _page(name: str) -> Element:
    return parsed(_html(name))


@pytest.mark.parametrize(
    ("name", "outcome"),
    [("go", Outcome.GO), ("hold", Outcome.HOLD), ("rollback", Outcome.ROLLBACK), ("empty", Outcome.HOLD)],
)
def test_the_page_begins_with_the_verdict(name: str, outcome: Outcome) -> None:
    assert _page(name).one("h1").one(class_=f"outcome {outcome.name.lower()}").text == outcome.name
    assert _page(name).one("head").one("title").text.startswith(outcome.name)


@pytest.mark.parametrize("name", _ALL)
def test_every_check_has_the_bundles_outcome_reason_and_exact_figures(name: str) -> None:
    rows = list(_page(name).one("table", id="verdict-table").one("tbody").all("tr"))

    assert len(rows) == len(_bundle(name).verdict.checks)
    for row, check in zip(rows, _bundle(name).verdict.checks, strict=True):
        assert row.one("th").text.lower() == check.name.lower()
        assert [each.attributes["data-outcome"] for each in row.all("span") if "data-outcome" in each.attributes] == [
            check.outcome.name
        ]
        assert " ".join(check.reason.split()) in row.text
        assert figures(row) == {f"{check.name}.{key}": [value] for key, value in check.figures.items()}


@pytest.mark.parametrize("name", _ALL)
def test_what_is_seen_first_are_figures_of_the_checks(name: str) -> None:
    exact = {
        f"{check.name}.{key}": value for check in _bundle(name).verdict.checks for key, value in check.figures.items()
    }

    tiles = figures(_page(name).one("dl", class_="key-figures"))

    assert len(tiles) == len(_bundle(name).verdict.checks)
    assert all(values == [exact[figure]] for figure, values in tiles.items())


def test_the_limits_are_the_bundles() -> None:
    thresholds = _bundle("go").thresholds

    assert figures(_page("go").one("table", id="limits-table")) == {
        limit.name: [getattr(thresholds, limit.name)] for limit in fields(thresholds)
    }


@pytest.mark.parametrize("name", ["go", "hold", "rollback"])
def test_the_latest_error_rate_is_the_evidences(name: str) -> None:
    evidence = _bundle(name).evidence
    check = _bundle(name).verdict.checks[0]

    shown = figures(_page(name).one("table", id="error-rate-table"))

    assert shown["failures"][0] == evidence.canary.failures
    assert shown["reads"][0] == evidence.canary.attempts
    assert shown["rate_percent"][0] == evidence.canary.rate_percent
    assert shown["lower_percent"][0] == check.figures["lower_percent"]
    assert shown["upper_percent"][0] == check.figures["upper_percent"]


def test_percentiles_are_those_of_the_bundles_distributions() -> None:
    evidence = _bundle("go").evidence
    shown = figures(_page("go").one("table", id="latencies-table"))

    for name, latencies in (
        ("mock_latencies", evidence.mock_latencies),
        ("canary_latencies", evidence.canary_latencies),
        ("baseline_latencies", evidence.baseline_latencies),
        ("shadow.latencies", evidence.shadow.latencies),
    ):
        assert shown[f"{name}.reads"] == [latencies.reads]
        for percent in (50, 95, 99):
            assert shown[f"{name}.p{percent}_ms"] == [latencies.percentile_ms(percent)]


def test_reads_over_time_add_up_to_those_of_the_series() -> None:
    shown = figures(_page("go").one("table", id="p95-table"))

    assert sum(reads or 0 for reads in shown["mock.reads"]) == sum(each.mock.reads for each in _bundle("go").series)
    assert sum(reads or 0 for reads in shown["prisma.reads"]) == sum(
        each.prisma.latencies.reads for each in _bundle("go").series
    )


def test_differences_are_counted_by_field_and_kind() -> None:
    shown = _page("rollback").one("table", id="differences-table")
    compared = _bundle("rollback").evidence.shadow.compared

    assert [row.one("th").text for row in shown.one("tbody").all("tr")] == [
        each.path for each in _bundle("rollback").diff_fields
    ]
    assert figures(shown)["reads"] == [each.reads for each in _bundle("rollback").diff_fields]
    assert figures(shown)["share_percent"] == [100 * each.reads / compared for each in _bundle("rollback").diff_fields]


def test_causes_of_failures_are_counted() -> None:
    shown = _page("rollback").one("table", id="failures-table")

    assert figures(shown)["failures"] == [each.count for each in _bundle("rollback").failures]


def test_every_source_is_cited_with_its_time_and_its_count() -> None:
    rows = list(_page("go").one("table", id="sources-table").one("tbody").all("tr"))

    for row, source in zip(rows, _bundle("go").sources, strict=True):
        assert source.name in row.text
        assert [time.attributes["datetime"] for time in row.all("time")] == [
            source.since.isoformat(),
            source.until.isoformat(),
        ]
        assert figures(row) == {"count": [source.count]}


def test_the_timeline_has_every_event_in_its_order() -> None:
    rows = list(_page("rollback").one("table", id="events-table").one("tbody").all("tr"))

    assert [row.one("time").attributes["datetime"] for row in rows] == [
        each.at.isoformat() for each in _bundle("rollback").timeline
    ]
    assert all(each.text in row.text for row, each in zip(rows, _bundle("rollback").timeline, strict=True))


def test_overrides_stand_with_their_operator_gates_and_reason() -> None:
    row = _page("rollback").one("table", id="overrides-table").one("tbody").one("tr")

    assert OPERATOR in row.text
    assert "verdict: HOLD. shadow diffs: 3 of 4,500 comparisons differ" in row.text
    assert "two testers are waiting" in row.text
    assert "Nothing was overridden." in _page("go").one("section", id="overrides").text


def test_a_bundle_without_a_single_read_makes_a_page_that_says_so() -> None:
    page = _page("empty")

    assert "so there is no rate" in page.one("section", id="error-rate").text
    assert "No duration was recorded" in page.one("section", id="latency").text
    assert "The bundle names no source" in page.one("section", id="sources").text


def test_the_shadows_gate_has_its_own_page() -> None:
    shadow = bundle(gate=Gate.SHADOW, at_step=step(0, SHADOW_ENDS))

    page = parsed(render(shadow, NOT_ASKED))

    assert page.one("h1").one(class_="what").text == "Shadow of 100 % of the reads, before a canary"
    assert len(list(page.one("table", id="verdict-table").one("tbody").all("tr"))) == 5


_HOSTILE = """<script>alert("x")</script><img src=x onerror='alert(1)'>{{ 7 * 7 }}</style>"""


def test_text_from_the_journal_the_logs_and_aws_stays_text() -> None:
    hostile = replace(
        rollback(reason=_HOSTILE, field=_HOSTILE),
        operator=_HOSTILE,
        sources=(Source(service=_HOSTILE, name=_HOSTILE, items=_HOSTILE, since=SHADOW_ENDS, until=END, count=1),),
    )
    hostile = replace(
        hostile,
        step=replace(hostile.step, allow_users=(_HOSTILE,), description=_HOSTILE, version=_HOSTILE),
        timeline=(
            *hostile.timeline,
            event(END, EventKind.CODE, _HOSTILE, _HOSTILE, _HOSTILE),
            event(END, EventKind.FLAG, "feature-flags", "DEPLOYMENT_STARTED", _HOSTILE, percent=25),
        ),
        failures=tuple(replace(failure, code=f"`{_HOSTILE}`") for failure in hostile.failures),
        verdict=replace(
            hostile.verdict, checks=tuple(replace(check, reason=_HOSTILE) for check in hostile.verdict.checks)
        ),
    )

    page = parsed(render(hostile, NOT_ASKED))

    assert not list(page.all("script"))
    assert not list(page.all("img"))
    assert len(list(page.all("style"))) == 1
    assert page.text.count("{{ 7 * 7 }}") > 10


@pytest.mark.parametrize("name", _ALL)
def test_nothing_in_the_page_is_fetched_or_run(name: str) -> None:
    elements = list(_page(name).all())

    assert not {"script", "iframe", "object", "embed", "form", "base"} & {element.tag for element in elements}
    for element in elements:
        assert not any(attribute.startswith("on") for attribute in element.attributes)
        for attribute in ("src", "href", "srcset", "xlink:href"):
            assert element.attributes.get(attribute, "#").startswith(("#", "data:"))
    assert not re.search(r"url\(|@import", _html(name))


@pytest.mark.parametrize("name", _ALL)
def test_every_plot_says_what_it_shows_and_has_its_numbers_beside_it(name: str) -> None:
    figured = list(_page(name).all("div", class_="beside"))

    assert len(figured) >= (5 if name == "rollback" else 1)
    for shown in figured:
        assert list(shown.one("table").one("tbody").all("tr"))
        for plot in (svg for svg in shown.all("svg") if svg.attributes.get("role") == "img"):
            title, description = plot.attributes["aria-labelledby"].split()
            assert plot.one("title", id=title).text
            assert plot.one("desc", id=description).text


@pytest.mark.parametrize("name", _ALL)
def test_ids_are_unique_and_links_within_the_page_lead_somewhere(name: str) -> None:
    ids = [element.attributes["id"] for element in _page(name).all() if "id" in element.attributes]

    assert len(ids) == len(set(ids))
    links = [link.attributes["href"] for link in _page(name).all("a")]
    assert {link.removeprefix("#") for link in links} <= set(ids)
    assert {
        name for element in _page(name).all() for name in element.attributes.get("aria-labelledby", "").split()
    } <= set(ids)


def test_the_page_of_a_bundle_that_was_written_and_read_is_the_same(tmp_path: Path) -> None:
    bundles.write(tmp_path / "bundle.jsonl", _bundle("rollback"))

    assert render(bundles.read(tmp_path / "bundle.jsonl"), NOT_ASKED) == _html("rollback")


def test_cloudwatchs_own_images_are_within_the_page() -> None:
    images = WidgetImages(
        note="They are CloudWatch's.", images=[WidgetImage(title="p95", uri="data:image/png;base64,AA==")]
    )

    section = parsed(render(_bundle("go"), images)).one("section", id="cloudwatch")

    assert section.one("img").attributes == {"src": "data:image/png;base64,AA==", "alt": "CloudWatch's graph: p95"}
    assert "They are CloudWatch's." in section.text
    assert "Left out" in _page("go").one("section", id="cloudwatch").text


def test_alarm_names_are_told_without_their_environments_prefix_in_the_plot_only() -> None:
    timeline = _page("rollback").one("section", id="timeline")
    drawn = [svg for svg in timeline.all("svg") if svg.attributes.get("aria-labelledby", "").startswith("lanes-plot")]

    assert NAMES.shadow_diff_alarm in timeline.one("table", id="lanes-table").text
    assert len(drawn) == 2
    assert all("shadow-diff-gt-1pct" in [text.text for text in svg.all("text")] for svg in drawn)
