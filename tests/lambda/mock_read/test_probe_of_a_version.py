"""Reads that no user asked for: each path answers for itself, and nothing is counted, compared or traced."""

import json
import time
from typing import Any

import pytest

from shared.flag import Flag
from shared.mock_reader import MockReader
from shared.reader import CandidateError, Document
from tests.lambda_support.fakes import REQUEST_ID, FakeCandidate, FakeReader, FakeTracer, Log, read_service

EVENT = {"userId": "user-7"}
EVERYTHING = Flag(enabled=True, percent=100, shadow_percent=100)
FIXTURE: Any = MockReader().read("user-7")


class SlowCandidate(FakeCandidate):
    TAKES_S = 0.02

    def probe(self, user_id: str) -> Document | None:
        time.sleep(self.TAKES_S)
        return super().probe(user_id)


@pytest.mark.parametrize("flag", [Flag.OFF, EVERYTHING])
def test_the_path_that_is_asked_for_answers_whatever_the_flag_says(flag: Flag) -> None:
    other = {"id": "user-7", "displayName": "from the candidate"}
    service = read_service(Log(), flag=flag, candidate=FakeCandidate({"user-7": other}))
    assert service.probe(EVENT, REQUEST_ID, "mock") == {"statusCode": 200, "user": FIXTURE}
    assert service.probe(EVENT, REQUEST_ID, "prisma") == {"statusCode": 200, "user": other}


@pytest.mark.parametrize("path", ["mock", "prisma"])
def test_a_probe_is_one_plain_line(path: str) -> None:
    log, tracer = Log(), FakeTracer()
    service = read_service(log, flag=EVERYTHING, candidate=FakeCandidate({"user-7": FIXTURE}), tracer=tracer)
    service.probe(EVENT, REQUEST_ID, path)
    (line,) = log.events
    assert line["message"] == f"[PROBE] path: '{path}', status: 200, duration: {line['duration']}"
    assert (log.points, tracer.recorded) == ([], [])


def test_a_probe_tells_how_long_the_path_took() -> None:
    log = Log()
    read_service(log, candidate=SlowCandidate({"user-7": FIXTURE})).probe(EVENT, REQUEST_ID, "prisma")
    assert SlowCandidate.TAKES_S * 1000 <= log.events[0]["duration"] < 5000


@pytest.mark.parametrize(
    ("error", "code"), [(CandidateError("db-unreachable"), "db-unreachable"), (KeyError("sentinel"), "unexpected")]
)
def test_a_failure_of_the_candidate_is_not_hidden_by_the_mock(error: Exception, code: str) -> None:
    log, mock = Log(), FakeReader()
    answer = read_service(log, mock=mock, candidate=FakeCandidate(error=error)).probe(EVENT, REQUEST_ID, "prisma")
    assert (answer["statusCode"], answer["error"]["code"]) == (503, code)
    assert mock.asked == []
    assert log.events[0]["code"] == code
    assert "sentinel" not in json.dumps(answer) + log.lines[0]


def test_a_failure_of_the_mock_is_an_answer_too() -> None:
    answer = read_service(Log(), mock=FakeReader(error=LookupError())).probe(EVENT, REQUEST_ID, "mock")
    assert (answer["statusCode"], answer["error"]["code"]) == (503, "unexpected")


@pytest.mark.parametrize("path", ["mock", "prisma"])
def test_unknown_users_and_bad_requests_are_answered_as_to_users_and_not_counted(path: str) -> None:
    log = Log()
    service = read_service(log)
    for event in ({"userId": "user-0"}, {"userId": "a@b"}, None):
        assert service.probe(event, REQUEST_ID, path) == service.handle(event, REQUEST_ID)
    probes = [event for event in log.events if event["event"] == "PROBE"]
    assert [event["status"] for event in probes] == [404, 400, 400]
    assert all("_aws" not in event or event["_aws"]["CloudWatchMetrics"] == [] for event in probes)
