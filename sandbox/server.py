"""Runs one sandbox in this process, from a private directory that is gone when it ends."""

import asyncio
import contextlib
import logging
import os
import random
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sandbox.appconfig_agent import AppConfigAgent
from sandbox.clock import Clock
from sandbox.http_server import serving
from sandbox.leftovers import removed_after
from sandbox.ports import ANY_PORT, PortBusyError, PortChoice, listen, port_of
from sandbox.postgres import Postgres
from sandbox.process_environment import REGION, endpoint_url, sandbox_environment
from sandbox.response_date import ResponseDate

LOG_FILE = "sandbox.log"


@dataclass(frozen=True)
class Settings:
    """What the caller decides. `verbose` sends the log to standard error, not to a file in the state directory.

    `clock_behind_seconds` is how far in the past playbook time begins.
    """

    port: PortChoice
    agent_port: PortChoice
    enforce_iam: bool
    postgres: bool
    verbose: bool
    clock_behind_seconds: float


@dataclass(frozen=True)
class Sandbox:
    """A sandbox that answers."""

    port: int
    agent_port: int
    state: Path
    postgres_url: str | None
    """The superuser's, if PostgreSQL was asked for."""

    @property
    def endpoint_url(self) -> str:
        return endpoint_url(self.port)


@contextlib.asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Sandbox]:
    """Run a sandbox while the block runs.

    It takes over the process: its environment, temporary directory and root logger. Raises `PortBusyError` and
    `PostgresError`.
    """
    with listen(settings.port) as listening, _state_directory() as state:
        port = port_of(listening)
        # It ends with the state directory.
        postgres = Postgres(state) if settings.postgres else None
        if postgres:
            postgres.create()
        _take_over_process(state, port, settings)
        clock = Clock(behind_seconds=settings.clock_behind_seconds)
        # MiniStack reads the environment when it is imported, so not before the line above.
        from sandbox.composition import compose  # noqa: PLC0415
        from sandbox.ministack_internals import stop_function_processes  # noqa: PLC0415

        composition = compose(random.SystemRandom().random, postgres, clock)
        async with (
            # Where the clock cannot differ from the wall's, functions need not be told of it.
            _function_clock(state, clock) if settings.clock_behind_seconds else contextlib.nullcontext(),
            serving(ResponseDate(composition.app, clock), listening),
            _thread(composition.alarm_evaluation),
            _thread(composition.deployment_runner),
            _thread(composition.log_subscriptions),
            _thread(composition.invocations),
            _thread(composition.xray_daemon),
            _appconfig_agent(settings.agent_port, port, clock) as agent_port,
        ):
            try:
                yield Sandbox(port, agent_port, state, postgres.url if postgres else None)
            finally:
                # They would start functions anew.
                composition.log_subscriptions.close()
                composition.invocations.close()
                # Stack updates would wait for them.
                composition.deployments.close()
                # The server would wait for the functions that are at work.
                await asyncio.to_thread(stop_function_processes)


@contextlib.asynccontextmanager
async def _function_clock(state: Path, clock: Clock) -> AsyncIterator[None]:
    """Tell the processes of functions of the clock."""
    from sandbox.function_clock import VARIABLE, FunctionClock  # noqa: PLC0415 - as above, it imports MiniStack

    file = state / "clock"
    function_clock = FunctionClock(file, clock)
    os.environ[VARIABLE] = str(file)
    try:
        yield
    finally:
        function_clock.close()


class _Startable(Protocol):
    def start(self) -> None: ...
    def stop(self) -> None: ...


@contextlib.asynccontextmanager
async def _thread(worker: _Startable) -> AsyncIterator[None]:
    worker.start()
    try:
        yield
    finally:
        await asyncio.to_thread(worker.stop)


@contextlib.asynccontextmanager
async def _appconfig_agent(choice: PortChoice, port: int, clock: Clock) -> AsyncIterator[int]:
    """Run the AppConfig agent of every function, and tell functions its port as Lambda's setting would."""
    agent = await asyncio.to_thread(_started_agent, choice, port, clock)
    os.environ["AWS_APPCONFIG_EXTENSION_HTTP_PORT"] = str(agent.port)
    try:
        yield agent.port
    finally:
        await asyncio.to_thread(agent.stop)


def _started_agent(choice: PortChoice, port: int, clock: Clock) -> AppConfigAgent:
    for candidate in (choice.port, ANY_PORT):
        agent = AppConfigAgent(endpoint_url=endpoint_url(port), region=REGION, port=candidate, clock=clock)
        try:
            agent.start()
        except OSError as error:
            if choice.named or candidate == ANY_PORT:
                raise PortBusyError(candidate) from error
        else:
            return agent
    raise AssertionError("unreachable")


@contextlib.contextmanager
def _state_directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sandbox-", ignore_cleanup_errors=True) as directory:
        state = Path(directory)
        with removed_after(state):
            yield state


def _take_over_process(state: Path, port: int, settings: Settings) -> None:
    environment = sandbox_environment(os.environ, state=state, port=port, enforce_iam=settings.enforce_iam)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = str(state)
    handler = logging.StreamHandler(sys.stderr) if settings.verbose else logging.FileHandler(state / LOG_FILE)
    logging.basicConfig(
        handlers=[handler], level=logging.INFO, format="%(asctime)s %(levelname)s [%(name)s] %(message)s"
    )
