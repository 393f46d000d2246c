"""Calls something that keeps to no time limit of its own, and stops waiting for it at ours."""

import threading
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

from shared.deadline import Deadline

_T = TypeVar("_T")

# A call that was given up has socket time-outs behind it that pass at about the same time.
_GRACE_S: Final = 0.1


class BoundedCaller:
    """Runs each call in a thread. A thread cannot be ended, so at most one that was given up is ever left behind.

    For one thread, as Lambda runs one read at a time.
    """

    def __init__(self) -> None:
        self._given_up: threading.Thread | None = None

    def call(self, function: Callable[[], _T], deadline: Deadline) -> _T:
        """What the function returns or raises, or TimeoutError at the deadline.

        TimeoutError comes early, and the function is not called, while an earlier call that was given up still runs.
        """
        if self._given_up is not None:
            self._given_up.join(min(_GRACE_S, deadline.remaining_s()))
            if self._given_up.is_alive():
                raise TimeoutError("an earlier call has not ended yet")
            self._given_up = None
        call = _Call(function)
        thread = threading.Thread(target=call.run, name="bounded-call", daemon=True)
        thread.start()
        thread.join(deadline.remaining_s())
        if thread.is_alive():
            self._given_up = thread
            raise TimeoutError("the deadline has passed")
        return call.outcome()


class _Call(Generic[_T]):
    def __init__(self, function: Callable[[], _T]) -> None:
        self._function = function
        self._result: Any = None
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._result = self._function()
        except BaseException as error:  # noqa: BLE001 — raised again where it is waited for
            self._error = error

    def outcome(self) -> _T:
        if self._error is not None:
            raise self._error
        result: _T = self._result
        return result
