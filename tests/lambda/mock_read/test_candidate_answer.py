"""What the candidate answers, and what it must not."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_read.candidate_answer import parse_answer
from shared.mock_reader import MockReader
from shared.reader import CandidateError
from tests.lambda_support.documents import JSON_VALUES, USERS

USER: Any = MockReader().read("user-7")


def payload(answer: object) -> bytes:
    return json.dumps(answer).encode()


def refusal(body: bytes) -> str:
    with pytest.raises(CandidateError) as failure:
        parse_answer(body, "user-7")
    return failure.value.code


@given(user=USERS)
def test_a_user_comes_as_the_candidate_told_it(user: dict[str, Any]) -> None:
    assert parse_answer(payload({"statusCode": 200, "user": user}), user["id"]) == user


def test_a_404_is_no_such_user() -> None:
    answer = {"statusCode": 404, "error": {"code": "USER_NOT_FOUND", "message": "There is no user with this userId."}}
    assert parse_answer(payload(answer), "user-7") is None


@pytest.mark.parametrize("code", ["db-unreachable", "db-timeout", "engine-dead", "unexpected"])
def test_a_503_passes_its_own_code_on(code: str) -> None:
    assert refusal(payload({"statusCode": 503, "error": {"code": code, "message": "sentinel"}})) == code


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        "ok",
        {},
        USER,
        {"statusCode": 200},
        {"statusCode": 200, "user": None},
        {"statusCode": 200, "user": {}},
        {"statusCode": 200, "user": {**USER, "id": "user-8"}},
        {"statusCode": 200, "user": {**USER, "balance": 1.5}},
        {"statusCode": 200, "user": {**USER, "extra": 1}},
        {"statusCode": 201, "user": USER},
        {"statusCode": "200", "user": USER},
        {"statusCode": 404},
        {"statusCode": 404, "error": {"code": "NO_SUCH_ROUTE"}},
        {"statusCode": 400, "error": {"code": "BAD_REQUEST"}},
        {"statusCode": 503, "error": {"code": "A sentence with user-7's name"}},
        {"statusCode": 503, "error": {"code": 7}},
        {"statusCode": 503, "error": "db-timeout"},
        {"errorMessage": "sentinel", "errorType": "KeyError"},
    ],
)
def test_anything_else_is_malformed(answer: object) -> None:
    assert refusal(payload(answer)) == "malformed"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        payload({"statusCode": 200, "user": {**USER, "preferences": float("nan")}}),
    ],
)
def test_what_is_no_json_is_malformed(body: bytes) -> None:
    assert refusal(body) == "malformed"


@given(answer=JSON_VALUES, body=st.binary())
def test_no_bytes_raise_anything_else(answer: Any, body: bytes) -> None:
    for junk in (body, payload(answer), payload({"statusCode": 503, "error": {"code": answer}})):
        with contextlib.suppress(CandidateError):
            assert parse_answer(junk, "user-7") is None
