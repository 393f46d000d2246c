"""What the go/no-go comes to: an outcome, and for each check the reason with its arithmetic."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class Outcome(IntEnum):
    """From the best to the worst; of several the worst counts."""

    GO = 0
    HOLD = 1
    INVESTIGATE = 2
    ROLLBACK = 3


class CheckName(StrEnum):
    """The rows of the table."""

    CANARY_ERROR_RATE = "canary error rate"
    CANARY_P95 = "canary p95"
    SHADOW_DIFFS = "shadow diffs"
    SHADOW_ERRORS = "shadow errors"
    SHADOW_P95 = "shadow p95"
    SHADOW_COVERAGE = "shadow coverage"
    ALARMS = "alarms"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One row. `reason` is for people and holds its arithmetic; `figures` are the same numbers, exact, by name.

    A figure is None where there is none: no such read, no such bound, or a number of reads that never comes.
    """

    name: CheckName
    outcome: Outcome
    reason: str
    figures: Mapping[str, float | None] = field(hash=False)


@dataclass(frozen=True)
class Verdict:
    """All checks, in the table's order; there is at least one."""

    checks: tuple[Check, ...]

    @property
    def outcome(self) -> Outcome:
        return max(check.outcome for check in self.checks)

    @property
    def decisive(self) -> tuple[Check, ...]:
        """The checks that made the outcome what it is."""
        return tuple(check for check in self.checks if check.outcome is self.outcome)
