"""May this step begin? Pure: what was read of the account and of its evidence in, a gate for each reason out."""

from collections.abc import Callable, Sequence
from typing import Final

from playbook.account_state import AccountState, Alarm
from playbook.dial_reading import said_by
from playbook.evidence import AlarmState
from playbook.gate import Act, Gate, GateName, Situation
from playbook.phase import hold_ends
from playbook.verdict import Outcome
from playbook.wording import count, moment
from shared.names import PROFILE_FEATURE_FLAGS, PROFILE_KILL_SWITCH


def gates(situation: Situation) -> tuple[Gate, ...]:
    """Every gate of the act, in the order in which an operator looks."""
    return tuple(gate(situation) for gate in _GATES[situation.act])


def standing_gates(situation: Situation) -> tuple[Gate, ...]:
    """Those that need no evidence to be read and judged, which takes a while."""
    return tuple(gate(situation) for gate in _GATES[situation.act] if gate is not verdict_gate)


def needs_verdict(act: Act) -> bool:
    return verdict_gate in _GATES[act]


def kill_switch(situation: Situation) -> Gate:
    switch = situation.state.kill_switch
    if not switch.is_set:
        return Gate(name=GateName.KILL_SWITCH)
    return Gate(
        name=GateName.KILL_SWITCH,
        closed=f"set since {moment(switch.since)}, {said_by(switch.description)}: the mock serves every read",
        advice="find the cause of the rollback; `playbook release` when it is mended",
    )


def flag_deployment(situation: Situation) -> Gate:
    """AppConfig takes one deployment of an environment at a time, and until its bake is over an alarm turns it back."""
    return _rollout(situation.state, PROFILE_FEATURE_FLAGS, GateName.FLAG_DEPLOYMENT)


def switch_deployment(situation: Situation) -> Gate:
    return _rollout(situation.state, PROFILE_KILL_SWITCH, GateName.SWITCH_DEPLOYMENT)


def code_deployment(situation: Situation) -> Gate:
    """Two dials are never turned at once: nobody could tell which of them did it."""
    moving = [
        f"{dial.in_progress.deployment_id} of {dial.function_name} is {dial.in_progress.status}"
        for dial in situation.state.code_dials
        if dial.in_progress is not None
    ]
    if not moving:
        return Gate(name=GateName.CODE_DEPLOYMENT)
    return Gate(
        name=GateName.CODE_DEPLOYMENT,
        closed=f"CodeDeploy's {' and '.join(moving)}",
        advice="wait until it is over, or stop it with `playbook rollback code`",
    )


def rollback_alarms(situation: Situation) -> Gate:
    """None in ALARM; and those that AppConfig monitors OK, because it turns a deployment back without data, too.

    https://docs.aws.amazon.com/appconfig/latest/userguide/monitoring-deployments.html
    """
    found = [alarm for alarm in situation.state.alarms if alarm.rolls_back and _turns_back(alarm, situation)]
    return _alarm_gate(
        GateName.ROLLBACK_ALARMS,
        found,
        advice="see the alarm's section in docs/PLAYBOOK.md; with users on Prisma, `playbook rollback flag` first",
        overridable=False,
    )


def ringing_alarms(situation: Situation) -> Gate:
    """What rolled back is over, as far as an alarm can tell."""
    found = [alarm for alarm in situation.state.alarms if alarm.rolls_back and alarm.state is AlarmState.ALARM]
    return _alarm_gate(
        GateName.ROLLBACK_ALARMS,
        found,
        advice="see the alarm's section in docs/PLAYBOOK.md, and wait for OK",
        overridable=False,
    )


def alarms(situation: Situation) -> Gate:
    """The others, which ask to investigate or have no data."""
    found = [
        alarm
        for alarm in situation.state.alarms
        if not alarm.is_ok and not (alarm.rolls_back and _turns_back(alarm, situation))
    ]
    return _alarm_gate(
        GateName.ALARMS, found, advice="see the alarm's section in docs/PLAYBOOK.md, and wait for OK", overridable=True
    )


def next_step(situation: Situation) -> Gate:
    """The ramp's steps in their order, upwards only."""
    judged = {
        Act.SHADOW: _shadow_step,
        Act.CANARY: _canary_step,
        Act.RAMP: _ramp_step,
    }[situation.act](situation)
    if judged is None:
        return Gate(name=GateName.NEXT_STEP)
    reason, advice, overridable = judged
    return Gate(name=GateName.NEXT_STEP, closed=reason, advice=advice, overridable=overridable)


def hold(situation: Situation) -> Gate:
    """A step soaks: its minimum hold counts from the start of its deployment."""
    state, step = situation.state, situation.state.step
    ends = hold_ends(step, situation.settings)
    if ends is None or state.at >= ends:
        return Gate(name=GateName.HOLD)
    return Gate(
        name=GateName.HOLD,
        closed=f"{step.percent:g} % began at {moment(step.started_at)} and is held until {moment(ends)}",
        advice="wait until then, with `playbook watch`",
        overridable=True,
    )


def baseline(situation: Situation) -> Gate:
    if situation.baseline_recorded:
        return Gate(name=GateName.BASELINE)
    return Gate(
        name=GateName.BASELINE,
        closed="the latency of a warmed prisma-read was not recorded, so the canary's has nothing to be held against",
        advice="say `playbook preflight`",
        overridable=True,
    )


def verdict_gate(situation: Situation) -> Gate:
    """What the evidence on the current step comes to: the shadow's gate before a canary, the judge's before a ramp."""
    found = situation.verdict
    if found is None:
        return Gate(name=GateName.VERDICT, closed="the evidence was not judged", advice="say the same command again")
    if found.outcome is Outcome.GO:
        return Gate(name=GateName.VERDICT)
    reasons = " ".join(f"{check.name}: {check.reason}" for check in found.decisive)
    command = "shadow" if situation.act is Act.CANARY else "decide"
    advice = {
        Outcome.HOLD: f"wait for more reads, then say `playbook {command}`",
        Outcome.INVESTIGATE: f"find out why before more go to Prisma; `playbook {command}` has the figures",
        Outcome.ROLLBACK: "`playbook rollback flag`",
    }[found.outcome]
    return Gate(
        name=GateName.VERDICT,
        closed=f"{found.outcome.name}. {reasons}",
        advice=advice,
        overridable=found.outcome is not Outcome.ROLLBACK,
    )


def flag_at_zero(situation: Situation) -> Gate:
    """Releasing the kill switch exposes nobody."""
    step = situation.state.step
    if not step.flag.reaches_anybody:
        return Gate(name=GateName.FLAG_AT_ZERO)
    named = f" and {count(len(step.allow_users), 'user')} by name" if step.allow_users else ""
    return Gate(
        name=GateName.FLAG_AT_ZERO,
        closed=f"the flag itself still says {step.percent:g} %{named}, so releasing would send users to Prisma",
        advice="`playbook rollback flag` turns it to 0 %",
    )


def _rollout(state: AccountState, profile: str, name: GateName) -> Gate:
    under_way = next((rollout for rollout in state.rollouts if rollout.profile == profile), None)
    if under_way is None:
        return Gate(name=name)
    until = f" until {moment(under_way.ends_at)}" if under_way.ends_at else ""
    return Gate(
        name=name,
        closed=f"deployment {under_way.deployment_number} is {under_way.state}{until}",
        advice="wait until then" if until else "wait a moment",
    )


def _turns_back(alarm: Alarm, situation: Situation) -> bool:
    if alarm.name in situation.state.names.flag_rollback_alarms:
        return not alarm.is_ok
    return alarm.state is AlarmState.ALARM


def _alarm_gate(name: GateName, found: Sequence[Alarm], *, advice: str, overridable: bool) -> Gate:
    if not found:
        return Gate(name=name)
    states = ", ".join(f"{alarm.name} is {alarm.state or 'not there'}" for alarm in found)
    return Gate(name=name, closed=states, advice=advice, overridable=overridable)


_Judged = tuple[str, str, bool] | None


def _shadow_step(situation: Situation) -> _Judged:
    step = situation.state.step
    if step.flag.reaches_anybody:
        return f"the flag already sends users to Prisma: {step}", "go back with `playbook rollback flag`", False
    return None


def _canary_step(situation: Situation) -> _Judged:
    step, first = situation.state.step, situation.settings.ramp[0]
    if step.flag.reaches_anybody:
        return f"a canary has begun: {step}", "go on with `playbook ramp`, or back with `playbook rollback flag`", False
    skipped = []
    if step.flag.shadow_percent == 0:
        skipped.append("no read is compared in the shadow")
    if situation.percent > first:
        skipped.append(f"{situation.percent:g} % is more than the first step, {first} %")
    if not skipped:
        return None
    return "; ".join(skipped), f"`playbook canary shadow`, then `playbook canary start --percent {first}`", True


def _ramp_step(situation: Situation) -> _Judged:
    wanted, ramp = situation.percent, situation.settings.ramp
    current = situation.state.step.flag.percent
    if wanted <= current:
        return f"the flag is at {current:g} %, and a ramp goes up", "go back with `playbook rollback flag`", False
    following = next(percent for percent in ramp if percent > current)
    if current == 0:
        return f"{wanted:g} % is no canary", f"`playbook canary start --percent {ramp[0]}`", True
    if wanted != following:
        return f"the step after {current:g} % is {following} %", f"`playbook ramp {following}`", True
    return None


_BEFORE_ANY_TURN: Final = (kill_switch, flag_deployment, code_deployment, rollback_alarms)
_GATES: Final[dict[Act, tuple[Callable[[Situation], Gate], ...]]] = {
    Act.SHADOW: (*_BEFORE_ANY_TURN, next_step),
    Act.CANARY: (*_BEFORE_ANY_TURN, alarms, next_step, baseline, verdict_gate),
    Act.RAMP: (*_BEFORE_ANY_TURN, alarms, next_step, hold, verdict_gate),
    Act.RELEASE: (switch_deployment, flag_deployment, flag_at_zero, ringing_alarms),
}
