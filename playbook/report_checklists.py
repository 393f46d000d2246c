"""What has to be done now, as the playbook's section 9 has it, with what the bundle knows about each point."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from playbook.bounds import CONFIDENCE_PERCENT, Tally, reads_to_clear
from playbook.bundle import Bundle, Gate
from playbook.evidence import AlarmState
from playbook.latency_checks import P95_READS
from playbook.timeline import EventKind, TimelineEvent
from playbook.verdict import CheckName, Outcome
from playbook.wording import count, duration, milliseconds, percent, waiting

_LOOKED_AT: Final = 95
_ALL_PERCENT: Final = 100
_MOST_CAUSES: Final = 3


@dataclass(frozen=True, kw_only=True)
class Item:
    """One point. `how` says what is known of it or what to do; `draft` are the paragraphs of a message."""

    what: str
    done: bool
    how: str = ""
    draft: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Checklist:
    key: str
    title: str
    points: Sequence[Item]


def checklist(bundle: Bundle) -> Checklist:
    """The one that the verdict calls for."""
    outcome = bundle.verdict.outcome
    if outcome is Outcome.GO and not kill_switch_is_set(bundle):
        return Checklist(
            key="go", title="After the gate: GO", points=[_documented(bundle), _ramp(bundle), _message(bundle)]
        )
    if outcome is Outcome.HOLD and not kill_switch_is_set(bundle):
        return Checklist(
            key="hold",
            title="HOLD: nothing is turned up, nothing has to be turned back",
            points=[_documented(bundle), *_missing(bundle), _message(bundle)],
        )
    return Checklist(
        key="no-go",
        title="After the gate: no go",
        points=[
            _documented(bundle),
            _rolled_back(bundle),
            _cause(bundle),
            Item(what="Corrections applied", done=False, how="Deploy them through the code dial, as every version."),
            _retry(bundle),
            _message(bundle),
        ],
    )


def position(bundle: Bundle) -> str:
    """What the verdict is about."""
    flag = bundle.step.flag
    if bundle.gate is Gate.SHADOW:
        return f"Shadow of {flag.shadow_percent:g} % of the reads, before a canary"
    return f"Prisma at {flag.percent:g} % by {flag.split_by}"


def kill_switch_is_set(bundle: Bundle) -> bool:
    """At the end of what was looked at."""
    switch = _last_turn_of_the_switch(bundle)
    return switch is not None and bool(switch.percent)


def _last_turn_of_the_switch(bundle: Bundle) -> TimelineEvent | None:
    turns = [event for event in bundle.timeline if event.kind is EventKind.KILL_SWITCH and event.percent is not None]
    return turns[-1] if turns else None


def ramp_after(bundle: Bundle) -> int | None:
    """The next step's percentage; None at the end of the ramp, and where the bundle has no ramp."""
    steps = [*sorted(bundle.ramp_hold_minutes), _ALL_PERCENT] if bundle.ramp_hold_minutes else []
    return next((step for step in steps if step > bundle.step.flag.percent), None)


def _documented(bundle: Bundle) -> Item:
    return Item(
        what="Metrics documented",
        done=True,
        how=f"This page, and the bundle with its {count(len(bundle.sources), 'source')} beside it.",
    )


def _ramp(bundle: Bundle) -> Item:
    following = ramp_after(bundle)
    if bundle.gate is Gate.SHADOW:
        first = following if following is not None else 1
        return Item(
            what=f"Canary at {first} % planned",
            done=following is not None,
            how=f"`playbook preflight`, then `playbook canary start --percent {first}`.",
        )
    if following is None:
        at_the_end = bundle.step.flag.percent >= _ALL_PERCENT
        how = "Prisma serves every read." if at_the_end else "The bundle does not say what the ramp is."
        return Item(what="Ramp finished" if at_the_end else "Next step of the ramp planned", done=at_the_end, how=how)
    return Item(
        what=f"Ramp to {following} % planned",
        done=True,
        how=f"`playbook ramp {following}`, {_not_before(bundle)}. {_held(bundle, following)}",
    )


def _not_before(bundle: Bundle) -> str:
    # A percentage between two of the ramp's holds as long as the lower one.
    reached = [percent for percent in bundle.ramp_hold_minutes if percent <= bundle.step.flag.percent]
    if not reached:
        return "at any time"
    hold_minutes = bundle.ramp_hold_minutes[max(reached)]
    ends = bundle.step.started_at + timedelta(minutes=hold_minutes)
    if ends <= bundle.at:
        return f"from now on: the minimum hold of {duration(hold_minutes)} ended at {_moment(ends)}"
    return f"not before {_moment(ends)}, when the minimum hold of {duration(hold_minutes)} ends"


def _held(bundle: Bundle, following: int) -> str:
    hold_minutes = bundle.ramp_hold_minutes.get(following)
    return f"{following} % is then held for at least {duration(hold_minutes)}." if hold_minutes else ""


def _missing(bundle: Bundle) -> Iterator[Item]:
    for check in bundle.verdict.decisive:
        yield Item(what=f"Decide the {check.name}", done=False, how=check.reason)


def _rolled_back(bundle: Bundle) -> Item:
    switch = _last_turn_of_the_switch(bundle)
    last_read = max((minute.at for minute in bundle.series if minute.prisma.reads), default=None)
    read = f" The last read was sent to Prisma in the minute of {_moment(last_read)}." if last_read else ""
    if switch is not None and switch.percent:
        return Item(what="Rolled back", done=True, how=f"The kill switch is set since {_moment(switch.at)}.{read}")
    if not bundle.step.flag.reaches_anybody:
        return Item(what="Rolled back", done=True, how=f"The flag sends no read to Prisma.{read}")
    must = bundle.verdict.outcome is Outcome.ROLLBACK
    return Item(
        what="Roll back" if must else "Roll back, or look for the cause where the flag stands",
        done=False,
        how=f"`playbook rollback flag`. The flag still sends {bundle.step.flag.percent:g} % to Prisma.",
    )


def _cause(bundle: Bundle) -> Item:
    found = [f"{check.name}: {check.reason}" for check in bundle.verdict.decisive]
    if bundle.failures:
        codes = [f"{each.event} {each.code} ({each.count:,} ×)" for each in bundle.failures[:_MOST_CAUSES]]
        found.append(f"Most frequent causes logged: {', '.join(codes)}.")
    if bundle.diff_fields:
        fields = [f"{each.path} {each.kind} ({each.reads:,} ×)" for each in bundle.diff_fields[:_MOST_CAUSES]]
        found.append(f"Fields that differ most: {', '.join(fields)}; `playbook explain USER` shows the values.")
    return Item(what="Root cause found", done=False, how=" ".join(found))


def _retry(bundle: Bundle) -> Item:
    limit = bundle.thresholds.error_rate_percent
    reads = max(reads_to_clear(Tally(), limit), P95_READS)
    rate = bundle.evidence.a_minute(bundle.evidence.canary.attempts)
    return Item(
        what="Retry planned",
        done=False,
        how=(
            "`playbook release`, `playbook preflight`, then the canary anew: a GO takes at least "
            f"{reads:,} canary reads, none of them failing{waiting(reads, rate)}."
        ),
    )


def _message(bundle: Bundle) -> Item:
    return Item(
        what="Message to stakeholders drafted",
        done=True,
        how="Sending it is yours.",
        draft=list(_draft(bundle)),
    )


def _draft(bundle: Bundle) -> Iterator[str]:
    outcome = bundle.verdict.outcome
    stopped = kill_switch_is_set(bundle)
    yield (
        f"Prisma migration, {bundle.environment}, {bundle.at:%-d %B %Y, %H:%M} UTC: {outcome.name}. "
        f"{position(bundle)}, since {_moment(bundle.step.started_at)}."
    )
    yield " ".join(_numbers(bundle))
    following = ramp_after(bundle)
    if stopped or outcome in {Outcome.INVESTIGATE, Outcome.ROLLBACK}:
        yield f"Next: {_rolled_back(bundle).how} We look for the cause and tell you when we try again."
    elif outcome is Outcome.GO and bundle.gate is Gate.CANARY:
        yield f"Next: {following} %, {_not_before(bundle)}." if following else "Prisma serves every read from now on."
    elif outcome is Outcome.GO:
        yield f"Next: a canary at {following or 1} %."
    else:
        yield "Next: nothing is changed until there is enough to decide on."


def _numbers(bundle: Bundle) -> Iterator[str]:
    evidence, limits = bundle.evidence, bundle.thresholds
    tally = evidence.canary
    if bundle.gate is Gate.CANARY and tally.attempts:
        upper = _figure(bundle, CheckName.CANARY_ERROR_RATE, "upper_percent")
        bound = f", with {CONFIDENCE_PERCENT} % confidence at most {percent(upper)}" if upper is not None else ""
        yield (
            f"{tally.failures:,} of {count(tally.attempts, 'read')} sent to Prisma failed "
            f"({percent(tally.rate_percent)}{bound}; the limit is {limits.error_rate_percent:g} %) "
            "and were answered by the mock instead."
            if tally.failures
            else f"None of {count(tally.attempts, 'read')} sent to Prisma failed"
            f"{bound} (the limit is {limits.error_rate_percent:g} %)."
        )
    if bundle.gate is Gate.CANARY and evidence.canary_latencies.reads:
        mock = ""
        if evidence.mock_latencies.reads:
            mock = f", {milliseconds(evidence.mock_latencies.percentile_ms(_LOOKED_AT))} on the mock"
        yield (
            f"95 % of them took at most {milliseconds(evidence.canary_latencies.percentile_ms(_LOOKED_AT))}{mock}; "
            f"the budget is {milliseconds(limits.latency_budget_ms)}."
        )
    shadow = evidence.shadow
    yield (
        f"{count(shadow.compared, 'read')} were compared on both paths, and {shadow.mismatching:,} differed "
        f"(below {limits.shadow_diff_go_percent:g} % is wanted)."
    )
    ringing = [alarm.name for alarm in evidence.alarms if alarm.state is AlarmState.ALARM]
    yield f"Alarms: {', '.join(ringing)} in ALARM." if ringing else f"No alarm of {len(evidence.alarms)} is in ALARM."


def _figure(bundle: Bundle, name: CheckName, figure: str) -> float | None:
    return next((check.figures.get(figure) for check in bundle.verdict.checks if check.name is name), None)


def _moment(at: datetime) -> str:
    return f"{at:%-d %b %H:%M} UTC"
