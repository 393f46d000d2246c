"""The operator's tool as a rehearsal uses it: typed commands, what they print, and how they end."""

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from rich.console import Console

from playbook.cdk_cli import REPOSITORY

GO: Final = 0
HOLD: Final = 10
INVESTIGATE: Final = 11
ROLLBACK: Final = 12


class UnexpectedEndError(RuntimeError):
    """A command ended otherwise than the rehearsal is to show."""


@dataclass(frozen=True)
class Tool:
    """Runs `playbook …` as a process of its own, as an operator does, and shows all of it.

    `credentials` are the operator's, by the names of their environment variables.
    """

    console: Console
    credentials: Mapping[str, str] = field(hash=False, repr=False)

    def run(self, *arguments: str, ends: Sequence[int] = (0,)) -> str:
        """What it printed. Raises UnexpectedEndError where its exit code is none of `ends`."""
        typed = shlex.join(["playbook", *arguments])
        self.console.print(f"\n[bold]$ {typed}[/]", soft_wrap=True)
        started = time.monotonic()
        printed: list[str] = []
        with self._process(arguments, stderr=subprocess.STDOUT) as process:
            for line in process.stdout or ():
                printed.append(line)
                self.console.print(f"  {line.rstrip()}", markup=False, soft_wrap=True)
        self.console.print(f"  [dim]{time.monotonic() - started:.1f} s, exit code {process.returncode}[/]")
        self._require(typed, process.returncode, ends)
        return "".join(printed)

    def ask(self, *arguments: str, ends: Sequence[int] = (0,)) -> dict[str, Any]:
        """The document that it prints with --json, unshown. Raises UnexpectedEndError, likewise."""
        with self._process([*arguments, "--json"], stderr=subprocess.DEVNULL) as process:
            text = process.stdout.read() if process.stdout else ""
        self._require(shlex.join(["playbook", *arguments]), process.returncode, ends)
        document: dict[str, Any] = json.loads(text)
        return document

    def _process(self, arguments: Sequence[str], *, stderr: int) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "playbook", *arguments],
            cwd=REPOSITORY,
            env={**os.environ, **self.credentials, "COLUMNS": "118"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )

    @staticmethod
    def _require(typed: str, ended: int, ends: Sequence[int]) -> None:
        if ended not in ends:
            wanted = " or ".join(map(str, ends))
            raise UnexpectedEndError(f"`{typed}` ended with exit code {ended}, and {wanted} was to be shown")
