"""Removes what a sandbox leaves when it ends or is killed: its functions' processes and its state directory.

It runs as a process of its own, `python leftovers.py STATE_DIRECTORY`, and waits for the end of its standard input,
which the sandbox holds open.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


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
    shutil.rmtree(state, ignore_errors=True)


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
