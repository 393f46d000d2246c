"""Runs the real commands in child processes, which may be killed by SIGKILL at an API call of their own.

The children are forked from one process that has imported everything, because each command is run dozens of times.
"""

import multiprocessing
import os
import shutil
import signal
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any, Final

import boto3
import click

from playbook.account import Account

_PRELOAD: Final = [
    "playbook.begin_step",
    "playbook.commands.canary",
    "playbook.commands.ramp",
    "playbook.commands.release",
    "playbook.commands.rollback",
    "tests.playbook.killed_commands",
]
_TIMEOUT_SECONDS: Final = 90

_SESSION: Final = boto3.Session()
# botocore keeps the services' descriptions, which take longer to read than a command takes.
_loader = _SESSION._session.get_component("data_loader")
for _service in ("appconfig", "cloudwatch", "codedeploy", "lambda", "logs", "ssm", "sts"):
    _loader.load_service_model(_service, "service-2")
    _loader.load_service_model(_service, "endpoint-rule-set-1")


@dataclass(frozen=True)
class Kill:
    """At the n-th call that the process makes, from 1 on: before it is sent, or after it was answered."""

    call: int
    answered: bool

    def __str__(self) -> str:
        return f"{'after' if self.answered else 'before'} call {self.call}"


@dataclass(frozen=True)
class Run:
    """How a command ended. `calls` are its API calls in their order; of a killed one, up to there."""

    exit_code: int
    output: str
    calls: tuple[str, ...]

    @property
    def was_killed(self) -> bool:
        return self.exit_code == -signal.SIGKILL


@dataclass(frozen=True)
class CommandRunner:
    """Runs commands with these environment variables."""

    environment: Mapping[str, str]
    context: ForkServerContext

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "CommandRunner":
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(_PRELOAD)
        return cls(environment, context)

    def run(self, *arguments: str, kill: Kill | None = None) -> Run:
        """`playbook` with these arguments, to its end or to the kill."""
        return self.start(*arguments, kill=kill).wait()

    def start(self, *arguments: str, kill: Kill | None = None, waits_at: tuple[str, Any] | None = None) -> "Started":
        """The same, without waiting. `waits_at` is an operation before which it waits for a multiprocessing.Barrier."""
        directory = Path(tempfile.mkdtemp())
        process = self.context.Process(
            target=_run, args=(list(arguments), dict(self.environment), kill, waits_at, str(directory))
        )
        process.start()
        return Started(process, directory)


@dataclass(frozen=True)
class Started:
    """A command that runs."""

    process: Any
    directory: Path

    def wait(self) -> Run:
        self.process.join(_TIMEOUT_SECONDS)
        assert self.process.exitcode is not None, "the command does not end"
        calls = (self.directory / "calls").read_text().split()
        run = Run(self.process.exitcode, (self.directory / "output").read_text(), tuple(calls))
        shutil.rmtree(self.directory)
        return run


def _run(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    kill: Kill | None,
    waits_at: tuple[str, Any] | None,
    directory: str,
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(environment)
    session = _SESSION
    with (
        (Path(directory) / "calls").open("w", buffering=1) as calls,
        (Path(directory) / "output").open("w", buffering=1) as output,
        redirect_stdout(output),
        redirect_stderr(output),
    ):
        made = 0

        def before(event_name: str, **_: Any) -> None:
            nonlocal made
            made += 1
            operation = event_name.removeprefix("before-send.")
            calls.write(f"{operation}\n")
            if kill == Kill(made, answered=False):
                os.kill(os.getpid(), signal.SIGKILL)
            if waits_at is not None and operation == waits_at[0]:
                waits_at[1].wait(_TIMEOUT_SECONDS)

        def after(**_: Any) -> None:
            if kill == Kill(made, answered=True):
                os.kill(os.getpid(), signal.SIGKILL)

        session.events.register("before-send", before)
        session.events.register("after-call", after)
        name, *rest = arguments
        command: click.Command = import_module(f"playbook.commands.{name}").command
        try:
            command.main(rest, prog_name=f"playbook {name}", obj=Account("beta", session), standalone_mode=False)
        except click.ClickException as error:
            error.show()
            os._exit(error.exit_code)
