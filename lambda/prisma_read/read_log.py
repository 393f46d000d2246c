"""What prisma-read tells of its reads: only failures, for the caller counts the reads and measures them.

No metric is in these lines. A failure counts where a user met it, in mock-read's Errors and Fallbacks.
"""

from typing import Final

from shared.event_log import EventLog
from shared.read_facts import Invocation

PRISMA_ERROR: Final = "PRISMA-ERROR"


class ReadLog(EventLog):
    """No method ever raises."""

    def read_failed(self, invocation: Invocation, *, user_id: str, code: str, duration_ms: float) -> None:
        """`[PRISMA-ERROR]` of a read."""
        duration = round(duration_ms, 3)
        fields = {"userId": user_id, "code": code, "duration": duration}
        text = f"userId: '{user_id}', code: '{code}', duration: {duration}"
        self.emit(invocation, PRISMA_ERROR, text, fields, [])

    def request_refused(self, invocation: Invocation, *, code: str) -> None:
        """`[PRISMA-ERROR]` of an event that asks for no user; nothing of it is repeated."""
        self.emit(invocation, PRISMA_ERROR, f"code: '{code}'", {"code": code}, [])

    def start_failed(self, *, code: str, duration_ms: float) -> None:
        """`[PRISMA-ERROR]` of a cold start that could not connect; the first read will."""
        duration = round(duration_ms, 3)
        fields = {"phase": "init", "code": code, "duration": duration}
        text = f"phase: 'init', code: '{code}', duration: {duration}"
        self.emit(Invocation(request_id="", cold_start=True), PRISMA_ERROR, text, fields, [])
