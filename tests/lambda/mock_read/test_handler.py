"""The function as it is put together, beside an agent that is healthy, ill or not there at all."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mock_read.composition import build_read_service
from shared.canonical import canonical_text
from shared.digests import Digester
from shared.environ import SettingsError
from shared.mock_reader import MockReader
from shared.names import FLAG_KILL_SWITCH, FLAG_PRISMA_ADAPTER
from tests.lambda_support.agent_server import (
    NAMES,
    AgentAnswer,
    answer_bytes,
    answer_json,
    answer_not_http,
    drip,
    hang_up,
    healthy_answers,
    never_answer,
    running_agent,
)
from tests.lambda_support.fakes import DIGEST_KEY, ENVIRONMENT, REQUEST_ID, VERSION, Log
from tests.lambda_support.invoke_server import InvokeServer, answer_payload, running_lambda

LAMBDA_ROOT = Path(__file__).parents[3] / "lambda"
EVENT = {"userId": "user-7"}
EXPECTED: Any = {"statusCode": 200, "user": MockReader().read("user-7")}
LIMIT_MS = 50
NO_AWS_CLIENT = {"botocore", "boto3", "requests", "urllib3", "jmespath"}
# Where the limit is not the point, a busy machine must not be mistaken for a slow agent.
PATIENCE_MS = 20_000


def environ(port: int, *, timeout_ms: int = PATIENCE_MS) -> dict[str, str]:
    return {
        "HUNTAZE_ENVIRONMENT": ENVIRONMENT,
        "HUNTAZE_FLAG_PATH": NAMES.flag_path,
        "HUNTAZE_KILL_SWITCH_PATH": NAMES.kill_switch_path,
        "HUNTAZE_FLAG_TIMEOUT_MS": str(timeout_ms),
        "HUNTAZE_FLAG_CACHE_MS": "600000",
        "AWS_APPCONFIG_EXTENSION_HTTP_PORT": str(port),
        "AWS_LAMBDA_FUNCTION_VERSION": VERSION,
        "HUNTAZE_CANDIDATE_FUNCTION": "huntaze-prisma-read",
        "HUNTAZE_CANDIDATE_TIMEOUT_MS": str(PATIENCE_MS),
        "HUNTAZE_DIGEST_KEY": DIGEST_KEY,
    }


@contextmanager
def candidate_of(monkeypatch: pytest.MonkeyPatch, answer: object) -> Iterator[InvokeServer]:
    """A candidate behind a real Invoke API."""
    with running_lambda(answer_payload(answer)) as server:
        for name, value in {
            "AWS_ENDPOINT_URL_LAMBDA": server.url,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
def dead_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def read_twice(capsys: pytest.CaptureFixture[str], port: int, *, timeout_ms: int = PATIENCE_MS) -> Log:
    """The lines of two reads; the second shows what is remembered of the first."""
    service = build_read_service(environ(port, timeout_ms=timeout_ms))
    for _ in range(2):
        assert service.handle(EVENT, REQUEST_ID) == EXPECTED
    return Log(capsys.readouterr().out.splitlines())


def assert_one_flag_error(log: Log, *, flag: str, code: str) -> None:
    assert [event["event"] for event in log.events] == ["FLAG-ERROR", "MOCK-SUCCESS", "MOCK-SUCCESS"]
    assert (log.events[0]["flag"], log.events[0]["code"]) == (flag, code)
    assert log.sums(environment=ENVIRONMENT) == {"FlagErrors": 1}
    by_path = log.sums(environment=ENVIRONMENT, path="mock")
    assert (by_path["Requests"], by_path["Errors"]) == (2, 0)
    assert log.sums(environment=ENVIRONMENT, path="prisma") == {}


def test_beside_a_healthy_agent_the_flag_decides(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_agent(healthy_answers(percent=0)) as agent:
        log = read_twice(capsys, agent.port)
    assert [event["event"] for event in log.events] == ["MOCK-SUCCESS", "MOCK-SUCCESS"]
    assert len(agent.targets) == 2

    with running_agent(healthy_answers(percent=100)) as agent, candidate_of(monkeypatch, EXPECTED):
        log = read_twice(capsys, agent.port)
    assert [event["event"] for event in log.events] == ["CANARY-SUCCESS", "CANARY-SUCCESS"]


def test_the_candidates_answer_goes_out_as_it_came_and_is_compared(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Zeros, time zones and orders of its own: equal in canonical form, and so are the digests."""
    user = EXPECTED["user"]
    told = {
        **user,
        "balance": user["balance"] + "00",
        "createdAt": "2000-01-01T00:59:59.001+01:00",
        "subscriptions": user["subscriptions"][::-1],
    }
    answer = {"statusCode": 200, "user": told}
    with (
        running_agent(healthy_answers(percent=100, shadowPercent=100)) as agent,
        candidate_of(monkeypatch, answer),
    ):
        assert build_read_service(environ(agent.port)).handle(EVENT, REQUEST_ID) == answer
    assert canonical_text(told) == canonical_text(user)
    success, request = Log(capsys.readouterr().out.splitlines()).events
    assert (success["event"], request["event"], request["path"]) == ("CANARY-SUCCESS", "SHADOW-REQUEST", "prisma")
    assert request["digests"] == Digester(DIGEST_KEY).digests(REQUEST_ID, user)


def test_a_dead_candidate_costs_three_users_a_try_and_nobody_a_wrong_answer(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = {"statusCode": 503, "error": {"code": "db-unreachable", "message": "The database cannot be reached."}}
    with running_agent(healthy_answers(percent=100)) as agent, candidate_of(monkeypatch, answer) as candidate:
        service = build_read_service(environ(agent.port))
        assert [service.handle(EVENT, REQUEST_ID) for _ in range(10)] == [EXPECTED] * 10
        assert len(candidate.invocations) == 3
    log = Log(capsys.readouterr().out.splitlines())
    assert [event["code"] for event in log.events] == ["db-unreachable"] * 3 + ["breaker-open"] * 7
    assert log.sums(environment=ENVIRONMENT, path="prisma") == {"Requests": 10, "Errors": 10, "Fallbacks": 10}


def test_the_kill_switch_keeps_every_read_on_the_mock(capsys: pytest.CaptureFixture[str]) -> None:
    with running_agent(healthy_answers(percent=100, killed=True, allowUsers=["user-7"])) as agent:
        log = read_twice(capsys, agent.port)
    assert [event["event"] for event in log.events] == ["MOCK-SUCCESS", "MOCK-SUCCESS"]


def test_an_agent_that_is_not_there_is_counted_once(capsys: pytest.CaptureFixture[str], dead_port: int) -> None:
    assert_one_flag_error(read_twice(capsys, dead_port), flag=FLAG_PRISMA_ADAPTER, code="refused")


@pytest.mark.parametrize("answer", [never_answer, drip])
@pytest.mark.parametrize("flag", [FLAG_PRISMA_ADAPTER, FLAG_KILL_SWITCH])
def test_a_slow_agent_costs_one_limit_in_all(
    capsys: pytest.CaptureFixture[str], answer: AgentAnswer, flag: str
) -> None:
    # The limit is for both questions, and the first must be answered for the second to be asked.
    limit_ms = LIMIT_MS if flag == FLAG_PRISMA_ADAPTER else 20 * LIMIT_MS
    with running_agent({**healthy_answers(percent=100), flag: answer}) as agent:
        started_s = time.monotonic()
        log = read_twice(capsys, agent.port, timeout_ms=limit_ms)
        assert time.monotonic() - started_s < 1 + limit_ms / 1000
    assert_one_flag_error(log, flag=flag, code="timeout")


@pytest.mark.parametrize("flag", [FLAG_PRISMA_ADAPTER, FLAG_KILL_SWITCH])
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (answer_bytes(b"{}", status=500), "http-500"),
        (answer_bytes(b'{"message": "no such flag"}', status=404), "http-404"),
        (answer_bytes(b"{"), "malformed"),
        (answer_not_http, "malformed"),
        (hang_up, "disconnected"),
        (answer_json({}), "invalid"),
        (answer_json({"enabled": 1}), "invalid"),
        (answer_json(["enabled"]), "invalid"),
    ],
)
def test_a_flag_or_kill_switch_that_cannot_be_read_is_off_and_counted_once(
    capsys: pytest.CaptureFixture[str], flag: str, answer: AgentAnswer, code: str
) -> None:
    with running_agent({**healthy_answers(percent=100), flag: answer}) as agent:
        assert_one_flag_error(read_twice(capsys, agent.port), flag=flag, code=code)


@pytest.mark.parametrize("percent", [-1, 101, "100", True, None, [100]])
def test_a_percentage_out_of_range_or_of_the_wrong_type_turns_the_flag_off(
    capsys: pytest.CaptureFixture[str], percent: Any
) -> None:
    with running_agent(healthy_answers(percent=percent)) as agent:
        assert_one_flag_error(read_twice(capsys, agent.port), flag=FLAG_PRISMA_ADAPTER, code="invalid")


def test_a_missing_flag_turns_the_flag_off(capsys: pytest.CaptureFixture[str]) -> None:
    answers = healthy_answers(percent=100)
    del answers[FLAG_PRISMA_ADAPTER]
    with running_agent(answers) as agent:
        assert_one_flag_error(read_twice(capsys, agent.port), flag=FLAG_PRISMA_ADAPTER, code="http-404")


def test_a_missing_variable_ends_the_cold_start_with_its_name(dead_port: int) -> None:
    incomplete = environ(dead_port)
    del incomplete["HUNTAZE_FLAG_PATH"]
    with pytest.raises(SettingsError, match="HUNTAZE_FLAG_PATH"):
        build_read_service(incomplete)


IN_LAMBDA = """
import json, os, sys, types
from mock_read.handler import lambda_handler
ARN = "arn:aws:lambda:us-east-1:123456789012:function:huntaze-mock-read:" + os.environ.get("QUALIFIER", "live")
context = types.SimpleNamespace(aws_request_id="request-1", invoked_function_arn=ARN)
answers = [lambda_handler(event, context) for event in json.loads(os.environ["EVENTS"])]
imported = sorted({module.partition(".")[0] for module in sys.modules})
print(json.dumps({"imported": imported, "statuses": [answer["statusCode"] for answer in answers]}))
"""
EVENTS: list[Any] = [{"userId": "user-7"}, {"userId": "user-99"}, None]


def run_handler(variables: dict[str, str]) -> tuple[Log, dict[str, Any]]:
    """A fresh interpreter that imports the handler by its name and calls it, as Lambda's runtime does."""
    path = {name: os.environ[name] for name in ("PATH",) if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", IN_LAMBDA],
        env={"EVENTS": json.dumps(EVENTS), **path, **variables, "PYTHONPATH": str(LAMBDA_ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    *lines, told = done.stdout.splitlines()
    return Log(lines), json.loads(told)


@pytest.mark.parametrize(
    "where",
    [
        pytest.param({}, id="outside Lambda"),
        pytest.param({"LAMBDA_TASK_ROOT": str(LAMBDA_ROOT)}, id="in Lambda without a trace header"),
        pytest.param(
            {
                "LAMBDA_TASK_ROOT": str(LAMBDA_ROOT),
                "_X_AMZN_TRACE_ID": "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
                # The discard port: nothing listens there.
                "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:9",
            },
            id="in Lambda without a daemon",
        ),
    ],
)
def test_the_handler_answers_whether_or_not_there_is_anything_to_trace_with(
    dead_port: int, where: dict[str, str]
) -> None:
    log, told = run_handler({**environ(dead_port), **where})
    assert told["statuses"] == [200, 404, 400]
    assert [event["event"] for event in log.events] == [
        "FLAG-ERROR",
        "MOCK-SUCCESS",
        "MOCK-SUCCESS",
        "BAD-REQUEST",
    ]
    assert log.points


def test_a_cold_start_in_lambda_imports_no_aws_client(dead_port: int) -> None:
    """If this fails after an upgrade, the X-Ray SDK no longer leaves central sampling out in Lambda."""
    _, told = run_handler({**environ(dead_port), "LAMBDA_TASK_ROOT": str(LAMBDA_ROOT)})
    assert "aws_xray_sdk" in told["imported"]
    assert NO_AWS_CLIENT.isdisjoint(told["imported"])


def test_the_shadow_phase_imports_no_aws_client_either() -> None:
    with running_agent(healthy_answers(percent=0, shadowPercent=100)) as agent:
        log, told = run_handler({**environ(agent.port), "LAMBDA_TASK_ROOT": str(LAMBDA_ROOT)})
    assert [event["event"] for event in log.events].count("SHADOW-REQUEST") == 2
    assert NO_AWS_CLIENT.isdisjoint(told["imported"])


@pytest.mark.parametrize(("qualifier", "told"), [("live", "MOCK-SUCCESS"), ("12", "PROBE")])
def test_a_probe_is_one_only_where_a_version_was_invoked_by_its_number(qualifier: str, told: str) -> None:
    events = [{"userId": "user-7", "probe": "mock"}]
    with running_agent(healthy_answers(percent=0)) as agent:
        log, answered = run_handler({**environ(agent.port), "QUALIFIER": qualifier, "EVENTS": json.dumps(events)})
    assert answered["statuses"] == [200]
    assert [event["event"] for event in log.events] == [told]
