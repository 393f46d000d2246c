"""The real CDK command line, run as a step of a rehearsal."""

import os
import subprocess
import tempfile
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).resolve().parent.parent
CDK: Final = Path("node_modules") / ".bin" / "cdk"
_KEPT_LINES: Final = 25


class CdkError(RuntimeError):
    """A `cdk` command failed; the message holds the command and the end of what it printed."""


def run_cdk(arguments: Sequence[str], *, app: str | None, on_line: Callable[[str], None]) -> None:
    """Run `cdk ARGUMENTS` in the repository, handing each printed line to `on_line` as it comes.

    `app` replaces the app that cdk.json names.

    Raises CdkError when it exits with anything but 0.
    """
    with tempfile.TemporaryDirectory(prefix="cdk.out-") as assembly:
        command = [str(CDK), *arguments, "--output", assembly, "--no-notices", "--no-color"]
        if app is not None:
            command += ["--app", app]
        last_lines: deque[str] = deque(maxlen=_KEPT_LINES)
        with subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env={**os.environ, "CDK_DISABLE_CLI_TELEMETRY": "true"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            for line in process.stdout or ():
                last_lines.append(line.rstrip())
                on_line(line.rstrip())
        if process.returncode != 0:
            shown = "\n".join(f"  {line}" for line in last_lines)
            raise CdkError(f"cdk {' '.join(arguments)} exited with {process.returncode}; it ended with:\n{shown}")
