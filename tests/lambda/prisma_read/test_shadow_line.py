"""The line between the two functions: what one writes the other reads, and nothing else."""

import json
from typing import Any

import pytest
from hypothesis import given

from prisma_read.shadow_line import ShadowRequest, Skip, parse_line
from shared.canonical import CANONICAL_VERSION
from shared.digests import Digester
from shared.flag import Flag
from shared.mock_reader import MockReader
from tests.lambda_support.documents import JSON_VALUES, TEXTS
from tests.lambda_support.fakes import DIGEST_KEY, NOW_MS, REQUEST_ID, Log, read_service

SHADOW_PHASE = Flag(enabled=True, shadow_percent=100)


def written(user_id: str = "user-7") -> str:
    """The line as mock-read writes it."""
    log = Log()
    read_service(log, flag=SHADOW_PHASE).handle({"userId": user_id}, REQUEST_ID)
    return log.lines[1]


LINE: dict[str, Any] = json.loads(written())


def with_fields(**fields: Any) -> str:
    return json.dumps({**LINE, **fields})


@pytest.mark.parametrize("user_id", ["user-7", "user-99"])
def test_what_mock_read_writes_is_understood(user_id: str) -> None:
    digests = Digester(DIGEST_KEY).digests(REQUEST_ID, MockReader().read(user_id))
    expected = ShadowRequest(user_id=user_id, request_id=REQUEST_ID, served_by="mock", time_ms=NOW_MS, digests=digests)
    assert parse_line(written(user_id)) == expected
    assert parse_line(written(user_id) + "\n") == expected


@pytest.mark.parametrize("version", [CANONICAL_VERSION - 1, CANONICAL_VERSION + 1])
def test_another_version_is_told_apart_whatever_else_it_holds(version: int) -> None:
    assert parse_line(with_fields(canonicalVersion=version, digests="another format")) is Skip.OTHER_VERSION


@pytest.mark.parametrize("field", ["event", "userId", "requestId", "path", "time", "canonicalVersion", "digests"])
def test_a_missing_field_is_malformed(field: str) -> None:
    assert parse_line(json.dumps({key: value for key, value in LINE.items() if key != field})) is Skip.MALFORMED


@pytest.mark.parametrize(
    "fields",
    [
        {"event": "MOCK-SUCCESS"},
        {"userId": "ada@example.com"},
        {"userId": 7},
        {"requestId": ""},
        {"requestId": "a b"},
        {"requestId": "x" * 129},
        {"requestId": None},
        {"path": "elsewhere"},
        {"path": ["mock"]},
        {"time": "now"},
        {"time": 1.5},
        {"time": True},
        {"canonicalVersion": "1"},
        {"canonicalVersion": True},
        {"canonicalVersion": 1.0},
        {"digests": []},
        {"digests": {"$": "short"}},
        {"digests": {"$": None}},
        {"digests": {"$": "0123456789ABCDEF"}},
        {"digests": {"sentinel": "0123456789abcdef"}},
    ],
)
def test_a_wrong_field_is_malformed(fields: dict[str, Any]) -> None:
    assert parse_line(with_fields(**fields)) is Skip.MALFORMED


@pytest.mark.parametrize("message", [None, 7, [], "", "START RequestId: 1", "[" * 100_000, "null", written()[:-1]])
def test_what_is_no_json_object_is_malformed(message: object) -> None:
    assert parse_line(message) is Skip.MALFORMED


@given(junk=JSON_VALUES, text=TEXTS)
def test_no_message_raises(junk: Any, text: str) -> None:
    for message in (junk, text, json.dumps(junk), *(with_fields(**{field: junk}) for field in LINE)):
        assert isinstance(parse_line(message), ShadowRequest | Skip)
