"""The AWS CLI as a client: release 1 from the project's own packages, release 2 where the machine has it."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import Any, Final

from tests.sandbox_process import RunningSandbox

TIMEOUT_SECONDS: Final = 60


@dataclass(frozen=True)
class AwsCli:
    """An AWS CLI; `command` is what starts it."""

    command: tuple[str, ...]
    release: int

    def run(self, sandbox: RunningSandbox, *arguments: str) -> Any:
        """What the command printed, parsed where it is JSON; fails when the command does."""
        ended = self.attempt(sandbox, *arguments)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout) if ended.stdout.strip() else None

    def attempt(self, sandbox: RunningSandbox, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The ended command. Release 2 before 2.13 reads no AWS_ENDPOINT_URL, so it is told on its command line."""
        endpoint = ("--endpoint-url", sandbox.endpoint_url) if self.release > 1 else ()
        return subprocess.run(
            [*self.command, *endpoint, *arguments, "--output", "json"],
            env={**sandbox.environment, "AWS_PAGER": ""},
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_SECONDS,
        )

    def payload_options(self) -> tuple[str, ...]:
        """What makes `--payload` take plain JSON; release 1 takes nothing else."""
        return ("--cli-binary-format", "raw-in-base64-out") if self.release > 1 else ()


# Not its script: the first line of that breaks where the project's path holds a space.
RELEASE_1: Final = AwsCli((sys.executable, "-m", "awscli"), 1)


def _release_2() -> AwsCli | None:
    found = shutil.which("aws", path="/usr/local/bin:/usr/bin:/opt/homebrew/bin")
    if found is None:
        return None
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    return AwsCli((found,), 2) if said.startswith("aws-cli/2") else None


RELEASE_2: Final = _release_2()
