"""What the operator is told: what was done, and what to do next. Pure."""

from dataclasses import dataclass
from datetime import UTC
from typing import Final

from rollback_guardian.alarm_change import AlarmChange
from rollback_guardian.dial import Position
from rollback_guardian.flag_values import flag_percent

# SNS allows no more, and ASCII only: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
_LONGEST_SUBJECT: Final = 99
_RUNBOOK: Final = "docs/PLAYBOOK.md#rollback"

_SAFE: Final = """\
Done: the kill switch is on and the flag is off. Every read is served by the mock.

Next: find the cause. When it is gone, release the kill switch: the flag says 0 %, so releasing exposes nobody."""

_AWAITING: Final = """\
Done: the kill switch is on. Every read is served by the mock. No deployment of the flag is under way.
The flag still says {flag}. While an alarm is in ALARM, AppConfig rolls every change of the flag back, so it is turned
off as soon as the alarms are OK; another message will say so.

Next: find the cause. Do not release the kill switch before the flag is off."""


@dataclass(frozen=True, slots=True)
class Report:
    subject: str
    text: str


def report(change: AlarmChange, flag: Position, *, safe: bool) -> Report:
    """The report of a change that something was done about; `safe` if nothing is left to do."""
    at = change.changed_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    done = _SAFE if safe else _AWAITING.format(flag=flag_percent(flag.deployed.document))
    text = f"{change.alarm_name} went to {change.state} at {at}.\n\n{done}\n\nSee {_RUNBOOK}"
    return Report(f"Rolled back: {change.alarm_name}"[:_LONGEST_SUBJECT], text)
