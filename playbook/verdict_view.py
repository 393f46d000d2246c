"""How a verdict is told: to people as a table with each reason, to programs as a document and an exit code. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from playbook.bundle import Bundle, Gate
from playbook.verdict import Outcome, Verdict
from playbook.wording import count, duration

EXIT_CODES: Final = {Outcome.GO: 0, Outcome.HOLD: 10, Outcome.INVESTIGATE: 11, Outcome.ROLLBACK: 12}

_ALL_PERCENT: Final = 100
_SECONDS_A_MINUTE: Final = 60
_SHOWN: Final = 12
# Words carry the meaning; colours only help to find it.
_STYLES: Final = {
    Outcome.GO: "green",
    Outcome.HOLD: "yellow",
    Outcome.INVESTIGATE: "magenta",
    Outcome.ROLLBACK: "bold red",
}
_USUAL_ENVIRONMENT: Final = "beta"


def verdict_table(verdict: Verdict) -> Table:
    """A row a check, in the order of the playbook's table, with its arithmetic."""
    table = Table("check", "outcome", "because", show_lines=True)
    for check in verdict.checks:
        # Text, not markup: a reason may hold brackets.
        table.add_row(check.name, Text(check.outcome.name, style_of(check.outcome)), Text(check.reason))
    return table


def title_lines(bundle: Bundle) -> Iterator[str]:
    """What was looked at."""
    since = bundle.step.started_at
    minutes = (bundle.at - since).total_seconds() / _SECONDS_A_MINUTE
    yield f"{bundle.environment}: {bundle.step}, since {since:%Y-%m-%d %H:%M:%S %Z}, {duration(minutes)}"
    for source in bundle.sources:
        if source.items == "lines":
            yield f"  {source}"


def detail_lines(bundle: Bundle) -> Iterator[str]:
    """Which fields differed and what failures came of; nothing where there was neither."""
    if bundle.diff_fields:
        yield "Fields that differ:"
        yield from (
            f"  {found.path} {found.kind}: {count(found.reads, 'read')}" for found in bundle.diff_fields[:_SHOWN]
        )
    if bundle.failures:
        yield "Failures by cause:"
        yield from (f"  {found.event} {found.code}: {found.count:,}" for found in bundle.failures[:_SHOWN])


def outcome_line(verdict: Verdict) -> str:
    """The outcome and the checks it comes from."""
    if verdict.outcome is Outcome.GO:
        return f"{verdict.outcome.name}: every check is met."
    return f"{verdict.outcome.name}, by: {', '.join(check.name for check in verdict.decisive)}."


def next_line(bundle: Bundle) -> str:
    """What an operator does now."""
    usual = bundle.environment == _USUAL_ENVIRONMENT
    playbook = "playbook" if usual else f"playbook --env {bundle.environment}"
    outcome = bundle.verdict.outcome
    if outcome is Outcome.ROLLBACK:
        return f"Roll back now: `{playbook} rollback flag`."
    if outcome is Outcome.INVESTIGATE:
        return f"Do not go on. Look for the cause: `{playbook} explain USER` has both answers side by side."
    if outcome is Outcome.HOLD:
        return "Do not go on yet: the reasons say what is missing. Then say the same command again."
    if bundle.gate is Gate.SHADOW:
        return f"A canary may begin: `{playbook} preflight`, then `{playbook} canary start --percent 1`."
    ramp = (*sorted(bundle.ramp_hold_minutes), _ALL_PERCENT)
    following = next((percent for percent in ramp if percent > bundle.step.flag.percent), None)
    if following is None:
        return f"Every read is on Prisma. `{playbook} report` writes down how it went."
    return f"When the step's minimum hold is over: `{playbook} ramp {following}`."


def verdict_document(bundle: Bundle, **more: Any) -> Mapping[str, Any]:
    """The same for programs."""
    return {
        "outcome": bundle.verdict.outcome.name,
        "gate": bundle.gate,
        "environment": bundle.environment,
        "at": bundle.at.isoformat(),
        "operator": bundle.operator,
        "step": {
            "percent": bundle.step.percent,
            "splitBy": bundle.step.split_by,
            "shadowPercent": bundle.step.shadow_percent,
            "enabled": bundle.step.enabled,
            "version": bundle.step.version,
            "deployment": bundle.step.deployment_number,
            "since": bundle.step.started_at.isoformat(),
        },
        "checks": [
            {
                "name": check.name,
                "outcome": check.outcome.name,
                "reason": check.reason,
                "figures": check.figures,
            }
            for check in bundle.verdict.checks
        ],
        "diffFields": [{"path": found.path, "kind": found.kind, "reads": found.reads} for found in bundle.diff_fields],
        "failures": [{"event": found.event, "code": found.code, "count": found.count} for found in bundle.failures],
        **more,
    }


def style_of(outcome: Outcome) -> str:
    """rich's, of an outcome."""
    return _STYLES[outcome]
