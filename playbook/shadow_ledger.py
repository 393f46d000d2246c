"""Which sampled reads were compared, joined by request id, in memory that does not grow with the reads.

The log's bus delivers a line late, twice or not at all, so requests and comparisons are matched one by one. All lines
of one read come within minutes: the comparator skips what is older than five. So only the reads of the last minutes are
remembered by their ids; of all others, the counts.
"""

from collections import Counter
from enum import IntFlag
from typing import Final

from playbook.evidence import ShadowEvidence
from playbook.latencies import LatencyDistribution

# Two lines of one read are at most so far apart: the comparator's limit of five minutes, and room for its own time.
REMEMBERED_MS: Final = 10 * 60 * 1000


class Seen(IntFlag):
    """What the lines of one read told."""

    SAMPLED = 1
    COMPARED = 2
    MISMATCHING = 4
    FAILED = 8


class ShadowLedger:
    """Takes what the lines tell, in any order within `REMEMBERED_MS`, and by time beyond it."""

    def __init__(self) -> None:
        self._recent: dict[str, int] = {}
        self._older: dict[str, int] = {}
        self._recent_since_ms: int | None = None
        # How many reads, no longer known by their ids, were seen to be what.
        self._settled: Counter[int] = Counter()

    def note(self, request_id: str, seen: Seen, time_ms: int) -> None:
        """A line of that time (epoch milliseconds) told this of a read."""
        if self._recent_since_ms is None:
            self._recent_since_ms = time_ms
        elif time_ms >= self._recent_since_ms + REMEMBERED_MS:
            self._settled.update(self._older.values())
            self._older, self._recent = self._recent, {}
            self._recent_since_ms = time_ms
        reads = self._older if request_id in self._older else self._recent
        reads[request_id] = reads.get(request_id, 0) | int(seen)

    def evidence(self, latencies: LatencyDistribution) -> ShadowEvidence:
        """The counts so far. A read that was not seen to be sampled does not count: it belongs to an earlier step."""
        reads = self._settled + Counter(self._older.values()) + Counter(self._recent.values())

        def count(seen: Seen) -> int:
            wanted = Seen.SAMPLED | seen
            return sum(number for told, number in reads.items() if told & wanted == wanted)

        return ShadowEvidence(
            sampled=count(Seen.SAMPLED),
            compared=count(Seen.COMPARED),
            mismatching=count(Seen.MISMATCHING),
            failed=count(Seen.FAILED),
            latencies=latencies,
        )
