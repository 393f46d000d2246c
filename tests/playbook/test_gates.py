"""May a step begin? One test a gate: open where all is well, and closed with its reason by one fact."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from playbook.account_state import AccountState
from playbook.bounds import Tally
from playbook.evidence import AlarmState
from playbook.failures import Refusal, failure_document
from playbook.gate import Act, Gate, GateName, Situation, closed, pass_gates
from playbook.gates import gates, standing_gates
from playbook.judge import judge, judge_shadow
from playbook.verdict import Verdict
from tests.playbook.account_states import (
    CANARY,
    NAMES,
    SETTINGS,
    STARTED,
    alarms,
    at_step,
    code_deployment,
    code_dial,
    kill_switch,
    rollout,
)
from tests.playbook.judged import HEALTHY, THRESHOLDS
from tests.playbook.judged import alarms as judged_alarms

GO = judge(HEALTHY, THRESHOLDS)
AFTER_HOLD = STARTED + timedelta(hours=1)


def ramp(state: AccountState = CANARY, percent: float = 5, **changes: Any) -> Situation:
    """A canary that may go on, if nothing is the matter: its hour is over."""
    soaked = replace(state, at=AFTER_HOLD)
    return replace(Situation(act=Act.RAMP, percent=percent, state=soaked, settings=SETTINGS, verdict=GO), **changes)


def canary(state: AccountState | None = None, percent: float = 1, **changes: Any) -> Situation:
    """The end of a shadow's hour."""
    shadow = state or at_step(percent=0)
    verdict = judge_shadow(HEALTHY, THRESHOLDS)
    return replace(
        Situation(act=Act.CANARY, percent=percent, state=shadow, settings=SETTINGS, verdict=verdict), **changes
    )


def release(state: AccountState) -> Situation:
    return Situation(act=Act.RELEASE, percent=0, state=state, settings=SETTINGS)


def shadow(state: AccountState) -> Situation:
    return Situation(act=Act.SHADOW, percent=0, state=state, settings=SETTINGS)


def only_closed(situation: Situation) -> Gate:
    (gate,) = closed(gates(situation))
    assert gate.advice
    return gate


ROLLED_BACK = replace(at_step(enabled=False, percent=0), kill_switch=kill_switch(is_set=True))


@pytest.mark.parametrize(
    "situation",
    [shadow(at_step(enabled=False, percent=0)), canary(), ramp(), release(ROLLED_BACK)],
    ids=lambda situation: situation.act,
)
def test_every_gate_is_open_where_all_is_well(situation: Situation) -> None:
    assert closed(gates(situation)) == ()


def test_a_kill_switch_that_is_set_says_who_set_it() -> None:
    gate = only_closed(ramp(replace(CANARY, kill_switch=kill_switch(is_set=True))))
    assert gate.name is GateName.KILL_SWITCH
    assert gate.closed is not None
    assert "2026-03-02 14:05:00 UTC" in gate.closed
    assert "Seeded off" in gate.closed
    assert not gate.overridable


def test_a_deployment_that_bakes_says_until_when() -> None:
    gate = only_closed(ramp(replace(CANARY, rollouts=(rollout(),))))
    assert (gate.name, gate.overridable) == (GateName.FLAG_DEPLOYMENT, False)
    assert gate.closed == "deployment 3 is BAKING until 2026-03-02 14:11:00 UTC"


def test_a_deployment_that_goes_back_has_no_known_end() -> None:
    gate = only_closed(ramp(replace(CANARY, rollouts=(rollout("ROLLING_BACK"),))))
    assert gate.closed == "deployment 3 is ROLLING_BACK"


def test_the_kill_switchs_own_deployment_keeps_it_from_being_released() -> None:
    under_way = replace(rollout("DEPLOYING"), profile="kill-switch")
    assert only_closed(release(replace(ROLLED_BACK, rollouts=(under_way,)))).name is GateName.SWITCH_DEPLOYMENT


def test_two_dials_are_never_turned_at_once() -> None:
    moving = code_dial({"4": 0.99, "5": 0.01}, in_progress=code_deployment())
    gate = only_closed(ramp(replace(CANARY, code_dials=(moving,))))
    assert (gate.name, gate.overridable) == (GateName.CODE_DEPLOYMENT, False)
    assert gate.closed == "CodeDeploy's d-ABCDEF123 of huntaze-mock-read is InProgress"


@pytest.mark.parametrize("state", [AlarmState.ALARM, AlarmState.INSUFFICIENT_DATA, None])
def test_an_alarm_that_appconfig_monitors_must_be_ok(state: AlarmState | None) -> None:
    unwell = replace(CANARY, alarms=alarms({NAMES.canary_error_rate_alarm: state}))
    for situation in (ramp(unwell), shadow(replace(at_step(percent=0), alarms=unwell.alarms))):
        gate = only_closed(situation)
        assert (gate.name, gate.overridable) == (GateName.ROLLBACK_ALARMS, False)
        assert gate.closed is not None
        assert gate.closed.startswith("huntaze-canary-error-rate-gt-2pct is ")


def test_a_code_alarm_that_rings_cannot_be_overridden_and_one_without_data_can() -> None:
    ringing = only_closed(ramp(replace(CANARY, alarms=alarms({NAMES.new_version_error_rate_alarm: AlarmState.ALARM}))))
    assert (ringing.name, ringing.overridable) == (GateName.ROLLBACK_ALARMS, False)
    silent = {NAMES.new_version_error_rate_alarm: AlarmState.INSUFFICIENT_DATA}
    gate = only_closed(ramp(replace(CANARY, alarms=alarms(silent))))
    assert (gate.name, gate.overridable) == (GateName.ALARMS, True)


def test_an_alarm_that_asks_to_investigate_closes_a_gate_that_may_be_overridden() -> None:
    gate = only_closed(ramp(replace(CANARY, alarms=alarms({NAMES.canary_p95_alarm: AlarmState.ALARM}))))
    assert (gate.name, gate.overridable) == (GateName.ALARMS, True)
    assert gate.closed == "huntaze-canary-p95-gt-30pct is ALARM"


def test_nobody_reads_yet_when_the_shadow_begins() -> None:
    silent = replace(at_step(enabled=False, percent=0), alarms=alarms({NAMES.no_traffic_alarm: AlarmState.ALARM}))
    assert closed(gates(shadow(silent))) == ()


@pytest.mark.parametrize(
    ("situation", "reason", "overridable"),
    [
        (ramp(percent=25), "the step after 1 % is 5 %", True),
        (ramp(percent=7), "the step after 1 % is 5 %", True),
        (ramp(percent=1), "the flag is at 1 %, and a ramp goes up", False),
        (ramp(at_step(percent=25, started_at=STARTED - timedelta(days=1)), 5), "the flag is at 25 %", False),
        (ramp(at_step(percent=0)), "5 % is no canary", True),
        (canary(percent=10), "10 % is more than the first step, 1 %", True),
        (canary(at_step(percent=0, shadow_percent=0)), "no read is compared in the shadow", True),
        (canary(at_step(percent=0, enabled=False)), "no read is compared in the shadow", True),
        (canary(CANARY), "a canary has begun", False),
        (canary(at_step(percent=0, allow_users=("user-7",))), "a canary has begun", False),
        (shadow(CANARY), "the flag already sends users to Prisma", False),
    ],
)
def test_steps_go_upwards_and_none_is_skipped(situation: Situation, reason: str, *, overridable: bool) -> None:
    gate = only_closed(situation)
    assert gate.name is GateName.NEXT_STEP
    assert gate.closed is not None
    assert reason in gate.closed
    assert gate.overridable is overridable


def test_a_percentage_between_two_steps_goes_on_to_the_next() -> None:
    assert closed(gates(ramp(at_step(percent=10, started_at=STARTED - timedelta(days=1)), percent=25))) == ()
    assert closed(gates(ramp(at_step(percent=0.5), percent=1))) == ()


def test_a_step_is_held_from_the_start_of_its_deployment() -> None:
    almost = ramp()
    almost = replace(almost, state=replace(almost.state, at=AFTER_HOLD - timedelta(seconds=1)))
    gate = only_closed(almost)
    assert (gate.name, gate.overridable) == (GateName.HOLD, True)
    assert gate.closed == "1 % began at 2026-03-02 14:00:00 UTC and is held until 2026-03-02 15:00:00 UTC"


def test_a_canary_needs_a_baseline() -> None:
    gate = only_closed(canary(baseline_recorded=False))
    assert (gate.name, gate.overridable) == (GateName.BASELINE, True)


def test_the_verdict_closes_with_the_judges_own_arithmetic() -> None:
    hold = _hold()
    gate = only_closed(ramp(verdict=hold))
    assert (gate.name, gate.overridable) == (GateName.VERDICT, True)
    assert gate.closed is not None
    assert gate.closed.startswith("HOLD. canary error rate: ")
    assert hold.decisive[0].reason in gate.closed


def test_a_rollback_cannot_be_overridden() -> None:
    verdict = judge(replace(HEALTHY, alarms=judged_alarms(error_rate_alarm="ALARM")), THRESHOLDS)
    assert not only_closed(ramp(verdict=verdict)).overridable
    investigate = judge(replace(HEALTHY, alarms=judged_alarms(canary_p95_alarm="ALARM")), THRESHOLDS)
    assert only_closed(ramp(verdict=investigate)).overridable


def test_what_was_not_judged_is_closed() -> None:
    assert only_closed(ramp(verdict=None)).name is GateName.VERDICT
    assert closed(standing_gates(ramp(verdict=None))) == ()


def test_the_switch_is_released_only_where_that_exposes_nobody() -> None:
    exposed = replace(CANARY, kill_switch=kill_switch(is_set=True))
    assert only_closed(release(exposed)).name is GateName.FLAG_AT_ZERO
    named = replace(at_step(percent=0, allow_users=("user-7",)), kill_switch=kill_switch(is_set=True))
    assert "1 user by name" in str(only_closed(release(named)).closed)
    ringing = replace(ROLLED_BACK, alarms=alarms({NAMES.error_rate_alarm: AlarmState.ALARM}))
    assert only_closed(release(ringing)).name is GateName.ROLLBACK_ALARMS
    silent = replace(ROLLED_BACK, alarms=alarms({NAMES.error_rate_alarm: AlarmState.INSUFFICIENT_DATA}))
    assert closed(gates(release(silent))) == ()


def test_a_refusal_has_every_reason_and_what_to_do() -> None:
    situation = ramp(percent=25, verdict=_hold())
    with pytest.raises(Refusal) as refusal:
        pass_gates(gates(situation), what="25 %", override=None)
    assert "next step: the step after 1 % is 5 %" in refusal.value.message
    assert "what to do: `playbook ramp 5`" in refusal.value.message
    assert "verdict: HOLD" in refusal.value.message
    assert "--override REASON" in refusal.value.message
    assert refusal.value.exit_code == 3


def test_programs_are_told_of_each_closed_gate_by_its_name() -> None:
    with pytest.raises(Refusal) as refusal:
        pass_gates(gates(ramp(percent=25, verdict=_hold())), what="25 %", override=None)
    told = failure_document(refusal.value)
    assert told is not None
    assert told["error"]["kind"] == "refused"
    assert [(gate["gate"], gate["overridable"]) for gate in told["error"]["gates"]] == [
        (GateName.NEXT_STEP, True),
        (GateName.VERDICT, True),
    ]
    assert json.loads(json.dumps(told)) == told


def test_an_override_opens_what_judgement_may_open_and_tells_what_it_opened() -> None:
    opened = pass_gates(gates(ramp(percent=25, verdict=_hold())), what="25 %", override="agreed with Anna")
    assert [gate.name for gate in opened] == [GateName.NEXT_STEP, GateName.VERDICT]


def test_an_override_does_not_open_the_others() -> None:
    situation = ramp(replace(CANARY, kill_switch=kill_switch(is_set=True)), percent=25)
    with pytest.raises(Refusal, match="nobody may override: kill switch"):
        pass_gates(gates(situation), what="25 %", override="agreed with Anna")


def test_an_override_of_nothing_opens_nothing() -> None:
    assert pass_gates(gates(ramp()), what="5 %", override="to be sure") == ()


def _hold() -> Verdict:
    return judge(replace(HEALTHY, canary=Tally(0, 100)), THRESHOLDS)
