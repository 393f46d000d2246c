"""`playbook report` on an account whose functions have logged reads: what it reads itself, and what it makes of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from playbook import bundle as bundles
from playbook.bundle import Bundle, Gate
from playbook.cli import playbook
from playbook.report_images import NOT_ASKED, WidgetImages
from playbook.report_page import render
from playbook.timeline import EventKind
from playbook.verdict import Outcome
from tests.playbook.dial_evidence import record_baseline
from tests.playbook.dial_stage import CANARY, NAMES, SHADOW, DialStage
from tests.playbook.log_lines import canary_read, mock_read
from tests.playbook.report_html import Element, figures, parsed
from tests.sandbox_process import running_sandbox


@pytest.fixture(scope="module")
def sandbox_stage() -> Iterator[DialStage]:
    with running_sandbox() as sandbox:
        stage = DialStage(sandbox)
        stage.build()
        yield stage


@pytest.fixture
def stage(sandbox_stage: DialStage) -> DialStage:
    sandbox_stage.reset()
    record_baseline(sandbox_stage)
    return sandbox_stage


def _report(stage: DialStage, directory: Path) -> Result:
    return CliRunner(env=stage.sandbox.environment).invoke(playbook, ["report", "--out", str(directory)])


def _written(directory: Path) -> tuple[Bundle, Element]:
    (page,) = directory.glob("*.html")
    return bundles.read(page.with_suffix(".jsonl")), parsed(page.read_text())


def test_a_report_of_now_has_the_canarys_evidence_and_what_was_done_before(stage: DialStage, tmp_path: Path) -> None:
    stage.put_flag({**SHADOW, "splitBy": "request"}, by="the shadow")
    stage.put_flag({**CANARY, "splitBy": "request"}, by="the canary")
    stage.log(NAMES.mock_read_function, [*[canary_read()] * 90, *[mock_read()] * 30])

    result = _report(stage, tmp_path)

    assert result.exit_code == 0, result.output
    bundle, page = _written(tmp_path)
    assert (bundle.gate, bundle.evidence.canary.attempts) == (Gate.CANARY, 90)
    assert [event.percent for event in bundle.timeline if event.kind is EventKind.FLAG and event.percent is not None][
        -2:
    ] == [0, 1]
    assert figures(page.one("table", id="error-rate-table"))["reads"][0] == 90
    assert page.one("h1").one(class_="what").text == "Prisma at 1 % by request"


def test_before_a_canary_the_shadows_question_is_answered(stage: DialStage, tmp_path: Path) -> None:
    stage.put_flag({**SHADOW, "splitBy": "request"}, by="the shadow")

    assert _report(stage, tmp_path).exit_code == 0
    bundle, page = _written(tmp_path)
    assert (bundle.gate, bundle.verdict.outcome) == (Gate.SHADOW, Outcome.HOLD)
    assert page.one("h1").one(class_="what").text == "Shadow of 100 % of the reads, before a canary"


def test_the_page_is_the_bundles_but_for_cloudwatchs_images(stage: DialStage, tmp_path: Path) -> None:
    """The sandbox has no dashboard here; with one, it has no images."""
    assert _report(stage, tmp_path).exit_code == 0

    (page,) = tmp_path.glob("*.html")
    bundle, _ = _written(tmp_path)
    note = parsed(page.read_text()).one("section", id="cloudwatch").one("p").text
    assert note.startswith("Left out: GetDashboard was refused")
    assert note != NOT_ASKED.note
    assert page.read_text() == render(bundle, WidgetImages(note=note))
