"""What prisma-read tells of its reads, a line a read.

Each read counts once in Requests, and in Errors if it failed, by function and version alone: that is what tells a bad
version of this function while few reads reach it. What users met is counted by path, in mock-read. A request that was
refused is a failure here, for mock-read asks for nothing that is none. A probe counts nowhere.
"""

from typing import Any, Final

from shared.event_log import BY_VERSION, EventLog, directive
from shared.names import LogToken, Metric
from shared.read_facts import Invocation

PRISMA_READ: Final = "PRISMA-READ"
PRISMA_ERROR: Final = "PRISMA-ERROR"

_COUNTED: Final = (directive(BY_VERSION, Metric.REQUESTS, Metric.ERRORS),)


class ReadLog(EventLog):
    """No method ever raises."""

    def read_answered(self, invocation: Invocation, *, user_id: str, duration_ms: float) -> None:
        """`[PRISMA-READ]` of a read, also of one that found no such user."""
        duration = round(duration_ms, 3)
        fields = {"userId": user_id, "duration": duration, Metric.REQUESTS: 1, Metric.ERRORS: 0}
        self.emit(invocation, PRISMA_READ, f"userId: '{user_id}', duration: {duration}", fields, _COUNTED)

    def read_failed(self, invocation: Invocation, *, user_id: str, code: str, duration_ms: float) -> None:
        """`[PRISMA-ERROR]` of a read."""
        duration = round(duration_ms, 3)
        fields = {"userId": user_id, "code": code, "duration": duration, Metric.REQUESTS: 1, Metric.ERRORS: 1}
        text = f"userId: '{user_id}', code: '{code}', duration: {duration}"
        self.emit(invocation, PRISMA_ERROR, text, fields, _COUNTED)

    def request_refused(self, invocation: Invocation, *, code: str) -> None:
        """`[PRISMA-ERROR]` of an event that asks for no user; nothing of it is repeated."""
        fields = {"code": code, Metric.REQUESTS: 1, Metric.ERRORS: 1}
        self.emit(invocation, PRISMA_ERROR, f"code: '{code}'", fields, _COUNTED)

    def probed(self, invocation: Invocation, *, status: int, code: str | None) -> None:
        """`[PROBE]`: a read that no user asked for."""
        fields: dict[str, Any] = {"status": status} if code is None else {"status": status, "code": code}
        text = f"status: {status}" if code is None else f"status: {status}, code: '{code}'"
        self.emit(invocation, LogToken.PROBE, text, fields, [])

    def start_failed(self, *, code: str, duration_ms: float) -> None:
        """`[PRISMA-ERROR]` of a cold start that could not connect; the first read will."""
        duration = round(duration_ms, 3)
        fields = {"phase": "init", "code": code, "duration": duration}
        text = f"phase: 'init', code: '{code}', duration: {duration}"
        self.emit(Invocation(request_id="", cold_start=True), PRISMA_ERROR, text, fields, [])
