"""The invoker: real botocore against a real HTTP server that speaks Lambda's Invoke API."""

import json
import socket
import threading
from collections.abc import Iterator

import pytest

from mock_read.candidate import Reply
from mock_read.lambda_invoker import LambdaInvoker
from shared.reader import CandidateError
from tests.lambda_support.invoke_server import (
    InvokeAnswer,
    InvokeServer,
    answer_not_http,
    answer_payload,
    drip,
    function_failed,
    hang_up,
    hang_up_half_way,
    never_answer,
    refuse,
    running_lambda,
)

PATIENCE_MS = 20_000
LIMIT_MS = 100
OURS = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=1111111111111111;Sampled=1"
LAMBDAS = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_SESSION_TOKEN": "test",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[InvokeServer]:
    with running_lambda(answer_payload({"statusCode": 404})) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", server.url)
        yield server


def invoker(timeout_ms: int = PATIENCE_MS) -> LambdaInvoker:
    return LambdaInvoker(function_name="huntaze-prisma-read", timeout_ms=timeout_ms)


def failure_code(server: InvokeServer, answer: InvokeAnswer) -> str:
    server.answer = answer
    with pytest.raises(CandidateError) as failure:
        invoker().invoke(b"{}", None)
    return failure.value.code


def test_the_live_alias_is_invoked_synchronously_with_the_payload(server: InvokeServer) -> None:
    reply = invoker().invoke(b'{"userId": "user-7"}', None)
    assert reply == Reply(payload=b'{"statusCode": 404}', function_error=False)
    (invocation,) = server.invocations
    assert invocation.target == "/2015-03-31/functions/huntaze-prisma-read/invocations?Qualifier=live"
    assert json.loads(invocation.payload) == {"userId": "user-7"}
    assert invocation.headers.get("X-Amz-Invocation-Type", "RequestResponse") == "RequestResponse"


def test_an_exception_of_the_function_is_told_apart(server: InvokeServer) -> None:
    server.answer = function_failed
    assert invoker().invoke(b"{}", None).function_error


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (429, "TooManyRequestsException", "throttled"),
        (403, "AccessDeniedException", "access-denied"),
        (403, "ExpiredTokenException", "access-denied"),
        (403, "UnrecognizedClientException", "access-denied"),
        (404, "ResourceNotFoundException", "not-found"),
        (500, "ServiceException", "invoke-error"),
        (502, "EC2UnexpectedException", "invoke-error"),
        (503, "ServiceUnavailable", "invoke-error"),
        (400, "InvalidRequestContentException", "invoke-error"),
    ],
)
def test_a_refused_invocation_is_a_code_and_is_not_tried_again(
    server: InvokeServer, status: int, error: str, code: str
) -> None:
    assert failure_code(server, refuse(status, error)) == code
    assert len(server.invocations) == 1


@pytest.mark.parametrize("answer", [hang_up, hang_up_half_way, answer_not_http])
def test_a_broken_connection_is_unreachable_and_is_not_tried_again(server: InvokeServer, answer: InvokeAnswer) -> None:
    assert failure_code(server, answer) == "unreachable"
    assert len(server.invocations) == 1


def test_a_refused_connection_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(CandidateError, match="unreachable"):
            invoker().invoke(b"{}", None)


def test_a_silent_server_is_left_at_the_limit(server: InvokeServer) -> None:
    server.answer = never_answer
    with pytest.raises(TimeoutError):
        invoker(LIMIT_MS).invoke(b"{}", None)
    assert len(server.invocations) == 1


def test_an_answer_that_drips_comes_in_the_end_for_the_caller_bounds_the_whole(server: InvokeServer) -> None:
    server.answer = drip(7)
    assert invoker(LIMIT_MS).invoke(b"{}", None).payload == b"7"


def test_without_credentials_access_is_denied(monkeypatch: pytest.MonkeyPatch, server: InvokeServer) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(CandidateError, match="access-denied"):
        invoker().invoke(b"{}", None)
    assert server.invocations == []


def test_our_trace_header_goes_out_in_the_place_of_lambdas(
    monkeypatch: pytest.MonkeyPatch, server: InvokeServer
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "huntaze-mock-read")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", LAMBDAS)
    ours = invoker()
    for header in (OURS, None):
        ours.invoke(b"{}", header)
    assert [invocation.headers["X-Amzn-Trace-Id"] for invocation in server.invocations] == [OURS, LAMBDAS]


def test_one_connection_serves_many_invocations(server: InvokeServer) -> None:
    ours = invoker()
    for _ in range(3):
        ours.invoke(b"{}", None)
    assert len({invocation.handler.client_address for invocation in server.invocations}) == 1


def test_preparing_makes_the_client_once_and_in_the_background(server: InvokeServer) -> None:
    ours = invoker()
    for _ in range(3):
        ours.prepare()
    preparations = [thread for thread in threading.enumerate() if thread.name == "lambda-client"]
    assert len(preparations) <= 1
    for preparation in preparations:
        preparation.join()
    assert ours.invoke(b"{}", None).payload == b'{"statusCode": 404}'


def test_a_client_that_cannot_be_made_fails_in_the_call_and_not_in_the_preparation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    ours = invoker()
    ours.prepare()
    with pytest.raises(Exception, match="region"):
        ours.invoke(b"{}", None)
