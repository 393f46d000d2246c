"""FilterLogEvents page by page.

MiniStack answers the first 10,000 events, AWS's most a page, and gives no token to go on with, so that everything after
them could not be read. Here a full page carries a token; it holds the time of the page's last event and how many events
of that very millisecond are out, so events that come meanwhile move nothing.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

from typing import Any, Final

import orjson

from sandbox.aws_api import JSON_1_1, AwsError, Extension, Proceed, Request, Response, error_response

MOST_EVENTS: Final = 10_000
_OPERATION: Final = "Logs_20140328.FilterLogEvents"

Event = dict[str, Any]


def extension(most_events: int = MOST_EVENTS) -> Extension:
    """Answers FilterLogEvents in pages of at most `most_events`, by asking MiniStack for them."""

    async def answer(request: Request, proceed: Proceed) -> Response:
        if request.headers.get("x-amz-target") != _OPERATION:
            return await proceed(request)
        document = orjson.loads(request.body or b"{}")
        token = document.pop("nextToken", None)
        try:
            since_ms, skipped = _position(token) if token else (document.get("startTime"), 0)
        except ValueError:
            error = AwsError("InvalidParameterException", "The specified nextToken is invalid.")
            return error_response(error, JSON_1_1)
        limit = min(int(document.get("limit", most_events)), most_events)
        asked = {**document, "limit": min(limit + skipped, MOST_EVENTS)}
        if since_ms is not None:
            asked["startTime"] = since_ms
        status, headers, body = await proceed(
            Request(request.method, request.path, request.headers, orjson.dumps(asked), request.query)
        )
        if status != 200:  # noqa: PLR2004 — HTTP's own
            return status, headers, body
        answered = orjson.loads(body)
        found: list[Event] = answered["events"]
        page = found[skipped : skipped + limit]
        full = len(found) >= asked["limit"]
        if full and not page:
            error = AwsError("LimitExceededException", f"more than {MOST_EVENTS} events of one millisecond", status=400)
            return error_response(error, JSON_1_1)
        answered["events"] = page
        if full:
            answered["nextToken"] = _token(page, since_ms, skipped)
        return status, headers, orjson.dumps(answered)

    return answer


def _token(page: list[Event], since_ms: int | None, skipped: int) -> str:
    last_ms = page[-1]["timestamp"]
    out = sum(1 for event in page if event["timestamp"] == last_ms)
    # A page that never left its first millisecond goes on from where it began.
    return f"{last_ms}/{out + (skipped if last_ms == since_ms else 0)}"


def _position(token: str) -> tuple[int, int]:
    since_ms, _, skipped = token.partition("/")
    return int(since_ms), int(skipped)
