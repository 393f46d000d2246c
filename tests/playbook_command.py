"""The operator's command line as a client, in a process of its own."""

import json
import subprocess
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tests.sandbox_process import RunningSandbox

PLAYBOOK: Final = Path(sysconfig.get_path("scripts")) / "playbook"
TIMEOUT_SECONDS: Final = 240


def say(
    sandbox: RunningSandbox, *arguments: str, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The ended command, typed by somebody with the sandbox's root credentials unless `variables` say otherwise."""
    return subprocess.run(
        [PLAYBOOK, *arguments],
        env={**sandbox.environment, **(variables or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_SECONDS,
    )


def document(ended: subprocess.CompletedProcess[str]) -> Any:
    """What a command with `--json` printed."""
    assert ended.stdout, ended.stderr
    return json.loads(ended.stdout)
