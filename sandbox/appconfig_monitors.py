"""Alarms that monitor an AppConfig environment roll a deployment back in ALARM and in INSUFFICIENT_DATA.

https://docs.aws.amazon.com/appconfig/latest/userguide/monitoring-deployments.html
names both states; MiniStack honours ALARM alone. AppConfig watches by asking for the state (its role needs
cloudwatch:DescribeAlarms), so an alarm that is in one of them when a deployment starts counts as well, while
one that has just become OK does not.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Self

from ministack.services import cloudwatch

_ROLLS_BACK: Final = frozenset({"ALARM", "INSUFFICIENT_DATA"})


@dataclass(frozen=True)
class StateUpdate:
    """An alarm's change of state, at a whole second (since 1970) as alarm history has it."""

    at: float
    before: str
    after: str

    @classmethod
    def of_history_item(cls, item: Mapping[str, Any]) -> Self:
        at = datetime.strptime(item["Timestamp"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        data = json.loads(item["HistoryData"])
        return cls(at.timestamp(), data["oldState"]["stateValue"], data["newState"]["stateValue"])


def install() -> None:
    """Let both states roll back. Installing twice does no harm."""
    cloudwatch.first_alarm_time = _first_rollback_time


def first_rollback_time(updates: Sequence[StateUpdate], current_state: str, start: float, end: float) -> float | None:
    """The first moment within [start, end] at which an alarm was in a state that rolls back, or None.

    `updates` are the alarm's, in order. Without any it has always been in its `current_state`.
    """
    state = updates[0].before if updates else current_state
    for update in updates:
        if update.at <= start:
            state = update.after
    if state in _ROLLS_BACK:
        return start
    return next((u.at for u in updates if start < u.at <= end and u.after in _ROLLS_BACK), None)


def _first_rollback_time(alarm_arn: str, start: float, end: float) -> float | None:
    # No public function of MiniStack tells an alarm's history to code in its own process.
    name = cloudwatch._alarm_name_from_local_arn(alarm_arn)  # noqa: SLF001
    alarm = cloudwatch._alarms.get(name) or cloudwatch._composite_alarms.get(name)  # noqa: SLF001
    if alarm is None:
        return None
    updates = [
        StateUpdate.of_history_item(item)
        for item in cloudwatch._history_entries()  # noqa: SLF001
        if item["AlarmName"] == name and item["HistoryItemType"] == "StateUpdate"
    ]
    return first_rollback_time(updates, alarm["StateValue"], start, end)
