"""The run's table, for a terminal."""

from rich.table import Table

from tests.bench.result import Goal, Report, Row

_SMALL = 10


def table(report: Report) -> Table:
    """A line a goal; the contenders' medians stand beside the first of a row."""
    shown = Table(title="Performance, medians", title_justify="left")
    for heading in ("what", "measured", "goal", "", "medians, with the middle half"):
        shown.add_column(heading, overflow="fold")
    for row in report.rows:
        for number, goal in enumerate(row.goals):
            first = number == 0
            shown.add_row(
                f"{row.title}\n[dim]{goal.what}[/]" if first else f"[dim]{goal.what}[/]",
                quantity(goal.measured, goal.unit),
                limit(goal),
                "[green]met[/]" if goal.met else "[red]missed[/]",
                _medians(row) if first else "",
            )
        shown.add_section()
    return shown


def quantity(value: float, unit: str) -> str:
    """With three digits that tell something: `0.29 ×`, `143 µs`, `1,012 ms`."""
    if abs(value) >= _SMALL**2:
        number = f"{value:,.0f}"
    elif abs(value) >= _SMALL:
        number = f"{value:.1f}"
    else:
        number = f"{value:.2f}" if abs(value) >= _SMALL**-1 else f"{value:.4f}"
    return f"{number} {unit}"


def limit(goal: Goal) -> str:
    return f"{'≤' if goal.limit_is == 'at most' else '≥'} {goal.limit:,.4g} {goal.unit}"


def _medians(row: Row) -> str:
    return "\n".join(
        f"{name}: {quantity(sample.median, sample.unit)} [dim]{sample.p25:,.4g}–{sample.p75:,.4g}[/]"
        for name, sample in row.samples.items()
    )
