"""A call with a limit of ours: the result in time, or none, and never a heap of threads."""

import threading
import time
from collections.abc import Iterator

import pytest

from mock_read.bounded_call import BoundedCaller
from shared.deadline import Deadline

PATIENCE_MS = 20_000


@pytest.fixture
def over() -> Iterator[threading.Event]:
    """Set at the end, so that no thread outlives its test."""
    over = threading.Event()
    yield over
    over.set()
    for thread in threading.enumerate():
        if thread.name == "bounded-call":
            thread.join()


def calls_running() -> int:
    return sum(thread.name == "bounded-call" for thread in threading.enumerate())


def test_the_result_comes_back() -> None:
    assert BoundedCaller().call(lambda: 7, Deadline(PATIENCE_MS)) == 7


@pytest.mark.parametrize("error", [LookupError("why"), SystemExit(1)])
def test_whatever_is_raised_is_raised_where_it_is_waited_for(error: BaseException) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(type(error)):
        BoundedCaller().call(fail, Deadline(PATIENCE_MS))


def test_a_call_that_takes_too_long_is_given_up_at_the_deadline(over: threading.Event) -> None:
    started_s = time.monotonic()
    with pytest.raises(TimeoutError):
        BoundedCaller().call(over.wait, Deadline(100))
    assert 0.1 <= time.monotonic() - started_s < 2


def test_while_one_call_hangs_no_other_is_begun_and_nobody_waits_long(over: threading.Event) -> None:
    caller = BoundedCaller()
    with pytest.raises(TimeoutError):
        caller.call(over.wait, Deadline(50))
    begun: list[int] = []
    started_s = time.monotonic()
    for _ in range(5):
        with pytest.raises(TimeoutError):
            caller.call(lambda: begun.append(1), Deadline(PATIENCE_MS))
    assert time.monotonic() - started_s < 5
    assert (begun, calls_running()) == ([], 1)


def test_once_the_hanging_call_ends_the_next_is_made(over: threading.Event) -> None:
    caller = BoundedCaller()
    with pytest.raises(TimeoutError):
        caller.call(over.wait, Deadline(50))
    over.set()
    for thread in threading.enumerate():
        if thread.name == "bounded-call":
            thread.join()
    assert caller.call(lambda: 7, Deadline(PATIENCE_MS)) == 7


def test_a_call_that_ends_a_little_late_does_not_cost_the_next_one(over: threading.Event) -> None:
    caller = BoundedCaller()
    with pytest.raises(TimeoutError):
        caller.call(over.wait, Deadline(50))
    threading.Timer(0.01, over.set).start()
    assert caller.call(lambda: 7, Deadline(PATIENCE_MS)) == 7
