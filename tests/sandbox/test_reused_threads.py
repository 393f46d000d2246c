import asyncio
import threading
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Final

import pytest
from ministack.core import concurrency

from sandbox import reused_threads
from sandbox.reused_threads import ReusedThread

WAIT_S: Final = 10
VARIABLE: Final[ContextVar[str]] = ContextVar("variable", default="unset")


@pytest.fixture
def installed() -> Iterator[None]:
    before = [vars(module)["threading"] for module in reused_threads.MODULES]
    reused_threads.install()
    yield
    for module, threading_ in zip(reused_threads.MODULES, before, strict=True):
        vars(module)["threading"] = threading_


def ran(target: object) -> ReusedThread:
    assert callable(target)
    thread = ReusedThread(target=target)
    thread.start()
    thread.join(WAIT_S)
    assert not thread.is_alive()
    return thread


def test_work_that_follows_work_needs_no_further_thread() -> None:
    identities = []
    for _ in range(20):
        ran(lambda: identities.append(threading.get_ident()))
    # Whoever is done says so just before it waits for more, so the next work may find it not yet idle, once or twice.
    assert len(set(identities)) < 5


def test_work_that_waits_for_other_work_never_keeps_it_from_a_thread() -> None:
    all_at_work = threading.Barrier(101)
    threads = [ReusedThread(target=all_at_work.wait, args=(WAIT_S,)) for _ in range(100)]
    for thread in threads:
        thread.start()
    all_at_work.wait(WAIT_S)
    for thread in threads:
        thread.join(WAIT_S)
    assert not any(thread.is_alive() for thread in threads)


def test_who_joins_for_a_while_is_told_that_the_work_goes_on() -> None:
    go_on = threading.Event()
    thread = ReusedThread(target=go_on.wait, kwargs={"timeout": WAIT_S})
    thread.start()
    thread.join(0.01)
    assert thread.is_alive()
    go_on.set()
    thread.join(WAIT_S)
    assert not thread.is_alive()


def test_nothing_that_work_has_set_in_its_context_is_seen_by_the_next() -> None:
    seen: list[tuple[int, str]] = []

    def look_and_set() -> None:
        seen.append((threading.get_ident(), VARIABLE.get()))
        VARIABLE.set("set")

    for _ in range(20):
        ran(look_and_set)
    assert len({identity for identity, _ in seen}) < len(seen)
    assert {value for _, value in seen} == {"unset"}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_work_that_fails_is_told_as_a_threads_is_and_the_next_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", told.append)
    identities = []

    def fail() -> None:
        identities.append(threading.get_ident())
        raise LookupError("no such function")

    for _ in range(20):
        ran(fail)
    assert len(set(identities)) < 5
    ran(lambda: None)
    assert {str(failure.exc_value) for failure in told} == {"no such function"}


def test_a_thread_that_the_process_must_wait_for_is_refused() -> None:
    with pytest.raises(ValueError, match="must wait for"):
        ReusedThread(target=lambda: None, daemon=False)


@pytest.mark.usefixtures("installed")
def test_ministacks_invocations_share_threads_and_keep_their_context() -> None:
    """Contract with MiniStack: these modules start their threads through a global `threading`."""

    async def invoke(value: str) -> tuple[int, str]:
        VARIABLE.set(value)
        found: tuple[int, str] = await concurrency.run_reentrant(lambda: (threading.get_ident(), VARIABLE.get()))
        return found

    async def invoke_in_turn() -> list[tuple[int, str]]:
        return [await invoke(str(number)) for number in range(20)]

    invoked = asyncio.run(invoke_in_turn())
    assert [value for _, value in invoked] == [str(number) for number in range(20)]
    assert len({identity for identity, _ in invoked}) < 5, "MiniStack moved its threads: mend sandbox/reused_threads.py"
