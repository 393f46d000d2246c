"""The flow of a read: whichever path serves, the caller gets the same answer, and every read is told of once."""

import json
from typing import Any, NoReturn

import pytest

from mock_read.flag_client import FlagFailure
from mock_read.read_service import ReadService
from mock_read.shadow import Shadow
from shared.digests import Digester
from shared.flag import Flag
from shared.mock_reader import MockReader
from shared.read_facts import ReadFacts
from shared.reader import CandidateError, Document
from shared.telemetry import Telemetry
from tests.lambda_support.fakes import (
    DIGEST_KEY,
    ENVIRONMENT,
    FUNCTION,
    REQUEST_ID,
    FakeCandidate,
    FakeFlags,
    FakeReader,
    FakeTracer,
    Log,
    read_service,
)

EVENT = {"userId": "user-7"}
EVERYBODY = Flag(enabled=True, percent=100)
COMPARED = Flag(enabled=True, percent=100, shadow_percent=100)
FIXTURE: Any = MockReader().read("user-7")


@pytest.fixture
def log() -> Log:
    return Log()


def test_the_mock_serves_while_the_flag_is_off(log: Log) -> None:
    candidate = FakeCandidate({"user-7": {"id": "other"}})
    answer = read_service(log, candidate=candidate).handle(EVENT, REQUEST_ID)
    assert answer == {"statusCode": 200, "user": FIXTURE}
    assert candidate.asked == []
    assert [event["event"] for event in log.events] == ["MOCK-SUCCESS"]


def test_the_candidate_serves_a_user_who_is_in(log: Log) -> None:
    served: Document = {"id": "user-7", "displayName": "from the candidate"}
    mock = FakeReader()
    service = read_service(log, flag=EVERYBODY, mock=mock, candidate=FakeCandidate({"user-7": served}))
    assert service.handle(EVENT, REQUEST_ID) == {"statusCode": 200, "user": served}
    assert mock.asked == []
    (event,) = log.events
    assert event["message"].startswith("[CANARY-SUCCESS] userId: 'user-7', duration: ")
    assert event["path"] == "prisma"


def test_the_answer_does_not_tell_which_path_served(log: Log) -> None:
    candidate = FakeCandidate({"user-7": FIXTURE})
    by_mock = read_service(log, candidate=candidate).handle(EVENT, REQUEST_ID)
    by_candidate = read_service(log, flag=EVERYBODY, candidate=candidate).handle(EVENT, REQUEST_ID)
    assert json.dumps(by_mock) == json.dumps(by_candidate)
    assert candidate.asked == ["user-7"]


@pytest.mark.parametrize(
    ("error", "code"),
    [(CandidateError("timeout"), "timeout"), (KeyError("sentinel"), "unexpected"), (MemoryError(), "unexpected")],
)
def test_whatever_the_candidate_raises_the_mock_answers_and_it_is_counted(
    log: Log, error: Exception, code: str
) -> None:
    service = read_service(log, flag=EVERYBODY, candidate=FakeCandidate(error=error))
    assert service.handle(EVENT, REQUEST_ID) == {"statusCode": 200, "user": FIXTURE}
    (event,) = log.events
    assert event["message"].startswith(f"[CANARY-ERROR] userId: 'user-7', code: '{code}', duration: ")
    assert "sentinel" not in log.lines[0]
    assert log.sums(environment=ENVIRONMENT, path="prisma") == {"Requests": 1, "Errors": 1, "Fallbacks": 1}


@pytest.mark.parametrize(
    ("flag", "preparations"),
    [
        (Flag.OFF, 0),
        (Flag(enabled=True), 0),
        (Flag(enabled=True, shadow_percent=100), 0),
        (Flag(enabled=True, percent=0.01), 1),
        (Flag(enabled=True, allow_users=frozenset({"user-50"})), 1),
    ],
)
def test_the_candidate_is_prepared_as_soon_as_a_read_may_be_sent_to_it(log: Log, flag: Flag, preparations: int) -> None:
    candidate = FakeCandidate()
    read_service(log, flag=flag, candidate=candidate).handle({"userId": "user-1"}, REQUEST_ID)
    assert (candidate.preparations, candidate.asked) == (preparations, [])


@pytest.mark.parametrize("flag", [Flag.OFF, EVERYBODY])
def test_an_unknown_user_is_a_404_and_a_success(log: Log, flag: Flag) -> None:
    answer = read_service(log, flag=flag).handle({"userId": "user-51"}, REQUEST_ID)
    assert answer["statusCode"] == 404
    assert answer["error"]["code"] == "USER_NOT_FOUND"
    (event,) = log.events
    assert event["event"].endswith("-SUCCESS")
    assert event["Errors"] == 0


def test_a_bad_request_reads_nothing_and_is_told_apart_from_errors(log: Log) -> None:
    mock, tracer = FakeReader(), FakeTracer()
    answer = read_service(log, mock=mock, tracer=tracer).handle({"userId": "a@b"}, REQUEST_ID)
    assert (answer["statusCode"], answer["error"]["code"]) == (400, "BAD_REQUEST")
    assert (mock.asked, tracer.recorded) == ([], [])
    assert log.sums(environment=ENVIRONMENT) == {"BadRequests": 1}
    assert len(log.points) == 1


def test_a_flag_failure_is_told_and_the_mock_serves(log: Log) -> None:
    failure = FlagFailure(flag="prismaAdapter", code="timeout", duration_ms=50)
    service = read_service(log, failure=failure)
    assert service.handle(EVENT, REQUEST_ID) == {"statusCode": 200, "user": FIXTURE}
    assert [event["event"] for event in log.events] == ["FLAG-ERROR", "MOCK-SUCCESS"]
    assert log.events[0]["requestId"] == REQUEST_ID


def test_only_the_first_invocation_is_a_cold_start(log: Log) -> None:
    service = read_service(log)
    for event in ({}, EVENT, EVENT):
        service.handle(event, REQUEST_ID)
    assert [event["coldStart"] for event in log.events] == [True, False, False]


def test_the_trace_is_told_what_the_log_is_told(log: Log) -> None:
    tracer = FakeTracer()
    flag = Flag(enabled=True, percent=0, allow_users=frozenset({"user-7"}))
    service = read_service(log, flag=flag, candidate=FakeCandidate(error=CandidateError("timeout")), tracer=tracer)
    service.handle(EVENT, REQUEST_ID)
    service.handle({"userId": "user-8"}, REQUEST_ID)
    assert [(facts.user_id, facts.path, facts.failure_code) for facts in tracer.recorded] == [
        ("user-7", "prisma", "timeout"),
        ("user-8", "mock", None),
    ]
    assert all(facts.canary_enabled for facts in tracer.recorded)
    assert [round(facts.duration_ms, 3) for facts in tracer.recorded] == [event["duration"] for event in log.events]


def test_a_fault_of_the_mock_is_not_hidden(log: Log) -> None:
    with pytest.raises(LookupError):
        read_service(log, mock=FakeReader(error=LookupError())).handle(EVENT, REQUEST_ID)


def test_a_log_that_cannot_be_written_does_not_reach_the_caller() -> None:
    def write(line: str) -> NoReturn:
        raise OSError(line)

    telemetry = Telemetry(environment=ENVIRONMENT, function=FUNCTION, version="7", write=write)
    service = ReadService(
        flags=FakeFlags(COMPARED),
        mock=MockReader(),
        candidate=FakeCandidate(),
        shadow=Shadow(digester=Digester(DIGEST_KEY), telemetry=telemetry),
        telemetry=telemetry,
        tracer=FakeTracer(),
    )
    assert service.handle(EVENT, REQUEST_ID)["statusCode"] == 404
    assert service.handle({}, REQUEST_ID)["statusCode"] == 400


def test_no_value_of_a_user_enters_a_line(log: Log) -> None:
    def values(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [text for member in value.values() for text in values(member)]
        if isinstance(value, list):
            return [text for member in value for text in values(member)]
        return [json.dumps(value).strip('"')]

    users: list[Any] = [MockReader().read(f"user-{number}") for number in range(1, 51)]
    documents = {user["id"]: user for user in users}
    for flag in (Flag(enabled=True, shadow_percent=100), COMPARED):
        for error in (CandidateError("timeout"), None):
            service = read_service(log, flag=flag, candidate=FakeCandidate(documents, error))
            for user in users:
                service.handle({"userId": user["id"]}, REQUEST_ID)
    lines = "\n".join(log.lines)
    assert len(log.lines) == 400
    # Shorter values, such as "a" or 10, are bound to occur in any text.
    sentinels = {text for user in users for text in values({**user, "id": None}) if len(text) > 5}
    assert len(sentinels) > 300
    assert [sentinel for sentinel in sentinels if sentinel in lines] == []


def test_facts_of_a_read_that_took_time_hold_its_duration(log: Log) -> None:
    tracer = FakeTracer()
    read_service(log, tracer=tracer).handle(EVENT, REQUEST_ID)
    assert isinstance(tracer.recorded[0], ReadFacts)
    assert 0 < tracer.recorded[0].duration_ms < 10_000
