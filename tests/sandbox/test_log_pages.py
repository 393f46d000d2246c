"""Expected behaviour: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html"""

import asyncio
import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from sandbox import log_pages
from sandbox.aws_api import Request, Response
from tests.sandbox_process import RunningSandbox


def test_every_event_of_a_large_group_is_read_once_and_in_order(sandbox: RunningSandbox) -> None:
    logs = sandbox.client("logs")
    logs.create_log_group(logGroupName="large")
    now_ms = int(time.time() * 1000) - 60_000
    for stream in range(3):
        logs.create_log_stream(logGroupName="large", logStreamName=str(stream))
        # Many events of one millisecond, across streams.
        events = [{"timestamp": now_ms + number // 7, "message": f"{stream}-{number}"} for number in range(8_000)]
        logs.put_log_events(logGroupName="large", logStreamName=str(stream), logEvents=events)

    pages = list(logs.get_paginator("filter_log_events").paginate(logGroupName="large"))

    read = [event for page in pages for event in page["events"]]
    assert max(len(page["events"]) for page in pages) <= 10_000
    assert len({event["message"] for event in read}) == len(read) == 24_000
    assert [event["timestamp"] for event in read] == sorted(event["timestamp"] for event in read)


def test_a_token_that_is_none_is_refused(sandbox: RunningSandbox) -> None:
    logs = sandbox.client("logs")
    logs.create_log_group(logGroupName="small")

    with pytest.raises(ClientError) as refusal:
        logs.filter_log_events(logGroupName="small", nextToken="elsewhere")

    assert refusal.value.response["Error"]["Code"] == "InvalidParameterException"


def test_a_group_that_is_not_there_is_still_an_error(sandbox: RunningSandbox) -> None:
    with pytest.raises(ClientError) as refusal:
        sandbox.client("logs").filter_log_events(logGroupName="nowhere")

    assert refusal.value.response["Error"]["Code"] == "ResourceNotFoundException"


@given(
    st.lists(st.integers(0, 6), max_size=40).map(sorted),
    st.integers(1, 9),
)
def test_pages_of_any_size_hold_each_event_once(timestamps: list[int], limit: int) -> None:
    history = [{"timestamp": timestamp, "eventId": number} for number, timestamp in enumerate(timestamps)]

    async def ministack(request: Request) -> Response:
        asked = json.loads(request.body)
        since = [event for event in history if event["timestamp"] >= asked.get("startTime", 0)]
        return 200, {}, json.dumps({"events": since[: asked["limit"]]}).encode()

    def page(token: str | None) -> dict[str, Any]:
        body = {"logGroupName": "g", "limit": limit, **({"nextToken": token} if token else {})}
        headers = {"x-amz-target": "Logs_20140328.FilterLogEvents"}
        request = Request("POST", "/", headers, json.dumps(body).encode(), {})

        async def asked() -> Response:
            return await log_pages.extension()(request, ministack)

        _, _, answer = asyncio.run(asked())
        return dict(json.loads(answer))

    read: list[int] = []
    token: str | None = None
    while True:
        answer = page(token)
        assert len(answer["events"]) <= limit
        read += [event["eventId"] for event in answer["events"]]
        token = answer.get("nextToken")
        if token is None:
            break
    assert read == list(range(len(history)))
