"""Reads on purpose: how many, how fast, how many at once, and what comes of one that fails."""

import threading
import time
from collections import Counter
from collections.abc import Sequence

import pytest

from playbook.traffic import Pace, ReadResult, Traffic

USERS = ("user-1", "user-2", "user-3")


class Function:
    """What is read; `gate` holds reads back while it is cleared, and `failing` users get no answer."""

    def __init__(self, failing: Sequence[str] = ()) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.at_once = 0
        self.most_at_once = 0
        self.begun = threading.Semaphore(0)
        self._failing = failing
        self._lock = threading.Lock()

    def read(self, user_id: str) -> ReadResult:
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        self.begun.release()
        assert self.gate.wait(10)
        with self._lock:
            self.at_once -= 1
        error = "status 503" if user_id in self._failing else ""
        return ReadResult(user_id, "1", 503 if error else 200, 1.0, "" if error else "digest", error)


def test_each_user_reads_in_turn_until_so_many_reads_are_done() -> None:
    results: list[ReadResult] = []
    Traffic(Function().read, USERS, reads=7, concurrency=1, on_read=results.append).run()
    assert [result.user_id for result in results] == [*USERS, *USERS, "user-1"]


def test_as_many_reads_are_under_way_as_there_are_callers() -> None:
    function = Function()
    function.gate.clear()
    with Traffic(function.read, USERS, concurrency=4, on_read=lambda _: None).flowing():
        for _ in range(4):
            assert function.begun.acquire(timeout=10)
        function.gate.set()
    assert function.most_at_once == 4


def test_a_read_that_fails_is_a_result_and_the_others_go_on() -> None:
    results: list[ReadResult] = []
    Traffic(Function(failing=["user-2"]).read, USERS, reads=9, concurrency=2, on_read=results.append).run()
    assert Counter(result.user_id for result in results if result.error) == {"user-2": 3}
    assert len(results) == 9


def test_reads_of_a_rate_are_due_one_by_one_and_late_ones_are_not_made_up_for_in_a_burst() -> None:
    pace = Pace(2)
    assert [pace.next_due_s(now_s) for now_s in (100, 100, 100.5, 106, 106, 106.5)] == [
        100, 100.5, 101, 106, 106.5, 107,
    ]  # fmt: skip


def test_reads_without_a_rate_are_due_at_once() -> None:
    pace = Pace(0)
    assert [pace.next_due_s(now_s) for now_s in (100, 100, 101)] == [100, 100, 101]


def test_traffic_keeps_to_its_rate() -> None:
    started_s = time.monotonic()
    Traffic(Function().read, USERS, reads=6, concurrency=3, on_read=lambda _: None, reads_per_second=20).run()
    assert time.monotonic() - started_s >= 5 / 20


def test_traffic_that_flows_beside_a_block_has_been_answered_at_its_end() -> None:
    function, results = Function(), list[ReadResult]()
    with Traffic(function.read, USERS, concurrency=2, on_read=results.append).flowing():
        for _ in range(10):
            assert function.begun.acquire(timeout=10)
    assert function.at_once == 0
    assert len(results) >= 10


def test_traffic_that_is_stopped_begins_no_further_read() -> None:
    results: list[ReadResult] = []

    def stop_at_five(result: ReadResult) -> None:
        results.append(result)
        if len(results) == 5:
            traffic.stop()

    traffic = Traffic(Function().read, USERS, concurrency=1, on_read=stop_at_five)
    traffic.run()
    assert len(results) == 5


def test_whoever_counts_the_reads_may_end_them_with_an_error() -> None:
    def refuse(_: ReadResult) -> None:
        raise LookupError("no")

    with pytest.raises(LookupError):
        Traffic(Function().read, USERS, concurrency=3, on_read=refuse).run()
