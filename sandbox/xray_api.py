"""X-Ray's API for traces: sending them, finding them, and the graph of the services that they went through.

https://docs.aws.amazon.com/xray/latest/api/API_Operations.html. Groups and sampling rules are `xray_settings.py`'s.
"""

import json
import logging
from collections.abc import Callable
from typing import Any, Final

from sandbox.aws_api import AwsError, Extension, Operation, rest_operations
from sandbox.ministack_internals import account_id, region
from sandbox.xray_documents import UnprocessedSegmentError, accept
from sandbox.xray_filter import Groups, Predicate, predicate
from sandbox.xray_filter_syntax import FilterExpressionError
from sandbox.xray_invocation import Invocation
from sandbox.xray_queries import MOST_SUMMARIES, TIME_RANGE_TYPES, TimeRange, begun_in, page
from sandbox.xray_service_graph import service_graph
from sandbox.xray_settings import XRaySettings
from sandbox.xray_store import StoredTrace, TraceStore
from sandbox.xray_summary import summary

Document = dict[str, Any]

MOST_TRACE_IDS: Final = 5
"""Of one BatchGetTraces."""
LONGEST_GRAPH_SECONDS: Final = 6 * 60 * 60

_logger = logging.getLogger(__name__)


class XRay:
    """The traces of each account and region. `send` and `record` are safe to call on any thread."""

    def __init__(self, settings: XRaySettings, now: Callable[[], float]) -> None:
        self._settings = settings
        self._now = now
        self._stores: dict[tuple[str, str], TraceStore] = {}

    def extension(self) -> Extension:
        operations: dict[str, Operation] = {
            "/TraceSegments": self._put_trace_segments,
            "/TelemetryRecords": lambda _request: {},
            "/Traces": self._batch_get_traces,
            "/TraceSummaries": self._get_trace_summaries,
            "/ServiceGraph": self._get_service_graph,
            "/TraceGraph": self._get_trace_graph,
        }
        return rest_operations(operations, slow=True)

    def store(self, account: str, region_name: str) -> TraceStore:
        return self._stores.setdefault((account, region_name), TraceStore())

    def begin(self, trace_id: str) -> None:
        """Let a trace of the account and region at hand begin, before its function sends anything."""
        self._here().begin(trace_id)

    def end(self, invocation: Invocation) -> None:
        """Take what Lambda sends of an invocation, in the account and region at hand."""
        self._here().add(invocation)

    def send(self, text: bytes | str, store: TraceStore) -> Document | None:
        """Take a document, or return why it was not processed."""
        try:
            store.add(accept(text))
        except UnprocessedSegmentError as error:
            named = {"Id": error.segment_id} if error.segment_id else {}
            return {**named, "ErrorCode": error.code, "Message": str(error)}
        return None

    def send_from_daemon(self, text: bytes) -> None:
        """Take a document that says neither account nor region: they are its trace's, or else the sandbox's own."""
        try:
            document = accept(text)
        except UnprocessedSegmentError as error:
            _logger.warning("a segment was dropped: %s", error)
            return
        stores = (store for store in tuple(self._stores.values()) if document.trace_id in store)
        (next(stores, None) or self._here()).add(document)

    def index_some(self) -> bool:
        """Prepare for questions while there is nothing else to do; returns whether more is left."""
        more = [store.index_some() for store in tuple(self._stores.values())]
        return any(more)

    def _here(self) -> TraceStore:
        return self.store(account_id(), region())

    def _put_trace_segments(self, request: Document) -> Document:
        documents = request.get("TraceSegmentDocuments")
        if not isinstance(documents, list):
            raise _invalid("TraceSegmentDocuments is missing.")
        store = self._here()
        return {"UnprocessedTraceSegments": [refused for text in documents if (refused := self.send(text, store))]}

    def _batch_get_traces(self, request: Document) -> Document:
        found, unprocessed = self._named_traces(request, most=MOST_TRACE_IDS)
        return {"Traces": [_full(trace) for trace in found], "UnprocessedTraceIds": unprocessed}

    def _get_trace_graph(self, request: Document) -> Document:
        found, _ = self._named_traces(request, most=None)
        facts = [facts for trace in found if (facts := trace.facts())]
        return {"Services": service_graph(facts, account_id=account_id())}

    def _named_traces(self, request: Document, most: int | None) -> tuple[list[StoredTrace], list[str]]:
        """The traces, and the ids of which nothing is known."""
        trace_ids = request.get("TraceIds")
        if not isinstance(trace_ids, list) or not trace_ids:
            raise _invalid("TraceIds is missing.")
        if most is not None and len(trace_ids) > most:
            raise _invalid(f"The number of TraceIds is greater than {most}.")
        store = self._here()
        known = {trace_id: store.get(trace_id) for trace_id in trace_ids}
        return [trace for trace in known.values() if trace], [name for name, trace in known.items() if not trace]

    def _get_trace_summaries(self, request: Document) -> Document:
        span = _time_range(request)
        range_type = request.get("TimeRangeType", "TraceId")
        if range_type not in TIME_RANGE_TYPES:
            raise _invalid(f"TimeRangeType is none of {', '.join(TIME_RANGE_TYPES)}.")
        if request.get("Sampling") or request.get("SamplingStrategy"):
            raise _invalid("The sandbox does not sample trace summaries.")
        matches = self._predicate(request.get("FilterExpression", ""))
        found = page(self._here(), span, range_type, matches, request.get("NextToken"), most=MOST_SUMMARIES)
        account = account_id()
        return {
            "TraceSummaries": [
                summary(facts, account_id=account, revision=trace.revision) for trace, facts in found.found
            ],
            "ApproximateTime": self._now(),
            "TracesProcessedCount": found.processed,
            **({"NextToken": found.next_token} if found.next_token else {}),
        }

    def _get_service_graph(self, request: Document) -> Document:
        span = _time_range(request)
        if span.end - span.start > LONGEST_GRAPH_SECONDS:
            raise _invalid("Time range cannot be longer than 6 hours")
        expression = ""
        if request.get("GroupName") or request.get("GroupARN"):
            expression = self._settings.group(request)["FilterExpression"]
        traces = begun_in(self._here(), span, self._predicate(expression))
        return {
            "StartTime": span.start,
            "EndTime": span.end,
            "Services": service_graph(traces, account_id=account_id()),
            "ContainsOldGroupVersions": False,
        }

    def _predicate(self, expression: str) -> Predicate:
        groups = {
            group["GroupName"]: (group["GroupARN"], group["FilterExpression"]) for group in self._settings.groups()
        }
        try:
            return predicate(expression, account_id=account_id(), groups=Groups(groups))
        except FilterExpressionError as error:
            raise _invalid(str(error)) from None


def _full(trace: StoredTrace) -> Document:
    facts = trace.facts()
    return {
        "Id": trace.trace_id,
        "Duration": round(facts.duration_s, 3) if facts else 0.0,
        "LimitExceeded": trace.limit_exceeded,
        "Segments": [{"Id": segment["id"], "Document": json.dumps(segment)} for segment in trace.segments()],
    }


def _time_range(request: Document) -> TimeRange:
    start, end = request.get("StartTime"), request.get("EndTime")
    if not isinstance(start, int | float) or not isinstance(end, int | float):
        raise _invalid("StartTime and EndTime are required.")
    if start >= end:
        raise _invalid("StartTime must be before EndTime.")
    return TimeRange(start, end)


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidRequestException", message)
