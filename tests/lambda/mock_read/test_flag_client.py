"""When the agent is asked, and that whatever goes wrong the flag is off."""

from typing import Any

import pytest

from mock_read.agent import AgentError
from mock_read.flag_client import FlagClient, FlagReading
from shared.flag import Flag
from shared.names import FLAG_KILL_SWITCH, FLAG_PRISMA_ADAPTER
from tests.lambda_support.fakes import FakeAgent

ON = {"enabled": True, "percent": 5}
RELEASED = {"enabled": False}
FLAG = Flag(enabled=True, percent=5)


class Clock:
    """A clock that only a test moves."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def client_of(agent: FakeAgent, clock: Clock | None = None) -> FlagClient:
    return FlagClient(
        agent=agent,
        flag_path="/flags",
        kill_switch_path="/switch",
        timeout_ms=50,
        cache_ms=1000,
        clock=clock or Clock(),
    )


def agent_of(flag: Any = ON, switch: Any = RELEASED) -> FakeAgent:
    return FakeAgent({FLAG_PRISMA_ADAPTER: flag, FLAG_KILL_SWITCH: switch})


def failure_of(reading: FlagReading) -> tuple[str, str]:
    assert reading.flag == Flag.OFF
    assert reading.failure is not None
    return reading.failure.flag, reading.failure.code


def test_the_flag_holds_while_the_kill_switch_is_released() -> None:
    agent = agent_of()
    assert client_of(agent).current() == FlagReading(flag=FLAG)
    assert agent.asked == [("/flags", "prismaAdapter"), ("/switch", "prismaKillSwitch")]


def test_the_kill_switch_turns_the_flag_off_and_is_no_failure() -> None:
    assert client_of(agent_of(switch={"enabled": True})).current() == FlagReading(flag=Flag.OFF)


@pytest.mark.parametrize("switch", [AgentError("http-404"), {}, {"enabled": "no"}, None])
def test_a_kill_switch_that_cannot_be_read_turns_the_flag_off(switch: object) -> None:
    code = switch.code if isinstance(switch, AgentError) else "invalid"
    assert failure_of(client_of(agent_of(switch=switch)).current()) == ("prismaKillSwitch", code)


def test_the_kill_switch_is_read_while_the_flag_is_off_too() -> None:
    agent = agent_of(flag={"enabled": False}, switch=AgentError("http-404"))
    assert failure_of(client_of(agent).current()) == ("prismaKillSwitch", "http-404")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (AgentError("refused"), "refused"),
        (AgentError("timeout"), "timeout"),
        ({"enabled": True, "percent": 101}, "invalid"),
        ({"enabled": True, "percent": True}, "invalid"),
        (["enabled"], "invalid"),
        (RuntimeError("a bug of ours"), "unexpected"),
    ],
)
def test_a_flag_that_cannot_be_read_is_off_and_says_why(answer: object, code: str) -> None:
    assert failure_of(client_of(agent_of(flag=answer)).current()) == ("prismaAdapter", code)


def test_an_answer_is_remembered_for_the_cache_time() -> None:
    agent, clock = agent_of(), Clock()
    client = client_of(agent, clock)
    client.current()
    agent.answers[FLAG_PRISMA_ADAPTER] = {"enabled": True, "percent": 25}
    clock.now_s += 0.999
    assert client.current().flag == FLAG
    clock.now_s += 0.001
    assert client.current().flag.percent == 25


def test_a_failure_is_remembered_as_long_and_told_once_an_attempt() -> None:
    agent, clock = agent_of(flag=AgentError("timeout")), Clock()
    client = client_of(agent, clock)
    readings = []
    for _ in range(3):
        readings += [client.current(), client.current(), client.current()]
        clock.now_s += 1
    assert len(agent.asked) == 3
    assert all(reading.flag == Flag.OFF for reading in readings)
    assert [reading.failure is not None for reading in readings] == [True, False, False] * 3


def test_a_flag_that_was_on_does_not_outlive_a_failure() -> None:
    agent, clock = agent_of(), Clock()
    client = client_of(agent, clock)
    assert client.current().flag == FLAG
    agent.answers[FLAG_PRISMA_ADAPTER] = AgentError("refused")
    clock.now_s += 1
    assert client.current().flag == Flag.OFF


def test_the_flag_comes_back_when_the_agent_does() -> None:
    agent, clock = agent_of(flag=AgentError("refused")), Clock()
    client = client_of(agent, clock)
    client.current()
    agent.answers[FLAG_PRISMA_ADAPTER] = ON
    clock.now_s += 1
    assert client.current() == FlagReading(flag=FLAG)
