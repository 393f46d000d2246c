"""Which phase of the playbook we are in, and what comes next. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from dashboards.alarms import RUNBOOK
from playbook.account_state import AccountState
from playbook.evidence import AlarmState
from playbook.settings import Settings
from playbook.step import Step
from playbook.wording import duration
from shared.flag import Flag

_ALL_PERCENT: Final = 100
_SECONDS_A_MINUTE: Final = 60
_USUAL_ENVIRONMENT: Final = "beta"


class Phase(StrEnum):
    """In the order of the day, but for the last."""

    OFF = "off"
    SHADOW = "shadow"
    CANARY = "canary"
    RAMP = "ramp"
    DONE = "done"
    ROLLED_BACK = "rolled back"


@dataclass(frozen=True)
class NextStep:
    """`why` are sentences; `commands` are to be typed in their order."""

    why: str
    commands: tuple[str, ...]


def phase_of(flag: Flag, *, kill_switch_set: bool, ramp: Sequence[float]) -> Phase:
    """`ramp` are the percentages in their order. Users who are allowed by name make a canary at 0 %, too."""
    if kill_switch_set:
        return Phase.ROLLED_BACK
    if not flag.reaches_anybody:
        return Phase.SHADOW if flag.shadow_percent > 0 else Phase.OFF
    if flag.percent >= _ALL_PERCENT:
        return Phase.DONE
    return Phase.CANARY if flag.percent <= ramp[0] else Phase.RAMP


def hold_ends(step: Step, settings: Settings) -> datetime | None:
    """Until when the step has to last at least; None for one that may be left at any time.

    A percentage between two of the ramp's holds as long as the lower one.
    """
    if not 0 < step.flag.percent < _ALL_PERCENT:
        return None
    reached = [percent for percent in settings.ramp_hold_minutes if percent <= step.flag.percent]
    percent = max(reached, default=settings.ramp[0])
    return step.started_at + timedelta(minutes=settings.ramp_hold_minutes[percent])


def what_next(state: AccountState, settings: Settings) -> NextStep:
    """What an operator does now: safety first, then what is on its way, then the phase's own next step."""
    phase = phase_of(state.step.flag, kill_switch_set=state.kill_switch.is_set, ramp=settings.ramp)
    if phase is Phase.ROLLED_BACK:
        step = _after_rollback(state)
    else:
        step = _urgent(state) or _under_way(state) or _of_phase(phase, state, settings)
    prefix = (
        "playbook" if state.names.environment == _USUAL_ENVIRONMENT else f"playbook --env {state.names.environment}"
    )
    return NextStep(step.why, tuple(f"{prefix} {command}" for command in step.commands))


def _urgent(state: AccountState) -> NextStep | None:
    ringing = [
        alarm.name
        for alarm in state.alarms
        if alarm.name in state.names.flag_rollback_alarms and alarm.state is AlarmState.ALARM
    ]
    if not ringing or not state.step.flag.reaches_anybody:
        return None
    return NextStep(
        f"{', '.join(ringing)} in ALARM, and the kill switch is not set. The guardian sets it within minutes; do not "
        "wait for it.",
        ("rollback flag",),
    )


def _after_rollback(state: AccountState) -> NextStep:
    unwell = [alarm.name for alarm in state.alarms if alarm.rolls_back and not alarm.is_ok]
    if state.step.flag.reaches_anybody:
        return NextStep(
            f"The kill switch is set, so every read is safe, but the flag itself still says {state.step.percent:g} %. "
            "It goes to 0 % as soon as AppConfig takes it, which is when no monitored alarm is in ALARM.",
            ("rollback flag",),
        )
    if unwell:
        return NextStep(
            f"Every read is served by the mock. {', '.join(unwell)} not OK yet: find the cause ({RUNBOOK}#rollback).",
            ("status", "logs --token CANARY-ERROR"),
        )
    return NextStep(
        "Every read is served by the mock, the flag is at 0 % and the alarms that roll back are OK. Release the kill "
        f"switch once the cause is known and mended ({RUNBOOK}#rollback).",
        ("release",),
    )


def _under_way(state: AccountState) -> NextStep | None:
    moving = [dial for dial in state.code_dials if dial.in_progress]
    if moving:
        return NextStep(
            f"CodeDeploy moves {' and '.join(dial.function_name for dial in moving)}. Two dials are never turned at "
            "once: wait until it is done.",
            ("watch",),
        )
    if state.rollouts:
        (rollout, *_) = state.rollouts
        until = f" until {rollout.ends_at:%H:%M:%S} UTC" if rollout.ends_at else ""
        return NextStep(
            f"AppConfig's deployment {rollout.deployment_number} of {rollout.profile} is {rollout.state}{until}, and "
            "takes no other before.",
            ("watch",),
        )
    return None


def _of_phase(phase: Phase, state: AccountState, settings: Settings) -> NextStep:
    match phase:
        case Phase.OFF:
            return NextStep(
                "Every read is served by the mock, and none is compared. Begin with the shadow.", ("canary shadow",)
            )
        case Phase.SHADOW:
            return NextStep(
                "Every read is served by the mock; sampled ones are compared. When the shadow's gate is GO and the "
                "checklist is done, begin the canary.",
                ("shadow", "preflight", f"canary start --percent {settings.ramp[0]}"),
            )
        case Phase.DONE:
            return NextStep("Every read is sent to Prisma. Report, and keep watching.", ("report", "watch"))
    ends = hold_ends(state.step, settings)
    if ends is not None and state.at < ends:
        left = duration((ends - state.at).total_seconds() / _SECONDS_A_MINUTE)
        return NextStep(
            f"The step lasts at least until {ends:%Y-%m-%d %H:%M} UTC, {left} more. Watch it; decide earlier only to "
            "go back.",
            ("watch",),
        )
    following = next(percent for percent in settings.ramp if percent > state.step.flag.percent)
    return NextStep(
        f"The step's minimum hold is over. If the verdict is GO, go on to {following} %.",
        ("decide", f"ramp {following}"),
    )
