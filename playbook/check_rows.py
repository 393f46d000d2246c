"""A check of the go/no-go as a row of a table: what was seen, between which bounds, against which limit. Pure.

All of it is the check's own figures, the very numbers that decide.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from playbook.verdict import Check, CheckName, Outcome
from playbook.wording import milliseconds, percent

NOTHING: Final = "–"

_Figures: TypeAlias = Mapping[str, float | None]


@dataclass(frozen=True, kw_only=True)
class Scale:
    """A value between its bounds, beside its limit, all in one unit. A bound is None where there is none."""

    value: float
    low: float | None
    high: float | None
    limit: float


@dataclass(frozen=True, kw_only=True)
class Row:
    """`scale` is None for a check without bounds, and as long as nothing was seen."""

    name: str
    seen: str
    bounds: str
    limit: str
    outcome: Outcome
    scale: Scale | None = None


def row_of(check: Check) -> Row:
    return _ROWS[check.name](check)


def _bounded_rate(check: Check) -> Row:
    figures = check.figures
    rate, low, high = figures["rate_percent"], figures["lower_percent"], figures["upper_percent"]
    limit = _number(figures, "go_limit_percent")
    bounds = NOTHING
    if rate is not None and low is not None and high is not None:
        bounds = f"{percent(low)} to {percent(high, limit=limit)}"
    return Row(
        name=check.name,
        seen=_counted(figures),
        bounds=bounds,
        limit=f"≤ {limit:g} %",
        outcome=check.outcome,
        scale=Scale(value=rate, low=low, high=high, limit=limit) if rate is not None else None,
    )


def _rate(check: Check) -> Row:
    return Row(
        name=check.name,
        seen=_counted(check.figures),
        bounds=NOTHING,
        limit=f"< {_number(check.figures, 'limit_percent'):g} %",
        outcome=check.outcome,
    )


def _coverage(check: Check) -> Row:
    figures = check.figures
    share = figures["coverage_percent"]
    limit = _number(figures, "limit_percent")
    seen = f"{_number(figures, 'compared'):,.0f} of {_number(figures, 'sampled'):,.0f}"
    return Row(
        name=check.name,
        seen=NOTHING if share is None else f"{seen}, {percent(share, limit=limit)}",
        bounds=NOTHING,
        limit=f"≥ {limit:g} %",
        outcome=check.outcome,
    )


def _canary_p95(check: Check) -> Row:
    """Against the lower of its two limits: what callers mind, and what the baseline allows."""
    limits = [limit for limit in (check.figures["callers_limit_ms"], check.figures["go_limit_ms"]) if limit is not None]
    return _p95(check, sign="≤", limit_ms=min(limits))


def _shadow_p95(check: Check) -> Row:
    return _p95(check, sign="<", limit_ms=_number(check.figures, "limit_ms"))


def _p95(check: Check, *, sign: str, limit_ms: float) -> Row:
    figures = check.figures
    value, low, high = figures["p95_ms"], figures["p95_low_ms"], figures["p95_high_ms"]
    reads = f"{_number(figures, 'reads'):,.0f}"
    missing = f"{reads} so far, {_number(figures, 'reads_missing'):,.0f} missing"
    bounds = " to ".join("?" if bound is None else milliseconds(bound) for bound in (low, high))
    return Row(
        name=check.name,
        seen=missing if value is None else f"{milliseconds(value)} of {reads}",
        bounds=NOTHING if value is None else bounds,
        limit=f"{sign} {milliseconds(limit_ms)}",
        outcome=check.outcome,
        scale=None if value is None else Scale(value=value, low=low, high=high, limit=limit_ms),
    )


def _alarms(check: Check) -> Row:
    figures = check.figures
    all_of_them = _number(figures, "alarms")
    unwell = {
        "in ALARM": _number(figures, "in_alarm"),
        "without data": _number(figures, "insufficient_data"),
        "not there": _number(figures, "not_there"),
    }
    told = ", ".join(f"{number:.0f} {what}" for what, number in unwell.items() if number)
    return Row(
        name=check.name,
        seen=told or f"{all_of_them:.0f} OK",
        bounds=NOTHING,
        limit="all OK",
        outcome=check.outcome,
    )


_ROWS: Final[Mapping[CheckName, Callable[[Check], Row]]] = {
    CheckName.CANARY_ERROR_RATE: _bounded_rate,
    CheckName.CANARY_P95: _canary_p95,
    CheckName.SHADOW_DIFFS: _bounded_rate,
    CheckName.SHADOW_ERRORS: _rate,
    CheckName.SHADOW_P95: _shadow_p95,
    CheckName.SHADOW_COVERAGE: _coverage,
    CheckName.ALARMS: _alarms,
}


def _counted(figures: _Figures) -> str:
    rate = figures["rate_percent"]
    if rate is None:
        return NOTHING
    return f"{_number(figures, 'failures'):,.0f} of {_number(figures, 'attempts'):,.0f}, {percent(rate)}"


def _number(figures: _Figures, name: str) -> float:
    """A figure that there always is."""
    value = figures[name]
    if value is None:
        raise ValueError(f"there is no {name}")
    return value
