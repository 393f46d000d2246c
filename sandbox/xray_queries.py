"""Which traces a request is about: time ranges of each kind, and pages.

https://docs.aws.amazon.com/xray/latest/devguide/xray-api-gettingdata.html#xray-api-traces
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from sandbox.aws_api import AwsError
from sandbox.xray_documents import trace_time
from sandbox.xray_facts import TraceFacts
from sandbox.xray_filter import Predicate
from sandbox.xray_store import StoredTrace, TraceStore

MOST_SUMMARIES: Final = 1000
"""Of one page; AWS does not say how many are on its own."""


@dataclass(frozen=True)
class TimeRange:
    """[start, end) in epoch seconds."""

    start: float
    end: float

    def __contains__(self, epoch_seconds: float) -> bool:
        return self.start <= epoch_seconds < self.end


def _by_id(trace: StoredTrace, span: TimeRange) -> float | None:
    """The time in the trace's id, if it is in the range."""
    began = trace_time(trace.trace_id)
    return began if began in span else None


def _by_event(trace: StoredTrace, span: TimeRange) -> float | None:
    """When the trace was last active in the range."""
    facts = trace.facts()
    if facts is None or facts.began_at >= span.end or facts.ended_at < span.start:
        return None
    return min(facts.ended_at, span.end)


def _by_service(trace: StoredTrace, span: TimeRange) -> float | None:
    """The last end of a segment in the range."""
    facts = trace.facts()
    ends = [each.ended_at for each in facts.segments if each.ended_at and each.ended_at in span] if facts else []
    return max(ends, default=None)


TIME_RANGE_TYPES: Final[dict[str, Callable[[StoredTrace, TimeRange], float | None]]] = {
    "TraceId": _by_id,
    "Event": _by_event,
    "Service": _by_service,
}


@dataclass(frozen=True)
class Page:
    """`found` are the latest first; `processed` counts those that were looked at."""

    found: list[tuple[StoredTrace, TraceFacts]]
    processed: int
    next_token: str | None


def page(
    store: TraceStore, span: TimeRange, range_type: str, matches: Predicate, token: str | None, *, most: int
) -> Page:
    """One page, the latest traces first. Raises `AwsError` for a token that is none of ours.

    What comes in meanwhile changes nothing for the pages that follow, unless it is older than they are.
    """
    before = _position(token) if token else None
    time_of = TIME_RANGE_TYPES[range_type]
    candidates = sorted(
        (
            (at, trace.number, trace)
            for trace in store.all()
            if (at := time_of(trace, span)) is not None and (before is None or (at, trace.number) < before)
        ),
        key=lambda each: each[:2],
        reverse=True,
    )
    found: list[tuple[StoredTrace, TraceFacts]] = []
    for processed, (at, number, trace) in enumerate(candidates, start=1):
        facts = trace.facts()
        if facts and matches(facts):
            found.append((trace, facts))
        if len(found) == most and processed < len(candidates):
            return Page(found, processed, f"{at!r}/{number}")
    return Page(found, len(candidates), None)


def begun_in(store: TraceStore, span: TimeRange, matches: Predicate) -> Iterator[TraceFacts]:
    """The traces that began in the range, by what their segments say."""
    for trace in store.all():
        facts = trace.facts()
        if facts and facts.began_at in span and matches(facts):
            yield facts


def _position(token: str) -> tuple[float, int]:
    at, _, number = token.partition("/")
    try:
        return float(at), int(number)
    except ValueError:
        raise AwsError("InvalidRequestException", "The NextToken is invalid.") from None
