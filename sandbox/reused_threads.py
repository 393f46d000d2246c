"""Threads that take up the next piece of work when they are done with one.

MiniStack starts two threads for every invocation, one to wait for the function in and one to read its answer, and a
quarter of the interpreter's time went into starting them. There is no upper limit to how many work at once, as an
invocation can wait for another: whoever finds no idle thread starts one.
"""

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextvars import Context
from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any, Final

from ministack.core import concurrency, lambda_runtime

MODULES: Final = (concurrency, lambda_runtime)


class ReusedThread:
    """What MiniStack uses of `threading.Thread`; always a daemon."""

    def __init__(
        self,
        *,
        target: Callable[..., object],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        name: str | None = None,
        daemon: bool = True,
    ) -> None:
        if not daemon:
            raise ValueError("a thread that the process must wait for is not reused")
        self.name = name or "reused"
        self._work = lambda: target(*args, **(kwargs or {}))
        self._done = threading.Lock()

    def start(self) -> None:
        """Raises RuntimeError where the system gives no further thread."""
        self._done.acquire()
        try:
            idle = _idle.pop()
        except IndexError:
            try:
                _Worker(self)
            except RuntimeError:
                self._done.release()
                raise
        else:
            idle.inbox.put(self)

    def is_alive(self) -> bool:
        return self._done.locked()

    def join(self, timeout: float | None = None) -> None:
        if self._done.acquire(timeout=-1 if timeout is None else timeout):
            self._done.release()

    def run(self) -> None:
        """In a context of its own, as a new thread's is: nothing that earlier work has set is seen."""
        try:
            Context().run(self._work)
        finally:
            self._done.release()


class _Worker:
    def __init__(self, first: ReusedThread) -> None:
        self.inbox: SimpleQueue[ReusedThread] = SimpleQueue()
        self.inbox.put(first)
        self._thread = threading.Thread(target=self._run_all, daemon=True, name="reused")
        self._thread.start()

    def _run_all(self) -> None:
        while True:
            self._run_one(self.inbox.get())
            _idle.append(self)

    def _run_one(self, work: ReusedThread) -> None:
        self._thread.name = work.name
        try:
            work.run()
        except SystemExit:
            pass
        except BaseException:  # noqa: BLE001 - a thread tells of what it dies of, whatever that is; this one lives on
            threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), self._thread)))


_idle: Final[list[_Worker]] = []


def install() -> None:
    """Give MiniStack's modules these for threads. Call it once a process, before any function runs."""
    for module in MODULES:
        names = {**vars(threading), "Thread": ReusedThread}
        module.threading = SimpleNamespace(**names)
