"""Preflight: is there something to see, and does it show? Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from playbook.checklist import Item, failed, passed, warned
from playbook.wording import count

TRACE_MINUTES: Final = 15
QUERY_MINUTES: Final = 60

_COMPLETE: Final = "Complete"


@dataclass(frozen=True, kw_only=True)
class QueryRun:
    """A saved query. `status` is Logs Insights' after a run, None where there is no such definition.

    `as_here` is whether its text is that of this checkout.
    """

    name: str
    status: str | None
    rows: int = 0
    as_here: bool = True


def dashboard_item(name: str, widgets: int | None, link: str) -> Item:
    """`widgets` is None where there is no such dashboard."""
    if not widgets:
        told = f"there is no {name}" if widgets is None else f"{name} is empty"
        return failed("dashboard", told, "deploy the stacks; the dashboard is theirs")
    return passed("dashboard", f"{name} with {count(widgets, 'widget')}: {link}")


def traces_item(traces: int) -> Item:
    """Of users' reads, which X-Ray samples; `traces` are those of its first page."""
    if not traces:
        return failed(
            "traces",
            f"X-Ray has no trace of a read of the last {TRACE_MINUTES} minutes",
            "say `playbook traffic` and look again in a minute; if there are none still, the function's role or its "
            "active tracing is at fault",
        )
    return passed("traces", f"at least {count(traces, 'trace')} of reads in the last {TRACE_MINUTES} minutes")


def queries_item(runs: Sequence[QueryRun]) -> Item:
    """The saved queries are there and run."""
    absent = [run.name for run in runs if run.status is None]
    broken = [f"{run.name}: {run.status}" for run in runs if run.status not in (None, _COMPLETE)]
    if absent:
        return failed("queries", f"not there: {', '.join(absent)}", "deploy the stacks; the queries are theirs")
    if broken:
        return failed(
            "queries", f"did not run: {', '.join(broken)}", "run it in Logs Insights, which says what it does not like"
        )
    found = sum(run.rows > 0 for run in runs)
    told = f"all {len(runs)} run; over the last {QUERY_MINUTES} minutes {found} of them found something"
    others = [run.name for run in runs if not run.as_here]
    if others:
        return warned(
            "queries",
            f"{told}; {', '.join(others)} is not what this checkout has",
            "deploy the stacks, or check out what is deployed",
        )
    return passed("queries", told)
