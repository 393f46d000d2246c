"""What the comparator tells of its comparisons, a line of `event_log` each.

How they are counted:

- Of a sampled read one comparison counts, in ShadowComparisons and in ShadowMismatches as 0 or 1, and ShadowLatency is
  what the other path took. Comparisons by ShadowRequests are the coverage.
- ShadowErrors counts attempts that failed. A batch that Lambda delivers again is a second attempt, so a read may
  count here and, later, as a comparison.
- ShadowSkipped counts lines that were not to be compared, each time they are delivered; `code` says why.

`requestId` is the read's, as in mock-read's lines, except of skipped lines, where it is the comparator's own.
"""

from dataclasses import dataclass
from typing import Any, Final

from prisma_read.shadow_line import ShadowRequest
from shared.comparison import Difference
from shared.event_log import BY_ENVIRONMENT, EventLog, directive
from shared.names import LogToken, Metric
from shared.read_facts import Invocation

_DIFF: Final = (directive(BY_ENVIRONMENT, Metric.SHADOW_COMPARISONS, Metric.SHADOW_MISMATCHES, Metric.SHADOW_LATENCY),)
_ERROR: Final = (directive(BY_ENVIRONMENT, Metric.SHADOW_ERRORS),)
_SKIPPED: Final = (directive(BY_ENVIRONMENT, Metric.SHADOW_SKIPPED),)


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherRead:
    """The read by the path that did not serve; `duration_ms` ends with its answer or failure."""

    path: str
    duration_ms: float


class ShadowTelemetry(EventLog):
    """No method ever raises."""

    def compared(
        self, invocation: Invocation, request: ShadowRequest, other: OtherRead, differences: list[Difference]
    ) -> None:
        """`[SHADOW-DIFF]`, with a match or without."""
        fields = _fields(request, other)
        match = not differences
        fields |= {
            "match": match,
            "diffs": [{"path": difference.path, "kind": difference.kind} for difference in differences],
            Metric.SHADOW_COMPARISONS: 1,
            Metric.SHADOW_MISMATCHES: 0 if match else 1,
            Metric.SHADOW_LATENCY: fields["duration"],
        }
        text = f"userId: '{request.user_id}', match: {str(match).lower()}"
        self.emit(invocation, LogToken.SHADOW_DIFF, text, fields, _DIFF)

    def failed(self, invocation: Invocation, request: ShadowRequest, other: OtherRead, *, code: str) -> None:
        """`[SHADOW-ERROR]`: the other path could not answer."""
        fields = _fields(request, other) | {"code": code, Metric.SHADOW_ERRORS: 1}
        self.emit(invocation, LogToken.SHADOW_ERROR, f"userId: '{request.user_id}', code: '{code}'", fields, _ERROR)

    def skipped(self, invocation: Invocation, *, code: str, count: int) -> None:
        """`[SHADOW-SKIPPED]`: so many lines of a batch, for one reason."""
        fields = {"code": code, Metric.SHADOW_SKIPPED: count}
        self.emit(invocation, LogToken.SHADOW_SKIPPED, f"code: '{code}', count: {count}", fields, _SKIPPED)


def _fields(request: ShadowRequest, other: OtherRead) -> dict[str, Any]:
    return {
        "userId": request.user_id,
        "requestId": request.request_id,
        "servedPath": request.served_by,
        "comparedPath": other.path,
        "duration": round(other.duration_ms, 3),
    }
