"""How a look reads at 80 and 120 columns, with colours and without, and in a log."""

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console
from rich.text import Text

from playbook.bounds import Tally
from playbook.check_rows import Scale
from playbook.evidence import AlarmState, Evidence
from playbook.watch import Look
from playbook.watch_screen import LiveScreen, LogScreen, screen_of
from playbook.watch_view import gauge, log_line, look_document, screen
from tests.playbook.account_states import CANARY, NAMES, alarms, at_step, code_dial, kill_switch, rollout
from tests.playbook.judged import HEALTHY
from tests.playbook.looks import look

TROUBLED = look(
    replace(
        CANARY,
        kill_switch=kill_switch(is_set=True),
        rollouts=(rollout("ROLLING_BACK"),),
        code_dials=(code_dial({"4": 0.9, "5": 0.1}), code_dial(function_name=NAMES.prisma_read_function)),
        alarms=alarms({NAMES.canary_error_rate_alarm: AlarmState.ALARM}),
    ),
    replace(HEALTHY, canary=Tally(60, 1234567), alarms=()),
)
NOTHING_YET = look(evidence=Evidence(alarms=HEALTHY.alarms))


def drawn(found: Look, columns: int, *, colours: bool = False) -> str:
    text = io.StringIO()
    console = Console(
        file=text, width=columns, force_terminal=colours, color_system="standard" if colours else None, highlight=False
    )
    console.print(screen(found, columns=columns))
    return text.getvalue()


def row(text: str, name: str) -> list[str]:
    """The cells of a row."""
    (line,) = (line for line in text.splitlines() if line.startswith(f"{name} "))
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("found", [look(), TROUBLED, NOTHING_YET])
def test_no_line_is_wider_than_the_terminal_and_no_figure_is_cut(found: Look, columns: int) -> None:
    text = drawn(found, columns)

    assert max(map(len, text.splitlines())) <= columns
    assert "…" not in text


@pytest.mark.parametrize("columns", [80, 120])
def test_every_check_is_a_row_with_its_bounds_and_its_limit(columns: int) -> None:
    text = drawn(look(), columns)

    errors = row(text, "canary error rate")
    assert errors[1] == "0 of 400, 0 %"
    assert errors[2].startswith("0 % to 1.")
    assert errors[-2:] == ["≤ 2 %", "GO"]
    assert row(text, "canary p95")[-2:] == ["≤ 35 ms", "GO"]
    assert row(text, "shadow diffs")[-2:] == ["≤ 0.5 %", "GO"]
    assert row(text, "shadow coverage")[1] == "2,000 of 2,000, 100 %"
    assert row(text, "alarms")[1] == f"{len(alarms())} OK"


def test_the_dials_and_what_comes_next_are_there() -> None:
    text = drawn(look(), 80)

    assert text.startswith("beta, canary, 20 min into the step; 2026-03-02 14:20:00 UTC")
    assert row(text, "verdict")[1] == "GO"
    assert row(text, "path dial")[1] == "1 % by request, shadow 100 %"
    assert row(text, "code dial")[1] == "huntaze-mock-read: version 4"
    assert "playbook watch" in text
    assert "drift" not in text


def test_trouble_is_told_in_words() -> None:
    text = drawn(TROUBLED, 80)

    assert "kill switch SET" in text
    assert "ROLLING_BACK" in text
    assert "huntaze-canary-error-rate-gt-2pct: ALARM" in text
    assert row(text, "drift")[1].startswith("live of huntaze-mock-read stands for")


def test_only_a_wide_terminal_is_drawn_to() -> None:
    assert "●" not in drawn(look(), 80)
    assert "●" in drawn(look(), 120)


@pytest.mark.parametrize("columns", [80, 120])
def test_without_colours_there_is_the_same_text(columns: int) -> None:
    plain = drawn(TROUBLED, columns)
    coloured = drawn(TROUBLED, columns, colours=True)

    assert "\x1b[" not in plain
    assert "\x1b[" in coloured
    assert Text.from_ansi(coloured).plain.splitlines() == plain.splitlines()


def test_before_the_first_read_there_is_nothing_to_see_and_nothing_is_go() -> None:
    text = drawn(NOTHING_YET, 120)

    assert row(text, "canary error rate") == ["canary error rate", "–", "–", "≤ 2 %", "HOLD"]
    assert row(text, "canary p95")[1].startswith("0 so far, ")


def test_what_keeps_it_from_go_is_told_with_its_arithmetic() -> None:
    text = " ".join(drawn(NOTHING_YET, 120).split())

    assert "HOLD, because of canary error rate: There is no canary read yet." in text


def test_in_the_shadow_the_shadows_own_gate_is_shown() -> None:
    text = drawn(look(at_step(percent=0)), 80)

    assert "canary error rate" not in text
    assert "shadow diffs" in text


# The gauge.


@pytest.mark.parametrize(
    ("scale", "picture"),
    [
        pytest.param(Scale(value=1, low=0.5, high=1.5, limit=2), "  [──●──] │          ", id="below the limit"),
        pytest.param(Scale(value=0, low=0, high=0.4, limit=2), "●─]       │          ", id="nothing failed"),
        pytest.param(Scale(value=3, low=2.5, high=3.5, limit=2), "          │ [──●──]  ", id="above the limit"),
        pytest.param(Scale(value=3, low=1, high=9, limit=2), "     [────│────●────>", id="a bound beyond the end"),
        pytest.param(Scale(value=9, low=7, high=None, limit=2), "          │         ●", id="all beyond the end"),
        pytest.param(Scale(value=1, low=None, high=None, limit=2), "[────●────│─────────>", id="no bounds"),
        pytest.param(Scale(value=2, low=2, high=2, limit=2), "          ●          ", id="at the limit"),
    ],
)
def test_the_gauge_has_the_limit_in_the_middle_and_what_was_seen_between_its_bounds(scale: Scale, picture: str) -> None:
    assert gauge(scale, 21) == picture


# Elsewhere than in a terminal.


def test_a_log_gets_one_line_a_look() -> None:
    line = log_line(look())

    assert "\n" not in line
    assert line.startswith("2026-03-02T14:20:00Z GO, canary, 1 % by request, shadow 100 % | canary error rate 0 of 400")
    assert "(0 % to 1.2 %; ≤ 2 %) GO" in line
    assert "shadow coverage 2,000 of 2,000, 100 % (≥ 99 %) GO" in line


def test_a_log_line_tells_of_trouble_as_well() -> None:
    line = log_line(TROUBLED)

    assert "kill switch SET" in line
    assert "| huntaze-canary-error-rate-gt-2pct ALARM" in line
    assert "| live of huntaze-mock-read stands for version 4 (90 %)" in line


def test_the_document_has_the_status_and_each_checks_arithmetic() -> None:
    document = json.loads(json.dumps(look_document(TROUBLED)))

    assert document["outcome"] == "HOLD"
    assert document["status"]["kill_switch"]["set"] is True
    assert document["checks"][0]["figures"]["attempts"] == 1234567


def test_what_is_no_terminal_gets_the_log_without_colours_or_folds() -> None:
    text = io.StringIO()
    with screen_of(Console(file=text, width=80)) as found:
        found.progress("10 log lines read")
        found.show(look())
        found.miss("AWS is throttling")

    assert isinstance(found, LogScreen)
    assert text.getvalue() == f"{log_line(look())}\ncould not look: AWS is throttling\n"


def test_a_terminal_that_cannot_be_drawn_anew_gets_the_log() -> None:
    with screen_of(Console(file=io.StringIO(), force_terminal=True, _environ={"TERM": "dumb"})) as found:
        assert isinstance(found, LogScreen)


def test_a_terminal_is_drawn_anew_and_keeps_what_was_seen_when_a_look_fails() -> None:
    text = io.StringIO()
    console = Console(
        file=text, width=80, height=60, force_terminal=True, color_system=None, _environ={"TERM": "xterm"}
    )
    with screen_of(console) as found:
        assert isinstance(found, LiveScreen)
        found.progress("10 log lines read")
        found.show(look())
        before = len(text.getvalue())
        found.miss("AWS is throttling")

    assert "10 log lines read" in text.getvalue()
    last = text.getvalue()[before:]
    assert "canary error rate  0 of 400" in last
    assert "could not look again: AWS is throttling" in last
