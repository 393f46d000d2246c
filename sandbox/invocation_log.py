"""The log of an invocation is that invocation's, and whole.

MiniStack reads a worker's output until it has been quiet for some milliseconds, so under load a line may be missing
from its invocation and turn up in the next one's. Here the worker says where an invocation's output ends, and the
reader waits for that: nothing is guessed, and nothing is waited for that is there already.
"""

import queue
import time
from typing import Any, Final

from ministack.core import lambda_runtime

END: Final = "\x1eend of invocation"
# A worker that died says nothing more, and one that closed its output cannot.
_LIMIT_SECONDS: Final = 5.0
_POLL_SECONDS: Final = 0.05

# The end of the worker's loop: the result is written to its pipe, and about to be flushed.
_LOOP_END: Final = "        _real_stdout.flush()\n\nrun()\n"
_LOOP_END_WITH_MARK: Final = f"        sys.stderr.write({END!r} + chr(10))\n        sys.stderr.flush()\n" + _LOOP_END


def install() -> None:
    """Change MiniStack's Python worker and its reader. Call it once a process, before any function runs."""
    script: str = lambda_runtime._PYTHON_WORKER_SCRIPT  # noqa: SLF001 - MiniStack has no other way in
    if script.count(_LOOP_END) != 1:
        raise RuntimeError("MiniStack's Python worker no longer ends its loop as sandbox/invocation_log.py expects")
    lambda_runtime._PYTHON_WORKER_SCRIPT = script.replace(_LOOP_END, _LOOP_END_WITH_MARK)  # noqa: SLF001 - as above

    by_quiet = lambda_runtime.Worker._drain_stderr_bounded  # noqa: SLF001 - as above

    def drain(worker: Any) -> str:
        if not str(worker.config.get("Runtime", "")).startswith("python"):
            return str(by_quiet(worker))
        return _until_end(worker)

    lambda_runtime.Worker._drain_stderr_bounded = drain  # noqa: SLF001 - as above


def _until_end(worker: Any) -> str:
    lines: list[str] = []
    deadline = time.monotonic() + _LIMIT_SECONDS
    while time.monotonic() < deadline:
        try:
            line = worker._stderr_queue.get(timeout=_POLL_SECONDS)  # noqa: SLF001 - as above
        except queue.Empty:
            if not worker._stderr_thread.is_alive():  # noqa: SLF001 - as above
                break
            continue
        if line == END:
            break
        lines.append(line)
    return "\n".join(lines)
