"""How one look reads: as a screen of a terminal, and as a line of a log. Pure.

The screen is made for 80 columns. Where there are more, what has bounds is drawn, too.
"""

from collections.abc import Iterator
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from playbook.check_rows import NOTHING, Row, Scale, row_of
from playbook.status_view import (
    BAD,
    DOUBTFUL,
    GOOD,
    Line,
    alarm_lines,
    code_words,
    dial_words,
    rollout_words,
    status_document,
)
from playbook.verdict import Outcome, Verdict
from playbook.watch import Look
from playbook.wording import duration, moment

_WIDE_COLUMNS: Final = 110
_GAUGE_COLUMNS: Final = 25
_SECONDS_A_MINUTE: Final = 60
_STYLES: Final = {Outcome.GO: GOOD, Outcome.HOLD: DOUBTFUL, Outcome.INVESTIGATE: DOUBTFUL, Outcome.ROLLBACK: BAD}


def screen(look: Look, *, columns: int) -> RenderableType:
    """For a terminal of so many columns."""
    rows = [row_of(check) for check in look.verdict.checks]
    return Group(
        Text(_title(look), "bold"),
        Text(),
        _table(rows, drawn=columns >= _WIDE_COLUMNS),
        Text(),
        _grid(look),
    )


def log_line(look: Look) -> str:
    """The same in one line."""
    state, verdict = look.status.state, look.verdict
    switch = ", kill switch SET" if state.kill_switch.is_set else ""
    checks = [f"{row.name} {row.seen}{_bracketed(row)} {row.outcome.name}" for row in map(row_of, verdict.checks)]
    unwell = [f"{alarm.name} {alarm.state or 'not there'}" for alarm in state.alarms if not alarm.is_ok]
    drift = [item.what for item in look.status.drift]
    stands = f"{verdict.outcome.name}, {look.status.phase}, {dial_words(state.step)}{switch}"
    return " | ".join([f"{state.at:%Y-%m-%dT%H:%M:%SZ} {stands}", *checks, *unwell, *drift])


def look_document(look: Look) -> dict[str, Any]:
    """For programs."""
    return {
        "status": status_document(look.status),
        "outcome": look.verdict.outcome.name,
        "checks": [
            {
                "name": check.name,
                "outcome": check.outcome.name,
                "reason": check.reason,
                "figures": dict(check.figures),
            }
            for check in look.verdict.checks
        ],
    }


def gauge(scale: Scale, columns: int) -> str:
    """From 0 at the left to twice the limit, which is the bar in the middle.

    What was seen is the dot, between its bounds; an arrow stands for a bound beyond the end, and for one there is not.
    """
    middle = columns // 2

    def place(value: float) -> int:
        return min(columns - 1, round(value / scale.limit * middle))

    low, high = place(scale.low or 0), columns - 1 if scale.high is None else place(scale.high)
    drawn = ["─" if low <= column <= high else " " for column in range(columns)]
    drawn[middle] = "│"
    drawn[low], drawn[high] = "[", ">" if high == columns - 1 else "]"
    drawn[place(scale.value)] = "●"
    return "".join(drawn)


def _title(look: Look) -> str:
    state = look.status.state
    minutes = (state.at - state.step.started_at).total_seconds() / _SECONDS_A_MINUTE
    return f"{state.names.environment}, {look.status.phase}, {duration(minutes)} into the step; {moment(state.at)}"


def _table(rows: list[Row], *, drawn: bool) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("measure", "seen", "95 % bounds", *([_ruler()] if drawn else []), "limit for GO", "outcome"):
        table.add_column(heading, no_wrap=True)
    for row in rows:
        picture = [gauge(row.scale, _GAUGE_COLUMNS) if row.scale else ""] if drawn else []
        outcome = Text(row.outcome.name, _STYLES[row.outcome])
        table.add_row(row.name, row.seen, row.bounds, *picture, row.limit, outcome)
    return table


def _ruler() -> str:
    return f"{'0':<{_GAUGE_COLUMNS // 2 - 2}}limit"


def _grid(look: Look) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for label, line in _state_lines(look):
        grid.add_row(label, Text(line.text, line.style or ""))
    return grid


def _state_lines(look: Look) -> Iterator[tuple[str, Line]]:
    state = look.status.state
    yield from _block("verdict", _verdict_lines(look.verdict))
    switch = Line("kill switch SET: every read is served by the mock", BAD)
    path = [Line(dial_words(state.step)), *([switch] if state.kill_switch.is_set else [])]
    yield from _block("path dial", [*path, *(Line(rollout_words(rollout), DOUBTFUL) for rollout in state.rollouts)])
    yield from _block("code dial", [Line(f"{dial.function_name}: {code_words(dial)}") for dial in state.code_dials])
    if not all(alarm.is_ok for alarm in state.alarms):
        yield from _block("alarms", alarm_lines(state))
    yield from _block("drift", [Line(item.what, BAD) for item in look.status.drift])
    yield "next", Line(look.status.next_step.why)
    for command in look.status.next_step.commands:
        yield "", Line(f"  {command}", "bold")


def _verdict_lines(verdict: Verdict) -> list[Line]:
    style = _STYLES[verdict.outcome]
    if verdict.outcome is Outcome.GO:
        return [Line(verdict.outcome.name, style)]
    reasons = [Line(f"{check.name}: {check.reason}") for check in verdict.decisive]
    return [Line(f"{verdict.outcome.name}, because of", style), *reasons]


def _block(label: str, lines: list[Line]) -> Iterator[tuple[str, Line]]:
    for number, line in enumerate(lines):
        yield "" if number else label, line


def _bracketed(row: Row) -> str:
    return f" ({row.bounds}; {row.limit})" if row.bounds != NOTHING else f" ({row.limit})"
