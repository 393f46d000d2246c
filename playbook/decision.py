"""One look at the account that leads to a verdict, with everything that the verdict rests on."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from playbook.account_timeline import read_timeline
from playbook.bundle import Bundle, Gate
from playbook.evidence_source import BUS_WAIT_SECONDS, collect
from playbook.failures import Refusal
from playbook.journal import Journal, Kind
from playbook.step import current_step

if TYPE_CHECKING:
    from playbook.account import Account


def look(
    account: "Account",
    gate: Gate,
    *,
    since: datetime | None = None,
    wait_seconds: float = BUS_WAIT_SECONDS,
    on_progress: Callable[[str], None] = lambda _: None,
) -> Bundle:
    """Read the evidence on the present step, wait for its comparisons, and judge.

    `since` is from when on the timeline and the series are wanted, if earlier than the step. Raises Refusal where the
    flag is changed meanwhile, NotDeployedError, and botocore's errors.
    """
    settings = account.settings
    step = current_step(account)
    begin = min(step.started_at, since or step.started_at)
    collected = collect(
        account,
        step.started_at,
        series_since=begin,
        wait_seconds=wait_seconds,
        on_progress=lambda progress: on_progress(str(progress)),
    )
    on_progress("reading what happened when")
    timeline = read_timeline(account, begin, collected.until)
    if current_step(account).deployment_number != step.deployment_number:
        raise Refusal("the flag was changed while the evidence was read; say the same command again")
    return Bundle(
        environment=account.environment,
        at=collected.until.replace(microsecond=0),
        operator=account.operator,
        gate=gate,
        step=step,
        sources=(*collected.sources, *timeline.sources),
        thresholds=settings.thresholds,
        evidence=collected.evidence,
        verdict=gate.judge(collected.evidence, settings.thresholds),
        ramp_hold_minutes=settings.ramp_hold_minutes,
        timeline=timeline.events,
        series=collected.series,
        diff_fields=collected.diff_fields,
        failures=collected.failures,
    )


def record(journal: Journal, bundle: Bundle, *, evidence: str) -> None:
    """Put the decision on record; `evidence` is the bundle's file name. Raises what the journal raises."""
    journal.write(
        Kind.DECISION,
        outcome=bundle.verdict.outcome.name,
        gate=bundle.gate,
        percent=bundle.step.flag.percent,
        version=bundle.step.version,
        deployment=bundle.step.deployment_number,
        evidence=evidence,
        checks={check.name: check.outcome.name for check in bundle.verdict.checks},
    )
