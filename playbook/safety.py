"""The way to safety by hand: the kill switch, then the flag. What the rollback guardian does, without an alarm.

Nothing is refused and nothing overtaken: guardian and operators may be at it at the same time, and each step begins
with a look. What is on, off and safe is the guardian's own understanding of it.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import click

from rollback_guardian.dial import BusyError, Dial, Position, Setting, position
from rollback_guardian.flag_values import flag_is_off, switch_is_on, with_flag_off, with_switch_on

_LOOKS: Final = 60
_PAUSE_SECONDS: Final = 1.0
_OK: Final = "OK"
# What the deployments say of themselves.
SWITCH_SET: Final = "kill switch set"
FLAG_OFF: Final = "0 %, rolled back"


class Move(StrEnum):
    """What is done next, in words for the operator."""

    STOP_RELEASE = "stopping the release of the kill switch"
    SET_SWITCH = "setting the kill switch"
    STOP_FLAG = "stopping the flag's deployment"
    TURN_FLAG_OFF = "turning the flag to 0 %"
    PAUSE = "waiting for AppConfig"
    SAFE = "safe"
    AWAIT_RECOVERY = "the flag waits for its alarms"


class UnfinishedError(click.ClickException):
    """A dial is still on its way."""


@dataclass(frozen=True, kw_only=True)
class Safe:
    """The kill switch is on. `flag` is what it was set to; `waits_for` are the alarms that keep it from 0 %.

    AppConfig takes a deployment back while an alarm that it monitors is not OK, one to 0 % as well.
    """

    switch: Setting
    flag: Setting
    waits_for: tuple[str, ...]


def switch_move(switch: Position) -> Move | None:
    """None when it is on, and the flag's turn has come."""
    if switch.going_back:
        return Move.PAUSE
    if switch.latest.safe:
        return None
    return Move.SET_SWITCH if switch.under_way is None else Move.STOP_RELEASE


def flag_move(flag: Position, alarm_states: Mapping[str, str]) -> Move:
    """While the kill switch is on. `alarm_states` are those of the alarms that AppConfig monitors."""
    if flag.going_back:
        return Move.PAUSE
    if flag.under_way is not None and not flag.under_way.safe:
        return Move.STOP_FLAG
    if flag.under_way is not None and not flag.deployed.safe:
        return Move.PAUSE
    # A shadow that still bakes sends nobody to Prisma, and neither does what it would be taken back to.
    if flag.deployed.safe:
        return Move.SAFE
    return Move.AWAIT_RECOVERY if _not_ok(alarm_states) else Move.TURN_FLAG_OFF


@dataclass(frozen=True)
class Safety:
    """Both dials, and what is said of their turns: `describe` makes a description of a version out of what it does.

    `alarm_states` are those of the alarms that AppConfig monitors, by name.
    """

    switch: Dial
    flag: Dial
    alarm_states: Callable[[], Mapping[str, str]]
    describe: Callable[[str], str]
    sleep: Callable[[float], None] = time.sleep

    def reach(self, on_move: Callable[[Move], None]) -> Safe:
        """Set the kill switch and turn the flag off, or as far as AppConfig allows.

        Raises UnfinishedError after a minute, and whatever the dials raise.
        """
        for _ in range(_LOOKS):
            switch = position(self.switch, switch_is_on)
            move = switch_move(switch)
            if move is not None:
                busy = self._turn_switch(move, switch)
            else:
                flag, states = position(self.flag, flag_is_off), self.alarm_states()
                move = flag_move(flag, states)
                if move in {Move.SAFE, Move.AWAIT_RECOVERY}:
                    waits_for = _not_ok(states) if move is Move.AWAIT_RECOVERY else ()
                    return Safe(switch=switch.latest, flag=flag.latest, waits_for=waits_for)
                busy = self._turn_flag(move, flag)
            on_move(Move.PAUSE if busy else move)
            if busy:
                self.sleep(_PAUSE_SECONDS)
        raise UnfinishedError("a dial is still on its way; say the same command again")

    def _turn_switch(self, move: Move, switch: Position) -> bool:
        """Whether another look must wait, because something else is on its way."""
        try:
            if move is Move.SET_SWITCH:
                said = self.describe(SWITCH_SET)
                self.switch.start(self.switch.add_version(with_switch_on(switch.deployed.document), said), said)
            elif move is Move.STOP_RELEASE:
                self.switch.stop(switch.latest.deployment.number)
        except BusyError:
            return True
        return move is Move.PAUSE

    def _turn_flag(self, move: Move, flag: Position) -> bool:
        try:
            if move is Move.STOP_FLAG:
                self.flag.stop(flag.latest.deployment.number)
            elif move is Move.TURN_FLAG_OFF:
                said = self.describe(FLAG_OFF)
                self.flag.start(self.flag.add_version(with_flag_off(flag.deployed.document), said), said)
        except BusyError:
            return True
        return move is Move.PAUSE


def _not_ok(states: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted(name for name, state in states.items() if state != _OK))
