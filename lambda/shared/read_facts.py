"""What is known about a read once it is over; logs, metrics and traces tell the same facts."""

from dataclasses import dataclass

from shared.names import PATH_MOCK


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One call of the function. `cold_start` is true for an execution environment's first."""

    request_id: str
    cold_start: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFacts:
    """A read that was answered.

    `path` is the one chosen for it. `failure_code` None means that path answered; otherwise the candidate
    failed with this code and the mock answered. `duration_ms` is what the caller waited, both included.
    """

    user_id: str
    path: str
    duration_ms: float
    canary_enabled: bool
    failure_code: str | None = None

    @property
    def served_by(self) -> str:
        """The path whose answer the caller got."""
        return self.path if self.failure_code is None else PATH_MOCK
