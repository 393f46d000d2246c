"""A trace, compiled from what its services sent: everything at its place, and time at one pace. Pure.

https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sandbox.xray_documents import Document, SegmentDocument, family
from sandbox.xray_invocation import Invocation, segments

_OF_A_SEPARATE_SUBSEGMENT: Final = ("type", "trace_id", "parent_id")
_OF_AN_INFERRED_SEGMENT: Final = (
    "name",
    "start_time",
    "end_time",
    "http",
    "aws",
    "error",
    "fault",
    "throttle",
    "cause",
)


def compiled(invocations: Sequence[Invocation], documents: Iterable[SegmentDocument]) -> list[Document]:
    """The trace's segments, the earliest first.

    A subsegment that was sent separately stands in its parent, or by itself while that is missing. A complete document
    replaces the one of an operation in progress. A call to a service that sent nothing makes an inferred segment.

    Time in a trace runs at the wall's pace from the playbook time at which its first invocation began, so durations
    are those that were measured.
    """
    roots, separate = _by_kind(invocations, documents)
    nodes: dict[str, Document] = {}
    for document in (*roots.values(), *separate.values()):
        for node in family(document):
            nodes[node["id"]] = node
    orphans = [subsegment for subsegment in separate.values() if not _placed(subsegment, nodes)]
    _keep_one_pace(invocations, nodes)
    found = [*roots.values(), *orphans]
    found += _inferred(found, nodes.values())
    return sorted(found, key=_start)


def _start(document: Document) -> float:
    return float(document["start_time"])


def _by_kind(
    invocations: Sequence[Invocation], documents: Iterable[SegmentDocument]
) -> tuple[dict[str, Document], dict[str, Document]]:
    roots: dict[str, Document] = {}
    separate: dict[str, Document] = {}
    for sent in documents:
        document = sent.read()
        kind = separate if document.get("type") == "subsegment" else roots
        earlier = kind.get(document["id"])
        if earlier is None or earlier.get("in_progress"):
            kind[document["id"]] = document
    for invocation in invocations:
        for segment in segments(invocation, zero=_zero(invocations)):
            roots[segment["id"]] = segment
    return roots, separate


def _zero(invocations: Sequence[Invocation]) -> float:
    """The playbook time at which the monotonic clock showed 0, had it always run at the wall's pace."""
    first = invocations[0] if len(invocations) == 1 else min(invocations, key=lambda each: each.span.began)
    return first.began_at - first.span.began


def _placed(subsegment: Document, nodes: Mapping[str, Document]) -> bool:
    parent = nodes.get(subsegment["parent_id"])
    if parent is None or _is_below(subsegment, parent):
        return False
    # It may have been announced there.
    siblings = [each for each in parent.get("subsegments", ()) if each["id"] != subsegment["id"]]
    parent["subsegments"] = [*siblings, subsegment]
    for field in _OF_A_SEPARATE_SUBSEGMENT:
        del subsegment[field]
    return True


def _is_below(subsegment: Document, parent: Document) -> bool:
    """Whether `parent` is the subsegment itself or hangs under it."""
    return any(each is parent for each in family(subsegment))


def _keep_one_pace(invocations: Sequence[Invocation], nodes: Mapping[str, Document]) -> None:
    """Move what handlers sent, stamped with playbook time, to the timeline of the trace."""
    for invocation in invocations:
        if invocation.pace == 1 or invocation.invoke is None:
            continue
        began = _zero(invocations) + invocation.span.began
        _own, *sent = family(nodes[invocation.invoke_id])
        for each in sent:
            for field in ("start_time", "end_time"):
                if field in each:
                    each[field] = began + (each[field] - invocation.began_at) / invocation.pace


def _inferred(documents: Sequence[Document], nodes: Iterable[Document]) -> list[Document]:
    """A segment for each call of which nothing but the caller's side is known."""
    calls = [node for node in nodes if node.get("namespace") in ("aws", "remote") and not _is_traced(node)]
    if not calls:
        return []
    trace_id = documents[0]["trace_id"]
    answered = {document.get("parent_id") for document in documents}
    return [_inferred_from(call, trace_id) for call in calls if call["id"] not in answered]


def _is_traced(call: Document) -> bool:
    """Whether the service that was called says that it sends its own segment."""
    request: Any = call.get("http", {}).get("request", {})
    return isinstance(request, dict) and request.get("traced") is True


def _inferred_from(call: Document, trace_id: str) -> Document:
    segment: Document = {field: call[field] for field in _OF_AN_INFERRED_SEGMENT if field in call}
    if call["namespace"] == "aws":
        # A table has a type of its own, and so is told apart from the service.
        segment["origin"] = f"AWS::{call['name']}" + ("::Table" if "table_name" in call.get("aws", {}) else "")
    if call.get("in_progress"):
        segment["in_progress"] = True
    identifier = hashlib.blake2s(f"{trace_id}/{call['id']}".encode(), digest_size=8).hexdigest()
    return {**segment, "id": identifier, "trace_id": trace_id, "parent_id": call["id"], "inferred": True}
