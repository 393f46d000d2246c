"""Carries out the steps that `decision` names, and tells of them once.

It may be killed between any two calls and started again: every step looks at what is there, and none is taken twice.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC
from typing import Final, Protocol

from rollback_guardian.alarm_change import AlarmChange
from rollback_guardian.decision import Situation, Step, flag_step, switch_step
from rollback_guardian.dial import BusyError, Dial, Position, position
from rollback_guardian.flag_values import flag_is_off, switch_is_on, with_flag_off, with_switch_on
from rollback_guardian.report import Report, report
from shared.event_log import EventLog
from shared.names import LogToken
from shared.read_facts import Invocation

# A deployment without duration and bake takes seconds; two guardians at once wait for each other.
_LOOKS: Final = 20
_PAUSE_S: Final = 1.0
_LAST: Final = frozenset({Step.SAFE, Step.NOT_CALLED_FOR, Step.AWAIT_RECOVERY})


class Unfinished(Exception):  # noqa: N818 — nothing went wrong yet
    """Something is still on its way. Handle the change again, later."""


class Alarms(Protocol):
    """`rollback_guardian.aws.CloudWatchAlarms` is the real one."""

    def states(self) -> dict[str, str]:
        """State by name, of the alarms that AppConfig monitors."""


class Reports(Protocol):
    """`rollback_guardian.aws.TopicReports` is the real one."""

    def publish(self, text: Report) -> None: ...


@dataclass
class _Work:
    """One attempt at one change."""

    steps: list[str] = field(default_factory=list)
    error: Exception | None = None
    flag: Position | None = None


class Guardian:
    """`sleep` takes seconds."""

    def __init__(
        self,
        *,
        switch: Dial,
        flag: Dial,
        alarms: Alarms,
        reports: Reports,
        log: EventLog,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._switch = switch
        self._flag = flag
        self._alarms = alarms
        self._reports = reports
        self._log = log
        self._sleep = sleep

    def handle(self, change: AlarmChange) -> Step:
        """The last step, which is `SAFE`, `NOT_CALLED_FOR` or `AWAIT_RECOVERY`.

        Raises Unfinished, and whatever kept a step from being taken.
        """
        work = _Work()
        last = self._settle(change, work)
        self._write_line(change, last.name, work)
        if work.flag is not None and (work.steps or self._is_mine(change, work.flag)):
            self._reports.publish(report(change, work.flag, safe=last is Step.SAFE))
        if work.error is not None:
            raise work.error
        return last

    def _settle(self, change: AlarmChange, work: _Work) -> Step:
        for _ in range(_LOOKS):
            situation = self._look(change, work)
            step = switch_step(situation)
            work.flag = None
            if step is None:
                # Not before: what ails the flag must not keep the switch from being set.
                work.flag = position(self._flag, flag_is_off)
                step = flag_step(situation, work.flag)
            if step in _LAST:
                return step
            if self._was_taken(step, situation, work.flag):
                work.steps.append(step.name)
            else:
                self._sleep(_PAUSE_S)
        self._write_line(change, "UNFINISHED", work)
        raise Unfinished(f"still on its way after {_LOOKS} looks")

    def _look(self, change: AlarmChange, work: _Work) -> Situation:
        switch = position(self._switch, switch_is_on)
        states, work.error = None, None
        try:
            states = self._alarms.states()
        except Exception as error:  # noqa: BLE001 — the switch needs no states; raised again once it is set
            work.error = error
        return Situation(change=change, alarm_states=states, switch=switch)

    def _was_taken(self, step: Step, situation: Situation, flag: Position | None) -> bool:
        try:
            self._take(step, situation.change, situation.switch if flag is None else flag)
        except BusyError:
            return False
        return step is not Step.PAUSE

    def _take(self, step: Step, change: AlarmChange, stands: Position) -> None:
        why = _description(change)
        match step:
            case Step.SET_SWITCH:
                self._switch.start(self._switch.add_version(with_switch_on(stands.deployed.document), why), why)
            case Step.STOP_RELEASE:
                self._switch.stop(stands.latest.deployment.number)
            case Step.STOP_FLAG:
                self._flag.stop(stands.latest.deployment.number)
            case Step.TURN_FLAG_OFF:
                self._flag.start(self._flag.add_version(with_flag_off(stands.deployed.document), why), why)

    def _is_mine(self, change: AlarmChange, flag: Position) -> bool:
        """Whether an earlier attempt at this delivery set a dial, and may have died before it told."""
        switch = position(self._switch, switch_is_on)
        return any(
            stands.latest.safe and change.delivery_id in dial.description(stands.latest.deployment.number)
            for dial, stands in ((self._switch, switch), (self._flag, flag))
        )

    def _write_line(self, change: AlarmChange, outcome: str, work: _Work) -> None:
        fields = {"alarm": change.alarm_name, "state": change.state, "steps": work.steps, "outcome": outcome}
        text = f"alarm: '{change.alarm_name}', state: {change.state}, outcome: {outcome}"
        self._log.emit(Invocation(request_id=change.delivery_id, cold_start=False), LogToken.ROLLBACK, text, fields, [])


def _description(change: AlarmChange) -> str:
    """Of a version and its deployment; `_is_mine` reads it."""
    at = change.changed_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return f"Rollback guardian: {change.alarm_name} went to {change.state} at {at}; delivery {change.delivery_id}"
