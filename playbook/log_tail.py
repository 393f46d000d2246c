"""What the functions logged, as an operator reads it: in one order, a line an event, each line once.

Lines of the Lambda platform that say nothing here (START, END, REPORT, …) are left out; those that say much, such as a
time-out or a traceback, are kept.
"""

import heapq
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from playbook.log_reader import LogEvent, Logs
from playbook.recent_ids import RecentIds
from shared.names import LogToken

# prisma-read's own words, beside those that several functions write.
PRISMA_READ: Final = "PRISMA-READ"
PRISMA_ERROR: Final = "PRISMA-ERROR"
TOKENS: Final = (
    LogToken.MOCK_SUCCESS,
    LogToken.CANARY_SUCCESS,
    LogToken.CANARY_ERROR,
    LogToken.SHADOW_REQUEST,
    LogToken.SHADOW_DIFF,
    LogToken.SHADOW_ERROR,
    LogToken.SHADOW_SKIPPED,
    LogToken.FLAG_ERROR,
    LogToken.BAD_REQUEST,
    LogToken.PROBE,
    PRISMA_READ,
    PRISMA_ERROR,
)

# How late a line may come: CloudWatch Logs orders by the line's own time, not by its arrival.
LATE_MS: Final = 60_000
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html, and what extensions add.
_PLATFORM: Final = ("START RequestId", "END RequestId", "REPORT RequestId", "INIT_START", "EXTENSION\t", "TELEMETRY\t")


@dataclass(frozen=True, kw_only=True)
class LogLine:
    """`token` and `user_id` are None where the line does not tell, as in a traceback.

    `matched` is what a comparison came to; None for every other line.
    """

    at: datetime
    function_name: str
    text: str
    token: str | None = None
    user_id: str | None = None
    matched: bool | None = None


@dataclass(frozen=True, kw_only=True)
class LogFilter:
    """What is shown: with neither, everything; else only lines that tell what is asked for."""

    tokens: frozenset[str] = frozenset()
    user_id: str | None = None

    def shows(self, line: LogLine) -> bool:
        return (not self.tokens or line.token in self.tokens) and self.user_id in (None, line.user_id)


class LogTail:
    """What came since one last looked, of several functions. A line that comes late is told late, but told."""

    def __init__(self, logs: Logs, functions: Sequence[str], *, since_ms: int) -> None:
        self._logs = logs
        self._functions = functions
        self._first_ms = since_ms
        self._newest_ms = since_ms
        self._told = RecentIds(2 * LATE_MS)

    def new_lines(self, until_ms: int) -> Iterator[LogLine]:
        """By their time, up to `until_ms`. Raises what the logs raise; what was not told then is told the next time."""
        since_ms = max(self._first_ms, self._newest_ms - LATE_MS)
        found = heapq.merge(
            *(self._events(function_name, since_ms, until_ms) for function_name in self._functions),
            key=lambda item: item[1].time_ms,
        )
        for function_name, event in found:
            self._newest_ms = max(self._newest_ms, event.time_ms)
            if self._told.is_new(event.event_id, event.time_ms):
                line = parse_event(function_name, event)
                if line is not None:
                    yield line

    def _events(self, function_name: str, since_ms: int, until_ms: int) -> Iterator[tuple[str, LogEvent]]:
        for event in self._logs.events(f"/aws/lambda/{function_name}", since_ms, until_ms):
            yield function_name, event


def epoch_ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def parse_event(function_name: str, event: LogEvent) -> LogLine | None:
    """What an event tells; None where the platform says nothing of interest."""
    message = event.message.rstrip()
    at = datetime.fromtimestamp(event.time_ms / 1000, UTC)
    fields = _fields(message)
    if fields is None:
        silent = not message or message.startswith(_PLATFORM)
        return None if silent else LogLine(at=at, function_name=function_name, text=message)
    return LogLine(
        at=at,
        function_name=function_name,
        text=fields["message"],
        token=fields["event"],
        user_id=fields.get("userId"),
        matched=fields.get("match"),
    )


def _fields(message: str) -> dict[str, Any] | None:
    """Of a line of ours; None for every other, be it JSON or not."""
    try:
        fields = json.loads(message)
    except json.JSONDecodeError:
        return None
    return fields if isinstance(fields, dict) and {"message", "event"} <= fields.keys() else None
