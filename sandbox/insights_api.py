"""The operations of CloudWatch Logs Insights: StartQuery, GetQueryResults, StopQuery, DescribeQueries, GetLogRecord.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetQueryResults.html

A query sees the events that are stored when it is started, and runs on a thread of its own. The second that `endTime`
names belongs to it as a whole.
"""

import json
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox import insights_ministack
from sandbox.aws_api import JSON_1_1, AwsError, Extension, Proceed, Request, Response, error_response
from sandbox.clock import Clock
from sandbox.insights_checks import MOST_EVENTS, check
from sandbox.insights_events import discovered
from sandbox.insights_expressions import Window
from sandbox.insights_query import MalformedQueryError, Query
from sandbox.insights_run import CancelledError, Result, ResultRow, run
from sandbox.insights_syntax import parse
from sandbox.insights_values import shown_as_logged
from sandbox.ministack_internals import regional_store

Document = dict[str, Any]

_MOST_GROUPS: Final = 50
_MOST_A_PAGE: Final = 10_000
_MOST_DESCRIBED: Final = 1000
_LONGEST_QUERY: Final = 10_000
_GROUP_MEMBERS: Final = ("logGroupName", "logGroupNames", "logGroupIdentifiers")


class _RunningQuery:
    """A query that was started. Its thread changes it once, when it ends; a reader sees it before or after that."""

    def __init__(self, described: Document) -> None:
        self._described = described
        self._changing = threading.Lock()
        self._status = "Running"
        self._result = Result()
        self._duration_ms = 0

    def start(self, work: Callable[[], Result]) -> None:
        threading.Thread(target=self._run, args=[work], name="logs-insights", daemon=True).start()

    @property
    def status(self) -> str:
        return self._status

    @property
    def rows(self) -> tuple[ResultRow, ...]:
        return self._result.rows

    def stop(self) -> bool:
        """Whether it was still running."""
        with self._changing:
            if self._status != "Running":
                return False
            self._status = "Cancelled"
            return True

    def statistics(self) -> dict[str, float]:
        return {
            "recordsMatched": float(self._result.matched),
            "recordsScanned": float(self._result.scanned),
            "bytesScanned": float(self._result.scanned_bytes),
            "logGroupsScanned": float(len(self._described["groups"])),
            "resultCount": float(len(self._result.rows)),
            "estimatedRecordsSkipped": 0.0,
            "estimatedBytesSkipped": 0.0,
        }

    def described(self) -> Document:
        """Its entry in DescribeQueries; `groups` is the sandbox's own."""
        return {
            **self._described,
            "status": self._status,
            "queryDuration": self._duration_ms,
            "bytesScanned": float(self._result.scanned_bytes),
        }

    def _run(self, work: Callable[[], Result]) -> None:
        started = time.monotonic()
        try:
            result, status = work(), "Complete"
        except CancelledError:
            return
        except Exception:  # noqa: BLE001 — whatever ails a query is the query's end, and not its thread's alone
            result, status = Result(), "Failed"
        with self._changing:
            if self._status == "Running":
                self._duration_ms = int((time.monotonic() - started) * 1000)
                self._result, self._status = result, status


@dataclass(frozen=True)
class _Order:
    """What StartQuery asks for."""

    query: Query
    groups: tuple[str, ...]
    window: Window
    limit: int | None


class Insights:
    """The queries of each account and region."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_id = regional_store()

    def extension(self) -> Extension:
        operations = {
            "StartQuery": self._start,
            "GetQueryResults": self._results,
            "StopQuery": self._stop,
            "DescribeQueries": self._describe,
            "GetLogRecord": _log_record,
        }

        async def answer(request: Request, proceed: Proceed) -> Response:
            operation = operations.get(request.headers.get("x-amz-target", "").rpartition(".")[2])
            return _answer(operation, request) if operation else await proceed(request)

        return answer

    def _start(self, request: Document) -> Document:
        order = _order(request, int(self._clock.now() * 1000))
        window = order.window
        held = [
            events
            for group in order.groups
            for events in insights_ministack.held_events(group, window.start_ms, window.end_ms)
        ]
        query_id = str(uuid.uuid4())
        described = {
            "queryLanguage": "CWLI",
            "queryId": query_id,
            "queryString": request["queryString"],
            "createTime": window.now_ms,
            "logGroupName": order.groups[0],
            "groups": order.groups,
        }

        running = self._by_id[query_id] = _RunningQuery(described)

        def work() -> Result:
            events = insights_ministack.newest_first(held)
            return run(order.query, events, window, limit=order.limit, cancelled=lambda: running.status != "Running")

        running.start(work)
        return {"queryId": query_id}

    def _results(self, request: Document) -> Document:
        running = self._find(request)
        start = _offset(request)
        size = min(int(request.get("maxItems") or _MOST_A_PAGE), _MOST_A_PAGE)
        # Before its rows: a query that ends in between is still to be asked again.
        status = running.status
        rows = running.rows
        page = rows[start : start + size]
        more = {"nextToken": str(start + size)} if start + size < len(rows) else {}
        return {
            "queryLanguage": "CWLI",
            "status": status,
            "statistics": running.statistics(),
            "results": [[{"field": name, "value": value} for name, value in row] for row in page],
            **more,
        }

    def _stop(self, request: Document) -> Document:
        running = self._find(request)
        if not running.stop():
            raise AwsError("InvalidParameterException", f"The query {request['queryId']} is not running.")
        return {"success": True}

    def _describe(self, request: Document) -> Document:
        group, status = request.get("logGroupName"), request.get("status")
        found = [
            described
            for described in (running.described() for running in reversed(list(self._by_id.values())))
            if group in (None, *described["groups"])
            and status in (None, described["status"])
            and request.get("queryLanguage", "CWLI") == "CWLI"
        ]
        start = _offset(request)
        size = min(int(request.get("maxResults") or _MOST_DESCRIBED), _MOST_DESCRIBED)
        page = [{name: value for name, value in described.items() if name != "groups"} for described in found]
        more = {"nextToken": str(start + size)} if start + size < len(found) else {}
        return {"queries": page[start : start + size], **more}

    def _find(self, request: Document) -> _RunningQuery:
        running: _RunningQuery | None = self._by_id.get(str(request.get("queryId")))
        if running is None:
            raise AwsError("ResourceNotFoundException", f"The query {request.get('queryId')} does not exist.")
        return running


def _log_record(request: Document) -> Document:
    event = insights_ministack.find_event(str(request.get("logRecordPointer") or ""))
    if event is None:
        raise AwsError("InvalidParameterException", "Invalid logRecordPointer provided")
    fields = discovered(event) | {"@timestamp": event.timestamp_ms, "@ingestionTime": event.ingestion_ms}
    return {"logRecord": {name: shown_as_logged(value) for name, value in fields.items() if value is not None}}


def _answer(operation: Callable[[Document], Document], request: Request) -> Response:
    try:
        document = operation(json.loads(request.body or b"{}"))
    except AwsError as error:
        return error_response(error, JSON_1_1)
    except MalformedQueryError as error:
        return _malformed(error)
    return 200, {"Content-Type": JSON_1_1}, json.dumps(document).encode()


def _malformed(error: MalformedQueryError) -> Response:
    status, headers, body = error_response(AwsError("MalformedQueryException", error.message), JSON_1_1)
    location = {"startCharOffset": error.span.start, "endCharOffset": error.span.end}
    document = {**json.loads(body), "queryCompileError": {"location": location, "message": error.message}}
    return status, headers, json.dumps(document).encode()


def _order(request: Mapping[str, Any], now_ms: int) -> _Order:
    if request.get("queryLanguage", "CWLI") != "CWLI":
        raise AwsError("InvalidParameterException", f"The sandbox does not do {request['queryLanguage']} queries.")
    text = request.get("queryString")
    if not isinstance(text, str) or len(text) > _LONGEST_QUERY:
        raise AwsError("InvalidParameterException", f"queryString takes a text of at most {_LONGEST_QUERY} characters.")
    start_s, end_s, limit = _times(request), request["endTime"], request.get("limit")
    if limit is not None and not 1 <= limit <= MOST_EVENTS:
        raise AwsError("InvalidParameterException", f"limit takes a number from 1 to {MOST_EVENTS}.")
    query = parse(text)
    check(query, text)
    return _Order(query, _groups(request), Window(start_s * 1000, end_s * 1000 + 999, now_ms), limit)


def _times(request: Mapping[str, Any]) -> int:
    start_s, end_s = request.get("startTime"), request.get("endTime")
    if not isinstance(start_s, int) or not isinstance(end_s, int) or not 0 <= start_s <= end_s:
        raise AwsError("InvalidParameterException", "startTime and endTime are seconds since 1970, in this order.")
    return start_s


def _groups(request: Mapping[str, Any]) -> tuple[str, ...]:
    given = [member for member in _GROUP_MEMBERS if request.get(member)]
    if len(given) != 1:
        raise AwsError("InvalidParameterException", f"Exactly one of {', '.join(_GROUP_MEMBERS)} is required.")
    named = request[given[0]]
    groups = tuple(dict.fromkeys(_group_name(name) for name in ([named] if isinstance(named, str) else named)))
    if len(groups) > _MOST_GROUPS:
        raise AwsError("InvalidParameterException", f"A query takes at most {_MOST_GROUPS} log groups.")
    for group in groups:
        if not insights_ministack.has_group(group):
            raise AwsError("ResourceNotFoundException", f"Log group '{group}' does not exist.")
    return groups


def _group_name(identifier: str) -> str:
    """The name in `arn:aws:logs:region:account:log-group:name`, or the name itself."""
    _, mark, name = identifier.partition(":log-group:")
    return name.removesuffix(":*") if mark else identifier


def _offset(request: Mapping[str, Any]) -> int:
    try:
        return int(request.get("nextToken") or 0)
    except ValueError:
        raise AwsError("InvalidParameterException", "The specified nextToken is invalid.") from None
