"""Log groups in memory, to which lines come whenever a test says so."""

import heapq
import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from playbook.log_reader import LogEvent
from tests.playbook.judged import NAMES
from tests.playbook.log_lines import START_MS, Line

READS: Final = f"/aws/lambda/{NAMES.mock_read_function}"
COMPARISONS: Final = f"/aws/lambda/{NAMES.prisma_shadow_function}"


class FakeLogs:
    """Answers as CloudWatch Logs does: in the order of the events' own time, each with an id of its own."""

    def __init__(self) -> None:
        self._events: defaultdict[str, list[LogEvent]] = defaultdict(list)
        self._number = 0
        self.asked: list[tuple[str, int, int]] = []

    def put(self, *lines: Line) -> None:
        """Each into the group of the function that writes such a line."""
        for line in lines:
            group = COMPARISONS if line["function"] == NAMES.prisma_shadow_function else READS
            self.put_message(group, json.dumps(line), at_ms=line["_aws"]["Timestamp"] - START_MS)

    def put_message(self, group: str, message: str, *, at_ms: int = 0) -> None:
        self._number += 1
        self._events[group].append(LogEvent(START_MS + at_ms, f"event-{self._number}", message))

    def events(self, log_group: str, start_ms: int, end_ms: int) -> Iterator[LogEvent]:
        self.asked.append((log_group, start_ms, end_ms))
        found = [event for event in self._events[log_group] if start_ms <= event.time_ms <= end_ms]
        return iter(heapq.nsmallest(len(found), found, key=lambda event: event.time_ms))
