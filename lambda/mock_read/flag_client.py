"""The flag that holds now: off unless the agent says in time that it is on and the kill switch is not."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from mock_read.agent import AgentError
from shared.deadline import Deadline
from shared.flag import Flag, InvalidFlagError, parse_flag, parse_switch
from shared.names import FLAG_KILL_SWITCH, FLAG_PRISMA_ADAPTER


class Agent(Protocol):
    """Where flags come from; `mock_read.agent.AgentClient` is the real one."""

    def get_flag(self, path: str, key: str, deadline: Deadline) -> object:
        """Raises AgentError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagFailure:
    """`flag` is the key that could not be read, `code` why, in a word."""

    flag: str
    code: str
    duration_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagReading:
    """`failure` is set in the one reading that made the failed attempt, not while that is remembered."""

    flag: Flag
    failure: FlagFailure | None = None


class FlagClient:
    """Asks the agent once in `cache_ms` and waits at most `timeout_ms` for flag and kill switch together.

    Failures are remembered as long as answers are, so a dead agent costs `timeout_ms` once in `cache_ms`.
    `clock` counts seconds.
    """

    def __init__(
        self,
        *,
        agent: Agent,
        flag_path: str,
        kill_switch_path: str,
        timeout_ms: int,
        cache_ms: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._agent = agent
        self._flag_path = flag_path
        self._kill_switch_path = kill_switch_path
        self._timeout_ms = timeout_ms
        self._cache_s = cache_ms / 1000
        self._clock = clock
        self._remembered = FlagReading(flag=Flag.OFF)
        self._asked_at_s = float("-inf")

    def current(self) -> FlagReading:
        """The flag, `Flag.OFF` after any failure. Never raises."""
        now_s = self._clock()
        if now_s - self._asked_at_s < self._cache_s:
            return self._remembered
        reading = self._ask()
        # Counted from the question, so that no answer is older than the cache allows.
        self._asked_at_s = now_s
        self._remembered = FlagReading(flag=reading.flag)
        return reading

    def _ask(self) -> FlagReading:
        started_s = time.perf_counter()
        deadline = Deadline(self._timeout_ms)
        key = FLAG_PRISMA_ADAPTER
        try:
            flag = parse_flag(self._agent.get_flag(self._flag_path, key, deadline))
            # Also while the flag is off: that the switch cannot be read must show before it is needed.
            key = FLAG_KILL_SWITCH
            killed = parse_switch(self._agent.get_flag(self._kill_switch_path, key, deadline))
        except AgentError as error:
            code = error.code
        except InvalidFlagError:
            code = "invalid"
        except Exception:  # noqa: BLE001 — a flag that cannot be known is off, whatever the reason
            code = "unexpected"
        else:
            return FlagReading(flag=Flag.OFF if killed else flag)
        duration_ms = (time.perf_counter() - started_s) * 1000
        return FlagReading(flag=Flag.OFF, failure=FlagFailure(flag=key, code=code, duration_ms=duration_ms))
