"""Every handler that is compared tells of a read what mock-read tells in AWS, and telling less is noticed."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from shared.flag import Flag
from tests.bench.account import account_with_flags, function_environment
from tests.bench.child import run_child
from tests.bench.comparison import LARGE_BYTES, SMALL_BYTES, documents
from tests.bench.handlers import BARE, EVERY_READ, OURS, POLLED, POWERTOOLS
from tests.bench.observed import Observed, Said
from tests.bench.told import require_told
from tests.lambda_support.fakes import REQUEST_ID, Log, read_service

SEGMENT: dict[str, Any] = {
    "name": "read",
    "annotations": {"canary": False, "path": "mock", "userId": "user-7"},
    "metadata": {"huntaze": {"timestamp": "", "version": "7", "duration_ms": 1, "canaryEnabled": True}},
}


def said_by_a_read(segment: dict[str, Any] = SEGMENT) -> Said:
    log = Log()
    read_service(log, flag=Flag(enabled=True, shadow_percent=100)).handle({"userId": "user-7"}, REQUEST_ID)
    datagram = b'{"format": "json", "version": 1}\n' + json.dumps(segment).encode()
    return Said("\n".join(log.lines).encode(), (datagram,))


def test_a_read_that_tells_everything_is_accepted() -> None:
    require_told("user-7", said_by_a_read())


def incomplete() -> Iterator[Said]:
    said = said_by_a_read()
    first, _, second = said.stdout.partition(b"\n")
    yield replace(said, stdout=first)
    yield replace(said, stdout=second)
    yield replace(said, stdout=said.stdout.replace(b'"Name":"Latency"', b'"Name":"Duration"'))
    yield replace(said, stdout=said.stdout.replace(b'"Errors":0', b'"Errors":1'))
    yield replace(said, datagrams=())
    yield said_by_a_read({**SEGMENT, "annotations": {"canary": False, "path": "mock"}})
    yield said_by_a_read({**SEGMENT, "metadata": {"huntaze": {}}})


@pytest.mark.parametrize("said", list(incomplete()))
def test_a_read_that_tells_less_is_refused(said: Said) -> None:
    with pytest.raises((AssertionError, ValueError)):
        require_told("user-7", said)


def test_a_read_of_another_user_is_refused() -> None:
    with pytest.raises(AssertionError):
        require_told("user-8", said_by_a_read())


def test_what_is_said_is_kept_until_it_is_asked_for() -> None:
    with Observed() as observed:
        assert observed.said() == Said(b"", ())
        print("one", file=observed.stream)
        print("two", file=observed.stream)
        assert observed.said() == Said(b"one\ntwo\n", ())
        assert observed.said() == Said(b"", ())


@pytest.mark.parametrize("size_bytes", [SMALL_BYTES, LARGE_BYTES])
def test_the_compared_documents_are_of_the_size_that_is_claimed(size_bytes: int) -> None:
    mock, candidate = documents(size_bytes)
    assert size_bytes <= len(json.dumps(mock, separators=(",", ":"))) <= 1.4 * size_bytes
    assert mock.keys() == candidate.keys()


@pytest.mark.slow
@pytest.mark.parametrize("contenders", [(OURS, POWERTOOLS, BARE), (POLLED, BARE), (EVERY_READ, BARE)])
def test_every_contender_tells_what_mock_read_tells(contenders: tuple[str, ...]) -> None:
    """The child checks each read, and fails where one tells less."""
    with account_with_flags() as sandbox:
        times = run_child("tests.bench.handlers", ["times", "3", *contenders], function_environment(sandbox))
    assert {name: len(values) for name, values in times.items()} == dict.fromkeys(contenders, 3)
