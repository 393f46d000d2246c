"""The go/no-go: evidence and limits in, a verdict out. Pure; the same evidence always gives the same verdict."""

from collections.abc import Callable
from typing import Final

from playbook.evidence import AlarmEvidence, AlarmState, Evidence
from playbook.latency_checks import canary_p95, shadow_p95
from playbook.rate_checks import canary_error_rate, shadow_coverage, shadow_diffs, shadow_errors
from playbook.thresholds import Thresholds
from playbook.verdict import Check, CheckName, Outcome, Verdict


def judge(evidence: Evidence, thresholds: Thresholds) -> Verdict:
    """May the canary be given more reads?"""
    return Verdict(tuple(check(evidence, thresholds) for check in _ALL))


def judge_shadow(evidence: Evidence, thresholds: Thresholds) -> Verdict:
    """May a canary begin? The same checks, without those of a canary that is not there yet."""
    return Verdict(tuple(check(evidence, thresholds) for check in _BEFORE_A_CANARY))


def alarms(evidence: Evidence, _: Thresholds) -> Check:
    """What CloudWatch says by itself."""
    outcome, reason = _alarm_outcome(evidence.alarms)
    figures: dict[str, float | None] = {
        "alarms": len(evidence.alarms),
        "in_alarm": sum(alarm.state is AlarmState.ALARM for alarm in evidence.alarms),
        "insufficient_data": sum(alarm.state is AlarmState.INSUFFICIENT_DATA for alarm in evidence.alarms),
        "not_there": sum(alarm.state is None for alarm in evidence.alarms),
    }
    return Check(name=CheckName.ALARMS, outcome=outcome, reason=reason, figures=figures)


def _alarm_outcome(seen: tuple[AlarmEvidence, ...]) -> tuple[Outcome, str]:
    if not seen:
        return Outcome.HOLD, "No alarm was looked at."
    rolling_back = [alarm.name for alarm in seen if alarm.state is AlarmState.ALARM and alarm.rolls_back]
    asking = [alarm.name for alarm in seen if alarm.state is AlarmState.ALARM and not alarm.rolls_back]
    silent = [alarm.name for alarm in seen if alarm.state is AlarmState.INSUFFICIENT_DATA]
    absent = [alarm.name for alarm in seen if alarm.state is None]
    found = [
        f"{', '.join(sorted(names))}: {meaning}."
        for names, meaning in (
            (rolling_back, "in ALARM, which rolls back"),
            (asking, "in ALARM, which asks to investigate"),
            (silent, "without sufficient data"),
            (absent, "not there; deploy the stacks first"),
        )
        if names
    ]
    if rolling_back:
        outcome = Outcome.ROLLBACK
    elif asking:
        outcome = Outcome.INVESTIGATE
    elif silent or absent:
        outcome = Outcome.HOLD
    else:
        return Outcome.GO, f"All {len(seen)} are OK."
    return outcome, " ".join(found)


_BEFORE_A_CANARY: Final[tuple[Callable[[Evidence, Thresholds], Check], ...]] = (
    shadow_diffs,
    shadow_errors,
    shadow_p95,
    shadow_coverage,
    alarms,
)
_ALL: Final = (canary_error_rate, canary_p95, *_BEFORE_A_CANARY)
