"""The candidate's reader: its document in time, or a code, whatever the candidate does."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from mock_read.breaker import Breaker
from mock_read.candidate import CandidateReader, Reply
from mock_read.cold_start import LONGEST_COLD_START_S, ColdStartGuess
from mock_read.lambda_invoker import LambdaInvoker
from shared.mock_reader import MockReader
from shared.reader import CandidateError
from tests.lambda_support.fakes import FakeClock
from tests.lambda_support.invoke_server import (
    InvokeAnswer,
    InvokeServer,
    answer_payload,
    drip,
    function_failed,
    never_answer,
    refuse,
    running_lambda,
)

PATIENCE_MS = 20_000
LIMIT_MS = 200
USER: Any = MockReader().read("user-7")
GOOD = {"statusCode": 200, "user": USER}


@dataclass
class FakeInvoker:
    """An Invoker that answers `payload`, or raises `error`, or waits for `hold` if there is one."""

    payload: bytes = json.dumps(GOOD).encode()
    error: Exception | None = None
    function_error: bool = False
    hold: threading.Event | None = None
    prepared: int = 0
    calls: list[tuple[bytes, str | None]] = field(default_factory=list)

    def prepare(self) -> None:
        self.prepared += 1

    def invoke(self, payload: bytes, trace_header: str | None) -> Reply:
        self.calls.append((payload, trace_header))
        if self.hold is not None:
            self.hold.wait()
        if self.error is not None:
            raise self.error
        return Reply(payload=self.payload, function_error=self.function_error)


def join_given_up_calls() -> None:
    for thread in threading.enumerate():
        if thread.name == "bounded-call":
            thread.join()


@pytest.fixture
def over() -> Iterator[threading.Event]:
    """Set at the end, so that no thread outlives its test."""
    over = threading.Event()
    yield over
    over.set()
    join_given_up_calls()


def reader(
    invoker: FakeInvoker | LambdaInvoker, *, timeout_ms: int = PATIENCE_MS, clock: FakeClock | None = None
) -> CandidateReader:
    clock = clock or FakeClock()
    return CandidateReader(
        invoker=invoker,
        timeout_ms=timeout_ms,
        breaker=Breaker(threshold=3, cool_down_s=10, clock=clock),
        trace_header=lambda: "Root=1;Parent=2;Sampled=1",
        cold_start=ColdStartGuess(clock),
    )


def failure_code(candidate: CandidateReader) -> str:
    with pytest.raises(CandidateError) as failure:
        candidate.read("user-7")
    return failure.value.code


def test_the_document_comes_as_the_candidate_told_it() -> None:
    invoker = FakeInvoker()
    assert reader(invoker).read("user-7") == USER
    assert invoker.calls == [(b'{"userId": "user-7"}', "Root=1;Parent=2;Sampled=1")]


def test_a_404_is_no_such_user() -> None:
    invoker = FakeInvoker(payload=b'{"statusCode": 404, "error": {"code": "USER_NOT_FOUND"}}')
    assert reader(invoker).read("user-99") is None


def test_preparing_is_the_invokers_business() -> None:
    invoker = FakeInvoker()
    reader(invoker).prepare()
    assert invoker.prepared == 1


@pytest.mark.parametrize(
    ("invoker", "code"),
    [
        (FakeInvoker(error=CandidateError("throttled")), "throttled"),
        (FakeInvoker(function_error=True), "function-error"),
        (FakeInvoker(payload=b"{"), "malformed"),
        (FakeInvoker(payload=b'{"statusCode": 503, "error": {"code": "db-timeout"}}'), "db-timeout"),
    ],
)
def test_every_failure_has_its_code(invoker: FakeInvoker, code: str) -> None:
    assert failure_code(reader(invoker)) == code


def test_another_users_document_is_malformed() -> None:
    with pytest.raises(CandidateError, match="malformed"):
        reader(FakeInvoker()).read("user-8")


def test_the_first_time_out_is_called_a_cold_start_and_one_of_a_warm_candidate_is_not() -> None:
    invoker = FakeInvoker(error=TimeoutError())
    candidate = reader(invoker)
    assert failure_code(candidate) == "cold-start-timeout"
    invoker.error = None
    assert candidate.read("user-7") == USER
    invoker.error = TimeoutError()
    assert failure_code(candidate) == "timeout"


def test_a_candidate_that_answers_with_a_failure_is_warm() -> None:
    invoker = FakeInvoker(payload=b'{"statusCode": 503, "error": {"code": "db-timeout"}}')
    candidate = reader(invoker)
    assert failure_code(candidate) == "db-timeout"
    invoker.error = TimeoutError()
    assert failure_code(candidate) == "timeout"


def test_a_candidate_that_was_refused_may_still_be_cold() -> None:
    invoker = FakeInvoker(error=CandidateError("throttled"))
    candidate = reader(invoker)
    assert failure_code(candidate) == "throttled"
    invoker.error = TimeoutError()
    assert failure_code(candidate) == "cold-start-timeout"


def test_a_candidate_that_never_answered_is_not_starting_for_ever() -> None:
    clock = FakeClock()
    candidate = reader(FakeInvoker(error=TimeoutError()), clock=clock)
    assert failure_code(candidate) == "cold-start-timeout"
    clock.now_s += LONGEST_COLD_START_S
    assert failure_code(candidate) == "timeout"


def test_a_hanging_candidate_costs_the_limit_and_leaves_one_thread(over: threading.Event) -> None:
    candidate = reader(FakeInvoker(hold=over), timeout_ms=LIMIT_MS)
    waits_s = []
    for _ in range(20):
        started_s = time.monotonic()
        failure_code(candidate)
        waits_s.append(time.monotonic() - started_s)
    # Far more than the 200 ms that users are promised, because a busy machine proves nothing.
    assert max(waits_s) < LIMIT_MS / 1000 + 2
    assert sum(thread.name == "bounded-call" for thread in threading.enumerate()) == 1


def test_after_three_failures_reads_fail_at_once_until_a_probe_succeeds() -> None:
    clock = FakeClock()
    invoker = FakeInvoker(error=CandidateError("throttled"))
    candidate = reader(invoker, clock=clock)
    codes = [failure_code(candidate) for _ in range(5)]
    assert codes == ["throttled"] * 3 + ["breaker-open"] * 2
    assert len(invoker.calls) == 3
    clock.now_s += 10
    assert [failure_code(candidate) for _ in range(2)] == ["throttled", "breaker-open"]
    clock.now_s += 10
    invoker.error = None
    assert [candidate.read("user-7") for _ in range(3)] == [USER] * 3


def test_what_nobody_thought_of_counts_for_the_breaker_too() -> None:
    candidate = reader(FakeInvoker(error=KeyError("sentinel")))
    for _ in range(3):
        with pytest.raises(KeyError):
            candidate.read("user-7")
    assert failure_code(candidate) == "breaker-open"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[InvokeServer]:
    with running_lambda(answer_payload(GOOD)) as server:
        for name, value in {
            "AWS_ENDPOINT_URL_LAMBDA": server.url,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }.items():
            monkeypatch.setenv(name, value)
        yield server
    join_given_up_calls()


@pytest.mark.parametrize("answer", [drip(GOOD), never_answer])
def test_through_the_sdk_a_dripping_or_silent_candidate_is_left_at_the_limit(
    server: InvokeServer, answer: InvokeAnswer
) -> None:
    server.answer = answer
    candidate = reader(LambdaInvoker(function_name="candidate", timeout_ms=LIMIT_MS), timeout_ms=LIMIT_MS)
    started_s = time.monotonic()
    assert failure_code(candidate) == "cold-start-timeout"
    # The drip would take half a minute, and the other for ever.
    assert time.monotonic() - started_s < LIMIT_MS / 1000 + 2


def test_through_the_sdk_each_fault_has_its_code_and_health_returns(server: InvokeServer) -> None:
    clock = FakeClock()
    invoker = LambdaInvoker(function_name="candidate", timeout_ms=PATIENCE_MS)
    candidate = reader(invoker, clock=clock)
    codes = []
    for answer in (
        refuse(429, "TooManyRequestsException"),
        function_failed,
        answer_payload({"statusCode": 503, "error": {"code": "db-unreachable"}}),
        answer_payload(GOOD),
    ):
        server.answer = answer
        codes.append(failure_code(candidate))
    assert codes == ["throttled", "function-error", "db-unreachable", "breaker-open"]
    clock.now_s += 10
    assert candidate.read("user-7") == USER


def test_a_probe_bears_its_mark_and_passes_the_breaker_by() -> None:
    invoker = FakeInvoker(error=CandidateError("throttled"))
    candidate = reader(invoker)
    for _ in range(5):
        with pytest.raises(CandidateError, match="throttled"):
            candidate.probe("user-7")
    invoker.error = None
    assert candidate.read("user-7") == USER, "probes that failed keep no user from the candidate"
    assert json.loads(invoker.calls[0][0]) == {"userId": "user-7", "probe": "prisma"}
    assert json.loads(invoker.calls[-1][0]) == {"userId": "user-7"}
