"""What a caller may send."""

import pytest

from mock_read.request import BadRequest, ReadRequest, parse_request


@pytest.mark.parametrize("user_id", ["user-7", "7", "A", "0000_-_", "a" * 64])
def test_an_opaque_id_is_a_request(user_id: str) -> None:
    assert parse_request({"userId": user_id}) == ReadRequest(user_id)


def test_unknown_keys_are_ignored() -> None:
    assert parse_request({"userId": "user-7", "userID": 1, "trace": {}}) == ReadRequest("user-7")


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (None, "event-not-an-object"),
        ("user-7", "event-not-an-object"),
        (["user-7"], "event-not-an-object"),
        ({}, "user-id-missing"),
        ({"userId": None}, "user-id-missing"),
        ({"userid": "user-7"}, "user-id-missing"),
        ({"userId": 7}, "user-id-malformed"),
        ({"userId": True}, "user-id-malformed"),
        ({"userId": ["user-7"]}, "user-id-malformed"),
        ({"userId": ""}, "user-id-malformed"),
        ({"userId": "a" * 65}, "user-id-malformed"),
        ({"userId": "user-7\n"}, "user-id-malformed"),
        ({"userId": " user-7"}, "user-id-malformed"),
        ({"userId": "-user"}, "user-id-malformed"),
        ({"userId": "user'7"}, "user-id-malformed"),
        ({"userId": "\u00fcser"}, "user-id-malformed"),
        ({"userId": "user-\u0667"}, "user-id-malformed"),
        ({"userId": "user-\ud800"}, "user-id-malformed"),
        ({"userId": "someone@example.com"}, "user-id-malformed"),
        ({"userId": "someone%40example.com"}, "user-id-malformed"),
    ],
)
def test_anything_else_is_a_bad_request_with_a_code(event: object, code: str) -> None:
    request = parse_request(event)
    assert isinstance(request, BadRequest)
    assert request.code == code
