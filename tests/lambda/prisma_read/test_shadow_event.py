"""Events of CloudWatch Logs: real ones are unpacked, all others refused in one way."""

import base64
import gzip
import json
from typing import Any

import pytest
from hypothesis import given

from prisma_read.shadow_event import MalformedEventError, log_messages
from tests.lambda_support.documents import JSON_VALUES
from tests.lambda_support.log_subscription import packed, subscription_event


def encoded(data: bytes) -> dict[str, Any]:
    return {"awslogs": {"data": base64.b64encode(data).decode()}}


def test_the_messages_come_in_their_order() -> None:
    assert log_messages(subscription_event(["b", "a", "\u00e9\n"])) == ["b", "a", "\u00e9\n"]


def test_a_control_message_has_none() -> None:
    assert log_messages(subscription_event(["CWL CONTROL MESSAGE"], message_type="CONTROL_MESSAGE")) == []


@pytest.mark.parametrize("log_event", [{}, {"message": None}, {"message": 7}, "line", None])
def test_a_log_event_without_a_text_is_passed_on_for_its_reader_to_refuse(log_event: object) -> None:
    payload = {"messageType": "DATA_MESSAGE", "logEvents": [log_event, {"message": "good"}]}
    broken, good = log_messages(packed(payload))
    assert not isinstance(broken, str)
    assert good == "good"


@pytest.mark.parametrize(
    "event",
    [
        None,
        {},
        {"awslogs": None},
        {"awslogs": {}},
        {"awslogs": {"data": 7}},
        {"awslogs": {"data": "not base64!"}},
        encoded(b"not gzip"),
        encoded(gzip.compress(b"not JSON")),
        encoded(gzip.compress(b"[" * 100_000)),
        encoded(gzip.compress(b"{}")[:-9]),
        encoded(gzip.compress(b"{}" * 1000)[:15]),
        encoded(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xff\xff\xff"),
        packed(None),
        packed({"messageType": "DATA_MESSAGE"}),
        packed({"messageType": "DATA_MESSAGE", "logEvents": {}}),
        packed({"messageType": "OTHER", "logEvents": []}),
        {"Records": [{"body": "sentinel"}]},
    ],
)
def test_what_is_no_such_event_is_refused_and_not_repeated(event: object) -> None:
    with pytest.raises(MalformedEventError) as refusal:
        log_messages(event)
    assert "sentinel" not in str(refusal.value)


@given(junk=JSON_VALUES)
def test_no_json_raises_anything_else(junk: Any) -> None:
    for event in (
        junk,
        {"awslogs": junk},
        {"awslogs": {"data": junk}},
        packed(junk),
        {"awslogs": {"data": json.dumps(junk)}},
    ):
        with pytest.raises(MalformedEventError):
            log_messages(event)
