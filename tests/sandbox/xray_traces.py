"""Segment documents and traces for the tests of X-Ray's parts."""

import json
from typing import Any

from sandbox.xray_documents import SegmentDocument, accept
from sandbox.xray_facts import TraceFacts, facts_of
from sandbox.xray_invocation import Invocation, Span
from sandbox.xray_trace import compiled

BEGAN = 1_700_000_000.0
TRACE_ID = f"1-{int(BEGAN):08x}-0123456789abcdef01234567"
ARN = "arn:aws:lambda:us-east-1:000000000000:function:reader:live"


def segment(
    identifier: str, name: str, *, begin: float = 0.0, end: float | None = 1.0, **fields: Any
) -> dict[str, Any]:
    """A segment, `begin` and `end` seconds into the trace; in progress without an end. The id is filled up."""
    ended = {"in_progress": True} if end is None else {"end_time": BEGAN + end}
    document = {"id": filled(identifier), "name": name, "trace_id": TRACE_ID, "start_time": BEGAN + begin, **ended}
    return {**document, **_filled_parent(fields)}


def subsegment(
    identifier: str, name: str, parent: str, *, begin: float = 0.0, end: float | None = 1.0, **fields: Any
) -> dict[str, Any]:
    """A subsegment that is sent separately."""
    return segment(identifier, name, begin=begin, end=end, type="subsegment", parent_id=filled(parent), **fields)


def embedded(identifier: str, name: str, *, begin: float = 0.0, end: float = 1.0, **fields: Any) -> dict[str, Any]:
    """A subsegment inside its parent's document."""
    document = segment(identifier, name, begin=begin, end=end, **fields)
    del document["trace_id"]
    return document


def filled(identifier: str) -> str:
    return identifier.rjust(16, "0")


def _filled_parent(fields: dict[str, Any]) -> dict[str, Any]:
    return {**fields, "parent_id": filled(fields["parent_id"])} if "parent_id" in fields else fields


def sent(*documents: dict[str, Any]) -> list[SegmentDocument]:
    return [accept(json.dumps(document)) for document in documents]


def trace(*documents: dict[str, Any]) -> TraceFacts:
    """What is indexed of these documents."""
    facts = facts_of(TRACE_ID, compiled([], sent(*documents)))
    assert facts
    return facts


def invocation(*, begin: float = 0.0, seconds: float = 1.0, pace: float = 1.0, **fields: Any) -> Invocation:
    """One that began `begin` wall seconds after monotonic 100, while playbook time ran at `pace`."""
    span = Span(100 + begin, 100 + begin + seconds)
    began_at = BEGAN + begin * pace
    values: dict[str, Any] = {
        "trace_id": TRACE_ID, "parent_id": None, "service_segment_id": "a" * 16, "function_segment_id": "b" * 16,
        "invoke_id": "c" * 16, "request_id": "request-1", "function_arn": ARN, "began_at": began_at,
        "ended_at": began_at + seconds * pace, "span": span, "invoke": span, **fields,
    }  # fmt: skip
    return Invocation(**values)
