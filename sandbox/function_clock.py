"""Playbook time in the processes of functions: `time.time()` and `time.time_ns()` of Python handlers.

The sandbox keeps the clock's anchor in a file that every function's process maps into its memory, so a process that is
warm follows a change at once. Durations (`time.monotonic`, `time.perf_counter`) are the wall's, and so is what
`datetime` reads by itself, by which SDKs sign their requests.
"""

import mmap
import struct
from pathlib import Path
from typing import Final

from ministack.core import lambda_runtime

from sandbox.clock import Clock

VARIABLE: Final = "SANDBOX_CLOCK_FILE"
"""Names the file to a function's process. Where it is not set, a function's time is the wall's and costs nothing."""

# The count of changes, and two anchors: the one in force is that of the count's parity, the other is being written.
_COUNT: Final = struct.Struct("Q")
_ANCHOR: Final = struct.Struct("ddd")
_SIZE: Final = _COUNT.size + 2 * _ANCHOR.size

_PREFIX: Final = f"""
def _sandbox_clock():
    import os, time
    path = os.environ.get({VARIABLE!r})
    if not path:
        return
    import mmap, struct
    with open(path, "rb") as file:
        memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    count_at, anchor_at = struct.Struct("Q").unpack_from, struct.Struct("ddd").unpack_from
    wall, monotonic = time.time, time.monotonic
    last = 0.0
    def now():
        nonlocal last
        while True:
            (count,) = count_at(memory)
            anchored, epoch, factor = anchor_at(memory, 8 + 24 * (count % 2))
            moment = min(epoch + (monotonic() - anchored) * factor, wall())
            if (count,) == count_at(memory):
                last = max(last, moment)
                return last
    time.time = now
    time.time_ns = lambda: int(now() * 1e9)
_sandbox_clock()
"""

# The worker's own uses are durations: what is left of the function's time limit.
_WORKERS_TIME: Final = "time.time()"
_WORKERS_USES: Final = 2


class FunctionClock:
    """Writes the clock to `path`, a file that does not exist yet, now and at each change until it is closed."""

    def __init__(self, path: Path, clock: Clock) -> None:
        path.write_bytes(bytes(_SIZE))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _SIZE)
        self._clock = clock
        self._count = 0
        self._write()
        self._end = clock.on_change(self._write)

    def close(self) -> None:
        self._end()
        self._memory.close()

    def _write(self) -> None:
        anchor = self._clock.anchor
        count = self._count + 1
        _ANCHOR.pack_into(
            self._memory, _COUNT.size + _ANCHOR.size * (count % 2),
            anchor.monotonic_seconds, anchor.epoch_seconds, anchor.factor,
        )  # fmt: skip
        _COUNT.pack_into(self._memory, 0, count)
        self._count = count


def install() -> None:
    """Change MiniStack's Python worker. Call it once a process, before any function runs."""
    script: str = lambda_runtime._PYTHON_WORKER_SCRIPT  # noqa: SLF001 - MiniStack has no other way in
    if script.count(_WORKERS_TIME) != _WORKERS_USES:
        raise RuntimeError("MiniStack's Python worker no longer reads the time as sandbox/function_clock.py expects")
    lambda_runtime._PYTHON_WORKER_SCRIPT = _PREFIX + script.replace(_WORKERS_TIME, "time.monotonic()")  # noqa: SLF001 - as above
