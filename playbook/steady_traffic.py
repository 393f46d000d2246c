"""Reads at a steady rate, in the background, while something else goes on."""

import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from playbook.traffic import ReadResult, read_once

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

CONCURRENCY: Final = 6


class SteadyTraffic:
    """`reads_per_second` is on the wall's clock. A machine that cannot keep up sends fewer, never a burst."""

    def __init__(
        self, client: "LambdaClient", function_name: str, users: Sequence[str], *, reads_per_second: float
    ) -> None:
        self._client = client
        self._function_name = function_name
        self._users = itertools.cycle(users)
        self._interval_seconds = 1 / reads_per_second
        self._stopping = threading.Event()
        self._in_flight = threading.BoundedSemaphore(CONCURRENCY)
        self._results: list[ReadResult] = []

    @contextmanager
    def flowing(self) -> Iterator["SteadyTraffic"]:
        """Send during the block; every read that was sent has been answered at its end."""
        with ThreadPoolExecutor(CONCURRENCY, thread_name_prefix="read") as pool:
            sender = threading.Thread(target=self._send, args=(pool,), name="steady-traffic", daemon=True)
            sender.start()
            try:
                yield self
            finally:
                self._stopping.set()
                sender.join()

    def results(self) -> list[ReadResult]:
        """Of the reads that have been answered so far."""
        return list(self._results)

    def _send(self, pool: ThreadPoolExecutor) -> None:
        due = time.monotonic()
        while not self._stopping.wait(max(0.0, due - time.monotonic())):
            self._in_flight.acquire()
            pool.submit(self._read, next(self._users))
            due = max(due + self._interval_seconds, time.monotonic())

    def _read(self, user_id: str) -> None:
        try:
            self._results.append(read_once(self._client, self._function_name, user_id))
        finally:
            self._in_flight.release()
