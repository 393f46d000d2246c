"""Whatever happens to a read there is an answer, and whatever failed it says so in a word."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prisma_read.read_error import Code, ReadError
from prisma_read.read_log import ReadLog
from prisma_read.read_service import Answer, ReadService
from shared.deadline import Deadline
from shared.reader import Document
from tests.lambda_support.fakes import ENVIRONMENT, REQUEST_ID, VERSION, FakeTracer, Log
from tests.lambda_support.prisma_fakes import PATIENCE_MS, FakeConnector, FakeDeadlineReader

EVENT = {"userId": "user-7"}
FUNCTION = "huntaze-prisma-read"
USER: Document = {"id": "user-7"}


def service_of(
    answer: Document | Exception | None,
    *,
    log: Log | None = None,
    connector: FakeConnector | None = None,
    tracer: FakeTracer | None = None,
) -> ReadService:
    def read(user_id: str, deadline: Deadline) -> Document | None:
        deadline.remaining_s()
        if isinstance(answer, Exception):
            raise answer
        return answer

    lines = (log or Log()).lines
    return ReadService(
        reader=FakeDeadlineReader(read),
        connector=connector or FakeConnector(),
        log=ReadLog(environment=ENVIRONMENT, function=FUNCTION, version=VERSION, write=lines.append),
        tracer=tracer or FakeTracer(),
    )


def ask(service: ReadService, event: object = EVENT, remaining_ms: int = PATIENCE_MS) -> Answer:
    return service.handle(event, REQUEST_ID, remaining_ms)


def test_a_user_is_answered_traced_and_counted_by_version_alone() -> None:
    log, tracer = Log(), FakeTracer()
    assert ask(service_of(USER, log=log, tracer=tracer)) == {"statusCode": 200, "user": USER}
    [event] = log.events
    assert event["message"].startswith("[PRISMA-READ] userId: 'user-7', duration: ")
    assert log.sums(environment=ENVIRONMENT, function=FUNCTION, version=VERSION) == {"Requests": 1, "Errors": 0}
    assert len(log.points) == 2
    [facts] = tracer.recorded
    assert (facts.user_id, facts.path, facts.failure_code) == ("user-7", "prisma", None)


def test_no_such_user_is_the_same_answer_as_the_mocks() -> None:
    assert ask(service_of(None)) == {
        "statusCode": 404,
        "error": {"code": "USER_NOT_FOUND", "message": "There is no user with this userId."},
    }


@pytest.mark.parametrize("code", [code for code in Code if code is not Code.BAD_REQUEST])
def test_every_failure_is_a_typed_error_a_line_and_a_fault(code: Code) -> None:
    log, tracer = Log(), FakeTracer()
    answer = ask(service_of(ReadError(code), log=log, tracer=tracer))
    assert answer["statusCode"] == 503
    assert answer["error"]["code"] == code
    [event] = log.events
    assert event["message"].startswith(f"[PRISMA-ERROR] userId: 'user-7', code: '{code}', duration: ")
    assert (event["userId"], event["code"], event["requestId"]) == ("user-7", code, REQUEST_ID)
    assert log.sums(environment=ENVIRONMENT, function=FUNCTION, version=VERSION) == {"Requests": 1, "Errors": 1}
    assert [facts.failure_code for facts in tracer.recorded] == [code]


def test_an_unforeseen_exception_is_a_typed_error_that_repeats_nothing_of_it() -> None:
    log = Log()
    answer = ask(service_of(KeyError("s3cret"), log=log))
    assert answer == {"statusCode": 503, "error": {"code": "unexpected", "message": "The read failed unexpectedly."}}
    assert "s3cret" not in "".join(log.lines)


@pytest.mark.parametrize("remaining_ms", [0, 99, -1])
def test_an_invocation_without_time_left_is_a_timeout_unless_it_is_unforeseen(remaining_ms: int) -> None:
    answer = ask(service_of(USER), remaining_ms=remaining_ms)
    assert answer["statusCode"] == 503


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("userId"), inner),
    )
)
def test_any_event_has_an_answer(event: Any) -> None:
    assert ask(service_of(USER), event)["statusCode"] in {200, 503}


@pytest.mark.parametrize(
    "event", [None, [], "user-7", {}, {"userId": None}, {"userId": 7}, {"userId": ""}, {"userId": "s3cret@example.com"}]
)
def test_an_event_that_asks_for_no_user_is_refused_and_not_repeated(event: Any) -> None:
    log, tracer = Log(), FakeTracer()
    answer = ask(service_of(USER, log=log, tracer=tracer), event)
    assert (answer["statusCode"], answer["error"]["code"]) == (503, "bad-request")
    [line] = log.lines
    assert "s3cret" not in line
    assert log.sums(environment=ENVIRONMENT, function=FUNCTION, version=VERSION) == {"Requests": 1, "Errors": 1}
    assert tracer.recorded == []


@pytest.mark.parametrize(
    ("found", "event", "status", "message"),
    [
        (USER, EVENT, 200, "[PROBE] status: 200"),
        (None, EVENT, 404, "[PROBE] status: 404"),
        (ReadError(Code.UNREACHABLE), EVENT, 503, "[PROBE] status: 503, code: 'db-unreachable'"),
        (KeyError("s3cret"), EVENT, 503, "[PROBE] status: 503, code: 'unexpected'"),
        (USER, {"userId": "s3cret@example.com"}, 503, "[PROBE] status: 503, code: 'bad-request'"),
    ],
)
def test_a_probe_is_answered_like_any_read_and_counts_nowhere(
    found: Document | Exception | None, event: dict[str, str], status: int, message: str
) -> None:
    log, tracer = Log(), FakeTracer()
    service = service_of(found, log=log, tracer=tracer)
    answer = ask(service, {**event, "probe": "prisma"})
    assert answer["statusCode"] == status
    assert [line["message"] for line in log.events] == [message]
    assert (log.points, tracer.recorded) == ([], [])
    assert answer == ask(service, event)


def test_a_cold_start_that_connects_says_nothing() -> None:
    log, connector = Log(), FakeConnector()
    service_of(USER, log=log, connector=connector).prepare()
    assert (connector.opened, log.lines) == (1, [])


@pytest.mark.parametrize(
    ("error", "code"), [(ReadError(Code.UNREACHABLE), "db-unreachable"), (RuntimeError("s3cret"), "unexpected")]
)
def test_a_cold_start_that_cannot_connect_says_so_and_the_first_read_is_answered(error: Exception, code: str) -> None:
    log = Log()
    service = service_of(USER, log=log, connector=FakeConnector(error=error))
    service.prepare()
    [event] = log.events
    assert (event["event"], event["phase"], event["code"], event["coldStart"]) == ("PRISMA-ERROR", "init", code, True)
    assert "s3cret" not in log.lines[0]
    assert ask(service)["statusCode"] == 200


def test_only_the_first_invocation_is_a_cold_start() -> None:
    log = Log()
    service = service_of(ReadError(Code.TIMEOUT), log=log)
    ask(service)
    ask(service)
    assert [event["coldStart"] for event in log.events] == [True, False]
