"""The shadow on the user's path: a line for each sampled read, and never a trace of it in the answer."""

from typing import Any

import pytest

from mock_read.shadow import Shadow
from shared.digests import Digester
from shared.flag import Flag, SplitBy
from shared.mock_reader import MockReader
from shared.read_facts import Invocation, ReadFacts
from shared.reader import CandidateError, Document
from tests.lambda_support.fakes import (
    DIGEST_KEY,
    ENVIRONMENT,
    REQUEST_ID,
    FakeCandidate,
    FakeReader,
    Log,
    read_service,
    telemetry_into,
)

EVENT = {"userId": "user-7"}
SHADOW_PHASE = Flag(enabled=True, percent=0, shadow_percent=100)
CANARY = Flag(enabled=True, percent=100, shadow_percent=100)
FIXTURE: Any = MockReader().read("user-7")
DIGESTS = Digester(DIGEST_KEY).digests(REQUEST_ID, FIXTURE)


@pytest.fixture
def log() -> Log:
    return Log()


def test_in_the_shadow_phase_every_read_of_the_mock_is_compared_and_none_leaves_it(log: Log) -> None:
    candidate = FakeCandidate()
    read_service(log, flag=SHADOW_PHASE, candidate=candidate).handle(EVENT, REQUEST_ID)
    success, request = log.events
    assert (success["event"], request["event"]) == ("MOCK-SUCCESS", "SHADOW-REQUEST")
    assert (request["userId"], request["requestId"], request["path"]) == ("user-7", REQUEST_ID, "mock")
    assert request["digests"] == DIGESTS
    assert candidate.asked == []


def test_a_read_that_the_candidate_served_is_compared_by_what_it_served(log: Log) -> None:
    served = {**FIXTURE, "balance": "0"}
    read_service(log, flag=CANARY, candidate=FakeCandidate({"user-7": served})).handle(EVENT, REQUEST_ID)
    request = log.events[1]
    assert request["path"] == "prisma"
    assert {path for path in DIGESTS if request["digests"][path] != DIGESTS[path]} == {"balance"}


def test_a_fallback_is_compared_as_the_read_of_the_mock_that_it_was(log: Log) -> None:
    candidate = FakeCandidate(error=CandidateError("timeout"))
    read_service(log, flag=CANARY, candidate=candidate).handle(EVENT, REQUEST_ID)
    request = log.events[1]
    assert (request["path"], request["digests"]) == ("mock", DIGESTS)


def test_a_user_who_does_not_exist_is_compared_too(log: Log) -> None:
    answer = read_service(log, flag=SHADOW_PHASE).handle({"userId": "user-99"}, REQUEST_ID)
    assert answer["statusCode"] == 404
    assert log.events[1]["digests"] == {}
    assert log.sums(environment=ENVIRONMENT) == {"ShadowRequests": 1}


def test_a_bad_request_is_no_read_to_compare(log: Log) -> None:
    read_service(log, flag=SHADOW_PHASE).handle({}, REQUEST_ID)
    assert [event["event"] for event in log.events] == ["BAD-REQUEST"]


@pytest.mark.parametrize("flag", [Flag.OFF, Flag(enabled=True, percent=100)])
def test_without_a_percentage_nothing_is_compared(log: Log, flag: Flag) -> None:
    read_service(log, flag=flag, candidate=FakeCandidate({"user-7": FIXTURE})).handle(EVENT, REQUEST_ID)
    assert [event["event"] for event in log.events] in (["MOCK-SUCCESS"], ["CANARY-SUCCESS"])


def test_a_part_of_the_reads_is_sampled_by_request_and_not_by_user(log: Log) -> None:
    service = read_service(log, flag=Flag(enabled=True, split_by=SplitBy.USER, shadow_percent=20))
    for number in range(1000):
        service.handle(EVENT, f"request-{number}")
    # Six standard deviations.
    assert 124 < log.sums(environment=ENVIRONMENT)["ShadowRequests"] < 276


@pytest.mark.parametrize("document", [{"preferences": {1, 2}}, {1: 2, "a": 3}])
def test_an_answer_that_cannot_be_digested_is_an_answer_and_the_failure_is_counted(
    log: Log, document: Document
) -> None:
    service = read_service(log, flag=SHADOW_PHASE, mock=FakeReader({"user-7": document}))
    assert service.handle(EVENT, REQUEST_ID) == {"statusCode": 200, "user": document}
    assert [event["event"] for event in log.events] == ["MOCK-SUCCESS", "SHADOW-ERROR"]
    assert log.sums(environment=ENVIRONMENT) == {"ShadowRequests": 1, "ShadowErrors": 1}


def test_json_too_deep_for_python_is_an_answer_all_the_same(log: Log) -> None:
    deep: Any = None
    for _ in range(100_000):
        deep = [deep]
    facts = ReadFacts(user_id="user-7", path="mock", duration_ms=1, canary_enabled=True)
    shadow = Shadow(digester=Digester(DIGEST_KEY), telemetry=telemetry_into(log))
    shadow.consider(Invocation(request_id=REQUEST_ID, cold_start=False), SHADOW_PHASE, facts, {"preferences": deep})
    assert [event["event"] for event in log.events] == ["SHADOW-ERROR"]
