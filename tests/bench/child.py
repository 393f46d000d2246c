"""Parts of the benchmark that need a process of their own: with a function's environment, or a cold one."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

REPOSITORY: Final = Path(__file__).resolve().parents[2]
_TIMEOUT_S: Final = 900
# Without what is installed here: a script says where it looks.
_ISOLATED: Final = (sys.executable, "-I", "-S")


def run_child(module: str, arguments: Sequence[str], environment: Mapping[str, str]) -> Any:
    """What `python -m MODULE FILE ARGUMENTS` wrote to the file, as JSON. Its stdout is its own.

    Raises subprocess.CalledProcessError when it fails.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        answer = Path(folder) / "answer.json"
        subprocess.run(
            [sys.executable, "-m", module, str(answer), *arguments],
            cwd=REPOSITORY,
            env=environment,
            check=True,
            timeout=_TIMEOUT_S,
        )
        return json.loads(answer.read_bytes())


def first_answer_ms(script: str, environment: Mapping[str, str]) -> float:
    """Milliseconds from a fresh interpreter's start until the script writes to the descriptor that it is given.

    Its other output is thrown away. Raises RuntimeError when it ends without that, or with an error.
    """
    read_end, write_end = os.pipe()
    started_s = time.perf_counter()
    with subprocess.Popen(
        [*_ISOLATED, "-c", script, str(write_end)],
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=(write_end,),
    ) as process:
        os.close(write_end)
        answered = os.read(read_end, 1)
        took_ms = (time.perf_counter() - started_s) * 1000
        os.close(read_end)
        _, said = process.communicate()
    if process.returncode != 0 or not answered:
        raise RuntimeError(f"a contender did not answer:\n{said.decode(errors='replace')[-4000:]}")
    return took_ms


def import_times(script: str, environment: Mapping[str, str]) -> str:
    """What `-X importtime` says of such a script."""
    done = subprocess.run(
        [*_ISOLATED, "-X", "importtime", "-c", script, "1"],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr
