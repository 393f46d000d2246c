"""What X-Ray indexes of a trace: for summaries, filter expressions and the service graph. Pure.

https://docs.aws.amazon.com/xray/latest/api/API_TraceSummary.html says what of it comes from the root segment alone.

The values are tuples, for there are hundreds of thousands of them.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sandbox.xray_documents import Document, family

MOST_ANNOTATIONS: Final = 50
"""Of one trace."""

AnnotationValue = bool | int | float | str


class Service(NamedTuple):
    """A node of the service map. `type` is a resource's or service's type, `remote`, or None if nobody said."""

    name: str
    type: str | None

    def document(self, account_id: str) -> Document:
        typed = {"Type": self.type} if self.type else {}
        return {"Name": self.name, "Names": [self.name], "AccountId": account_id, **typed}


class Http(NamedTuple):
    url: str | None = None
    status: int | None = None
    method: str | None = None
    user_agent: str | None = None
    client_ip: str | None = None


NO_HTTP: Final = Http()


class SegmentFacts(NamedTuple):
    """A segment, or the connection that led to it. Times are epoch seconds; `ended_at` is None while in progress."""

    service: Service
    began_at: float
    ended_at: float | None
    error: bool
    fault: bool
    throttle: bool
    http: Http
    inferred: bool
    root: bool
    user: str | None = None
    resource_arn: str | None = None
    instance_id: str | None = None
    availability_zone: str | None = None

    @property
    def ok(self) -> bool:
        return not (self.error or self.fault or self.throttle)

    @property
    def duration_s(self) -> float:
        return max(0.0, (self.ended_at or self.began_at) - self.began_at)


class EdgeFacts(NamedTuple):
    """A call from one service to another: as the caller saw it where it said so, else as the other did."""

    source: Service
    destination: Service
    call: SegmentFacts


class Annotation(NamedTuple):
    value: AnnotationValue
    service: Service


class TraceFacts(NamedTuple):
    """`segments` begin with the root."""

    trace_id: str
    began_at: float
    ended_at: float
    segments: tuple[SegmentFacts, ...]
    edges: tuple[EdgeFacts, ...]
    annotations: Mapping[str, tuple[Annotation, ...]]

    @property
    def root(self) -> SegmentFacts:
        return self.segments[0]

    @property
    def throttle(self) -> bool:
        return any(segment.throttle for segment in self.segments)

    @property
    def partial(self) -> bool:
        return any(segment.ended_at is None for segment in self.segments)

    @property
    def duration_s(self) -> float:
        return self.ended_at - self.began_at


def facts_of(trace_id: str, documents: Sequence[Document]) -> TraceFacts | None:
    """What is indexed of a compiled trace, or None if there is no segment yet, only subsegments."""
    owners: dict[str, Document] = {}
    facts: dict[str, SegmentFacts] = {}
    annotations: dict[str, tuple[Annotation, ...]] = {}
    for root in documents:
        if root.get("type") == "subsegment":
            continue
        segment = facts[root["id"]] = _segment(root)
        for each in family(root):
            owners[each["id"]] = root
            if "annotations" in each:
                _add_annotations(annotations, each["annotations"], segment.service)
    if not facts:
        return None
    edges: list[EdgeFacts] = []
    first: str | None = None
    for root in documents:
        owner = owners.get(root.get("parent_id", ""))
        if root["id"] not in facts:
            continue
        if owner:
            callee = facts[root["id"]]
            edges.append(EdgeFacts(facts[owner["id"]].service, callee.service, _call(root, owner) or callee))
        elif first is None:
            first = root["id"]
    root_segment = facts.pop(first or next(iter(facts)))._replace(root=True)
    segments = (root_segment, *facts.values())
    return TraceFacts(
        trace_id=trace_id,
        began_at=min([segment.began_at for segment in segments]),
        ended_at=max([segment.ended_at or segment.began_at for segment in segments]),
        segments=segments,
        edges=tuple(edges),
        annotations=annotations,
    )


@lru_cache(maxsize=1024)
def _service(name: str, kind: str | None) -> Service:
    return Service(name, kind)


def _segment(document: Document) -> SegmentFacts:
    http = _http(document["http"]) if "http" in document else NO_HTTP
    status = http.status or 0
    aws = document.get("aws") or {}
    machine = aws["ec2"] if isinstance(aws.get("ec2"), dict) else {}
    inferred = document.get("inferred") is True
    # A table is a node of its own; its segment bears the name of the service.
    name = aws["table_name"] if inferred and "table_name" in aws else document["name"]
    return SegmentFacts(
        service=_service(name, document.get("origin") or ("remote" if inferred else None)),
        began_at=document["start_time"],
        ended_at=document.get("end_time"),
        error=document.get("error") is True or 400 <= status < 500,  # noqa: PLR2004 — HTTP's own
        fault=document.get("fault") is True or status >= 500,  # noqa: PLR2004 — HTTP's own
        throttle=document.get("throttle") is True or status == 429,  # noqa: PLR2004 — HTTP's own
        http=http,
        inferred=inferred,
        root=False,
        user=document.get("user"),
        resource_arn=document.get("resource_arn") or aws.get("function_arn"),
        instance_id=machine.get("instance_id"),
        availability_zone=machine.get("availability_zone"),
    )


def _http(document: Document) -> Http:
    request, response = document.get("request") or {}, document.get("response") or {}
    status = response.get("status")
    return Http(
        request.get("url"), status if isinstance(status, int) else None, request.get("method"),
        request.get("user_agent"), request.get("client_ip"),
    )  # fmt: skip


def _call(callee: Document, caller: Document) -> SegmentFacts | None:
    """The caller's side, if it is a subsegment for a call; a subsegment of the caller's own work says nothing of it."""
    for each in family(caller):
        if each["id"] == callee["parent_id"]:
            return _segment(each) if each is not caller and each.get("namespace") in ("aws", "remote") else None
    return None


def _add_annotations(found: dict[str, tuple[Annotation, ...]], sent: Mapping[str, Any], service: Service) -> None:
    for key, value in sent.items():
        full = len(found) >= MOST_ANNOTATIONS and key not in found
        if not full and isinstance(value, bool | int | float | str):
            annotation = Annotation(value, service)
            earlier = found.get(key, ())
            if annotation not in earlier or all(type(each.value) is not type(value) for each in earlier):
                found[key] = (*earlier, annotation)
