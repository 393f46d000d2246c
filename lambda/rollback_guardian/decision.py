"""What to do next, from what is known now. Pure: each step is followed by another look.

Whatever the order and the number of messages, the steps lead to one end: kill switch on, flag off.

- The kill switch comes first, because nothing can roll it back. The message of an alarm sets it, unless the alarm is
  over and somebody released the switch since: then the message is late, and an operator has already decided. While the
  alarm is still in ALARM, or its state cannot be had, the switch is set in any case.
- While the switch is on, the flag belongs at 0 %. A deployment that sends anybody to Prisma is stopped. The flag is
  turned off as soon as no monitor would roll that back, which AppConfig does in ALARM and in INSUFFICIENT_DATA:
  https://docs.aws.amazon.com/appconfig/latest/userguide/monitoring-deployments.html
- An alarm's return to OK never sets the switch and never releases it. It is when the flag can be turned off.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from rollback_guardian.alarm_change import ALARM, OK, AlarmChange
from rollback_guardian.dial import Position


class Step(Enum):
    STOP_RELEASE = auto()
    SET_SWITCH = auto()
    STOP_FLAG = auto()
    TURN_FLAG_OFF = auto()
    # Something is on its way: look again in a moment.
    PAUSE = auto()
    # Nothing left to do now. The first two are final, the last is gone on with when an alarm is OK again.
    SAFE = auto()
    NOT_CALLED_FOR = auto()
    AWAIT_RECOVERY = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """`alarm_states` are those of the alarms that AppConfig monitors, by name; None if they cannot be had."""

    change: AlarmChange
    alarm_states: Mapping[str, str] | None
    switch: Position


def switch_step(situation: Situation) -> Step | None:
    """The next step of the kill switch; None when it is on, and the flag's turn has come."""
    switch = situation.switch
    if switch.going_back:
        return Step.PAUSE
    if switch.latest.safe:
        return None
    if not _calls_for_the_switch(situation):
        return Step.NOT_CALLED_FOR
    return Step.SET_SWITCH if switch.under_way is None else Step.STOP_RELEASE


def flag_step(situation: Situation, flag: Position) -> Step:
    """The next step of the flag, while the kill switch is on."""
    if flag.going_back:
        return Step.PAUSE
    if flag.under_way is not None and not flag.under_way.safe:
        return Step.STOP_FLAG
    if flag.under_way is not None and not flag.deployed.safe:
        return Step.PAUSE
    # A shadow that bakes for minutes yet sends nobody to Prisma, and neither does what it would be taken back to.
    if flag.deployed.safe:
        return Step.SAFE
    return Step.TURN_FLAG_OFF if _is_calm(situation.alarm_states) else Step.AWAIT_RECOVERY


def _calls_for_the_switch(situation: Situation) -> bool:
    change = situation.change
    if change.state != ALARM:
        return False
    states = situation.alarm_states
    # An alarm that is no longer there tells nothing either.
    if states is None or states.get(change.alarm_name, ALARM) == ALARM:
        return True
    return situation.switch.latest.deployment.started_at < change.changed_at


def _is_calm(states: Mapping[str, str] | None) -> bool:
    return states is not None and all(state == OK for state in states.values())
