"""Removes what a sandbox leaves when it ends or is killed: its functions' processes, PostgreSQL, its state directory.

It runs as a process of its own, `python leftovers.py STATE_DIRECTORY`, and waits for the end of its standard input,
which the sandbox holds open.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# It ends its processes itself, and by force after five seconds.
_POSTGRES_TIMEOUT_S = 8.0


@contextmanager
def removed_after(state: Path) -> Iterator[None]:
    """Have everything below `state`, and every function process that runs from there, gone after the block.

    That holds however the block ends, this process being killed included.
    """
    # A session of its own: a Ctrl-C in the terminal is not for it.
    watcher = subprocess.Popen(
        [sys.executable, "-I", __file__, str(state)], stdin=subprocess.PIPE, start_new_session=True
    )
    try:
        yield
    finally:
        watcher.communicate()


def remove(state: Path) -> None:
    for process in _function_processes(state):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    _stop_postgres(state / "postgres" / "data")
    shutil.rmtree(state, ignore_errors=True)


def _stop_postgres(data: Path) -> None:
    """Have the server end its own processes at once, and wait for that: killed, it would leave some, and memory."""
    identity = data / "postmaster.pid"
    with suppress(OSError, ValueError, IndexError):
        server = int(identity.read_text().split("\n")[0])
        os.kill(server, signal.SIGQUIT)
        deadline = time.monotonic() + _POSTGRES_TIMEOUT_S
        while identity.exists() and time.monotonic() < deadline:
            time.sleep(0.02)


def _function_processes(state: Path) -> Iterator[int]:
    """Yield the processes that run a program from below `state`.

    Without a /proc there are none: a function process then ends by itself, when its invocation does.
    """
    program = f"\0{state}{os.sep}ministack-".encode()
    for command_line in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if program in command_line.read_bytes():
                yield int(command_line.parent.name)


if __name__ == "__main__":
    sys.stdin.buffer.read()
    remove(Path(sys.argv[1]))
