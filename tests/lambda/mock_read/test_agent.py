"""The agent's client, against a real HTTP server."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from mock_read.agent import AgentClient, AgentError
from shared.deadline import Deadline
from shared.names import FLAG_KILL_SWITCH, FLAG_PRISMA_ADAPTER
from tests.lambda_support.agent_server import (
    NAMES,
    AgentAnswer,
    AgentServer,
    answer_bytes,
    answer_json,
    answer_not_http,
    drip,
    hang_up,
    healthy_answers,
    never_answer,
    running_agent,
)

PATIENCE_MS = 20_000
LIMIT_MS = 50


@pytest.fixture
def unused_port() -> Iterator[int]:
    """A port that is taken but not listened at, so that a connection is refused."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def ask(server: AgentServer, *, timeout_ms: float = PATIENCE_MS) -> object:
    with closing(AgentClient(server.port)) as client:
        return client.get_flag(NAMES.flag_path, FLAG_PRISMA_ADAPTER, Deadline(timeout_ms))


def failure_code(answer: AgentAnswer, *, timeout_ms: float = PATIENCE_MS) -> str:
    with (
        running_agent({FLAG_PRISMA_ADAPTER: answer}) as server,
        pytest.raises(AgentError) as failure,
    ):
        ask(server, timeout_ms=timeout_ms)
    return failure.value.code


def test_the_flag_is_asked_for_by_path_and_key() -> None:
    with running_agent(healthy_answers(percent=5)) as server:
        assert ask(server) == {"enabled": True, "percent": 5}
    assert server.targets == ["/applications/huntaze/environments/beta/configurations/feature-flags?flag=prismaAdapter"]


def test_a_refused_connection_is_refused(unused_port: int) -> None:
    with pytest.raises(AgentError, match="refused"):
        AgentClient(unused_port).get_flag(NAMES.flag_path, FLAG_PRISMA_ADAPTER, Deadline(PATIENCE_MS))


@pytest.mark.parametrize("status", [400, 404, 500, 502, 504])
def test_an_error_status_is_named(status: int) -> None:
    assert failure_code(answer_bytes(b'{"enabled": true}', status=status)) == f"http-{status}"


def test_a_redirect_is_not_followed() -> None:
    assert failure_code(answer_bytes(b"", status=302)) == "http-302"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b'{"enabled": tru',
        b"\xff\xfe",
        b'{"percent": NaN}',
        b'{"percent": -Infinity}',
        b"[" * 60_000,
        b'{"padding": "' + b"x" * 70_000 + b'"}',
    ],
)
def test_a_body_that_is_no_json_or_far_too_long_is_malformed(body: bytes) -> None:
    assert failure_code(answer_bytes(body)) == "malformed"


def test_an_answer_that_is_no_http_is_malformed() -> None:
    assert failure_code(answer_not_http) == "malformed"


def test_an_agent_that_hangs_up_is_disconnected() -> None:
    assert failure_code(hang_up) == "disconnected"


@pytest.mark.parametrize("answer", [never_answer, drip])
def test_the_deadline_holds_against_a_slow_agent_and_one_that_drips(answer: AgentAnswer) -> None:
    started_s = time.monotonic()
    assert failure_code(answer, timeout_ms=LIMIT_MS) == "timeout"
    # The drip would take some two seconds, and the other for ever.
    assert time.monotonic() - started_s < 1


def test_a_deadline_that_has_passed_asks_nothing() -> None:
    with running_agent(healthy_answers()) as server, pytest.raises(AgentError, match="timeout"):
        ask(server, timeout_ms=0)
    assert server.targets == []


def test_a_kept_connection_is_used_again() -> None:
    with (
        running_agent(healthy_answers(percent=5), keep_alive=True) as server,
        closing(AgentClient(server.port)) as client,
    ):
        for _ in range(3):
            client.get_flag(NAMES.flag_path, FLAG_PRISMA_ADAPTER, Deadline(PATIENCE_MS))
            client.get_flag(NAMES.kill_switch_path, FLAG_KILL_SWITCH, Deadline(PATIENCE_MS))
        assert len(server.targets) == 6
        assert server.connections == 1


def test_a_kept_connection_that_the_agent_closed_is_opened_again() -> None:
    answers = healthy_answers(percent=5)
    with (
        running_agent(answers, keep_alive=True) as server,
        closing(AgentClient(server.port)) as client,
    ):
        client.get_flag(NAMES.flag_path, FLAG_PRISMA_ADAPTER, Deadline(PATIENCE_MS))

        def hang_up_once(exchange: object) -> None:
            server.answers[FLAG_PRISMA_ADAPTER] = answer_json({"enabled": True, "percent": 9})
            hang_up(exchange)  # type: ignore[arg-type]  # the answer's own argument, passed on

        server.answers[FLAG_PRISMA_ADAPTER] = hang_up_once
        answer = client.get_flag(NAMES.flag_path, FLAG_PRISMA_ADAPTER, Deadline(PATIENCE_MS))
        assert answer == {"enabled": True, "percent": 9}
        assert server.connections == 2


def test_a_failure_on_a_kept_connection_leaves_the_next_question_unharmed() -> None:
    with (
        running_agent(healthy_answers(), keep_alive=True) as server,
        closing(AgentClient(server.port)) as client,
    ):
        server.answers[FLAG_KILL_SWITCH] = drip
        with pytest.raises(AgentError, match="timeout"):
            client.get_flag(NAMES.kill_switch_path, FLAG_KILL_SWITCH, Deadline(LIMIT_MS))
        assert client.get_flag(NAMES.flag_path, FLAG_PRISMA_ADAPTER, Deadline(PATIENCE_MS)) == {
            "enabled": True,
            "percent": 0,
        }


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch, unused_port: int) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{unused_port}")
    with running_agent(healthy_answers(percent=5)) as server:
        assert ask(server) == {"enabled": True, "percent": 5}
