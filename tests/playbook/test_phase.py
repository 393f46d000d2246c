"""Each phase, and what an operator is told to type in it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from playbook.account_state import AccountState
from playbook.evidence import AlarmState
from playbook.phase import Phase, hold_ends, phase_of, what_next
from playbook.step import Step
from shared.flag import Flag
from shared.names import ResourceNames
from tests.playbook.account_states import (
    CANARY,
    NAMES,
    SETTINGS,
    STARTED,
    STEP,
    alarms,
    at_step,
    code_deployment,
    code_dial,
    kill_switch,
    rollout,
)


def phase(*, kill_switch_set: bool = False, **flag: object) -> Phase:
    return phase_of(
        Flag(enabled=True, **flag),  # type: ignore[arg-type] # any of the flag's own
        kill_switch_set=kill_switch_set,
        ramp=SETTINGS.ramp,
    )


def commands(state: AccountState) -> tuple[str, ...]:
    return what_next(state, SETTINGS).commands


def after_hold(percent: float) -> AccountState:
    return replace(at_step(percent=percent), at=STARTED + timedelta(days=2))


# The phases.


def test_a_flag_that_is_off_is_the_phase_before_the_shadow() -> None:
    assert phase_of(Flag.OFF, kill_switch_set=False, ramp=SETTINGS.ramp) is Phase.OFF
    assert phase(percent=0, shadow_percent=0) is Phase.OFF


def test_reads_that_are_only_compared_are_the_shadow() -> None:
    assert phase(percent=0, shadow_percent=5) is Phase.SHADOW


@pytest.mark.parametrize("percent", [0.1, 1])
def test_up_to_the_ramps_first_step_it_is_a_canary(percent: float) -> None:
    assert phase(percent=percent) is Phase.CANARY


def test_users_who_are_allowed_by_name_are_a_canary_at_0_percent() -> None:
    assert phase(percent=0, allow_users=frozenset({"user-7"}), shadow_percent=100) is Phase.CANARY


@pytest.mark.parametrize("percent", [1.1, 5, 50, 99.9])
def test_above_the_first_step_it_is_the_ramp(percent: float) -> None:
    assert phase(percent=percent) is Phase.RAMP


def test_at_100_percent_it_is_done() -> None:
    assert phase(percent=100) is Phase.DONE


@pytest.mark.parametrize("percent", [0, 1, 100])
def test_with_the_kill_switch_set_it_is_rolled_back_whatever_the_flag_says(percent: float) -> None:
    assert phase(percent=percent, kill_switch_set=True) is Phase.ROLLED_BACK


# Holds.


@pytest.mark.parametrize(
    ("percent", "minutes"), [(1, 60), (0.5, 60), (5, 21 * 60), (10, 21 * 60), (25, 4 * 60), (99, 4 * 60)]
)
def test_a_step_holds_as_long_as_the_nearest_of_the_ramp_below_it(percent: float, minutes: int) -> None:
    assert hold_ends(replace(STEP, percent=percent), SETTINGS) == STARTED + timedelta(minutes=minutes)


@pytest.mark.parametrize("step", [replace(STEP, percent=0), replace(STEP, percent=100), replace(STEP, enabled=False)])
def test_the_shadow_the_end_and_off_hold_for_no_time(step: Step) -> None:
    assert hold_ends(step, SETTINGS) is None


# What comes next.


def test_off_goes_on_to_the_shadow() -> None:
    assert commands(at_step(enabled=False)) == ("playbook canary shadow",)


def test_the_shadow_goes_on_to_its_gate_the_checklist_and_the_canary() -> None:
    assert commands(at_step(percent=0)) == (
        "playbook shadow",
        "playbook preflight",
        "playbook canary start --percent 1",
    )


def test_a_step_within_its_hold_is_watched() -> None:
    step = what_next(CANARY, SETTINGS)

    assert step.commands == ("playbook watch",)
    assert "until 2026-03-02 15:00 UTC, 40 min more" in step.why


def test_the_hold_is_over_at_its_very_end() -> None:
    assert commands(replace(CANARY, at=STARTED + timedelta(minutes=60))) == ("playbook decide", "playbook ramp 5")


@pytest.mark.parametrize(("percent", "following"), [(1, 5), (5, 25), (10, 25), (25, 50), (50, 100)])
def test_after_the_hold_the_ramps_following_step_is_named(percent: float, following: int) -> None:
    assert commands(after_hold(percent)) == ("playbook decide", f"playbook ramp {following}")


def test_at_the_end_there_is_the_report() -> None:
    assert commands(after_hold(100)) == ("playbook report", "playbook watch")


def test_a_deployment_of_the_flag_is_waited_for() -> None:
    step = what_next(replace(after_hold(1), rollouts=(rollout(),)), SETTINGS)

    assert step.commands == ("playbook watch",)
    assert "BAKING until 14:11:00 UTC" in step.why


def test_a_deployment_of_code_is_waited_for_because_two_dials_are_never_turned_at_once() -> None:
    state = replace(after_hold(1), code_dials=(code_dial(in_progress=code_deployment()),))

    step = what_next(state, SETTINGS)

    assert step.commands == ("playbook watch",)
    assert NAMES.mock_read_function in step.why


def test_an_alarm_that_rolls_the_flag_back_comes_before_everything_else() -> None:
    state = replace(
        CANARY, alarms=alarms({NAMES.canary_error_rate_alarm: AlarmState.ALARM}), rollouts=(rollout("ROLLING_BACK"),)
    )

    assert commands(state) == ("playbook rollback flag",)


def test_an_alarm_of_a_code_version_turns_no_flag() -> None:
    state = replace(CANARY, alarms=alarms({NAMES.new_version_error_rate_alarm: AlarmState.ALARM}))

    assert commands(state) == ("playbook watch",)


def test_an_alarm_without_users_on_prisma_turns_no_flag() -> None:
    state = replace(at_step(percent=0), alarms=alarms({NAMES.error_rate_alarm: AlarmState.ALARM}))

    assert "playbook rollback flag" not in commands(state)


def test_a_rollback_is_finished_before_anything_is_released() -> None:
    state = replace(CANARY, kill_switch=kill_switch(is_set=True))

    step = what_next(state, SETTINGS)

    assert step.commands == ("playbook rollback flag",)
    assert "still says 1 %" in step.why


def test_a_rollback_whose_alarm_is_not_over_asks_for_the_cause() -> None:
    state = replace(
        at_step(percent=0),
        kill_switch=kill_switch(is_set=True),
        alarms=alarms({NAMES.canary_error_rate_alarm: AlarmState.INSUFFICIENT_DATA}),
    )

    step = what_next(state, SETTINGS)

    assert "playbook release" not in step.commands
    assert NAMES.canary_error_rate_alarm in step.why


def test_a_rollback_that_is_over_may_be_released() -> None:
    assert commands(replace(at_step(percent=0), kill_switch=kill_switch(is_set=True))) == ("playbook release",)


def test_another_environments_commands_name_it() -> None:
    assert commands(replace(CANARY, names=ResourceNames("prod"))) == ("playbook --env prod watch",)
