"""Reads of the beta's users, sent as a caller sends them: an invocation of `live`."""

import hashlib
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from shared.canonical import canonical_text
from shared.names import LIVE_ALIAS

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

HTTP_OK: Final = 200


@dataclass(frozen=True)
class ReadResult:
    """One read as its caller saw it. `version` is empty when no function ran; `error` is empty on success.

    `answer_digest` tells whether two answers are equal in canonical form; it is empty where there is no answer.
    """

    user_id: str
    version: str
    status_code: int
    round_trip_ms: float
    answer_digest: str
    error: str


def beta_users(count: int) -> tuple[str, ...]:
    """The ids of the closed beta's users: user-1, user-2, …"""
    return tuple(f"user-{number}" for number in range(1, count + 1))


class Traffic:
    """Reads by `concurrency` callers, the users in turn, `reads` of them or, where that is None, until it is stopped.

    `reads_per_second` is on this machine's clock; 0 is as fast as the callers are answered. Who cannot keep up sends
    fewer, never a burst. A failing read is a result, not an exception: what users see is what is measured. `on_read` is
    called once a read, never by two threads at once. For one run.
    """

    def __init__(
        self,
        read: Callable[[str], ReadResult],
        users: Sequence[str],
        *,
        concurrency: int,
        on_read: Callable[[ReadResult], object],
        reads: int | None = None,
        reads_per_second: float = 0,
    ) -> None:
        self._read = read
        self._users = itertools.cycle(users)
        self._concurrency = concurrency
        self._on_read = on_read
        self._reads_left = reads
        self._pace = Pace(reads_per_second)
        self._turn_lock = threading.Lock()
        self._telling_lock = threading.Lock()
        self._stopping = threading.Event()
        self._ended = threading.Event()

    def run(self) -> None:
        """Send them; whoever is interrupted here stops. Raises what `on_read` raises."""
        try:
            with ThreadPoolExecutor(self._concurrency, thread_name_prefix="read") as pool:
                callers = [pool.submit(self._call) for _ in range(self._concurrency)]
                try:
                    for caller in as_completed(callers):
                        caller.result()
                finally:
                    self._stopping.set()
        finally:
            self._ended.set()

    def stop(self) -> None:
        """No further read begins."""
        self._stopping.set()

    def wait(self, timeout_s: float) -> bool:
        """Until every read has been answered, but no longer than this; whether that was so."""
        return self._ended.wait(timeout_s)

    @contextmanager
    def flowing(self) -> Iterator[None]:
        """Send during the block; every read that was sent has been answered at its end."""
        with ThreadPoolExecutor(1, thread_name_prefix="traffic") as pool:
            running = pool.submit(self.run)
            try:
                yield
            finally:
                self._stopping.set()
            running.result()

    def _call(self) -> None:
        while (turn := self._next_turn()) is not None:
            user_id, due_s = turn
            if (early_s := due_s - time.monotonic()) > 0 and self._stopping.wait(early_s):
                return
            result = self._read(user_id)
            with self._telling_lock:
                self._on_read(result)

    def _next_turn(self) -> tuple[str, float] | None:
        """Whose turn it is, and when; None when there is none any more."""
        with self._turn_lock:
            if self._stopping.is_set() or self._reads_left == 0:
                return None
            if self._reads_left is not None:
                self._reads_left -= 1
            return next(self._users), self._pace.next_due_s(time.monotonic())


class Pace:
    """When reads are due that come `reads_per_second`, 0 being at once. A late one delays those that follow it."""

    def __init__(self, reads_per_second: float) -> None:
        self._interval_s = 1 / reads_per_second if reads_per_second else 0.0
        self._next_s = float("-inf")

    def next_due_s(self, now_s: float) -> float:
        """When the next read is due, on the clock that says `now_s`."""
        due_s = max(self._next_s, now_s)
        self._next_s = due_s + self._interval_s
        return due_s


def send_reads(
    client: "LambdaClient",
    function_name: str,
    *,
    users: Sequence[str],
    reads: int,
    concurrency: int,
    on_read: Callable[[ReadResult], None],
) -> list[ReadResult]:
    """Send `reads` reads as fast as they are answered; the results in the order in which they came."""
    results: list[ReadResult] = []

    def take(result: ReadResult) -> None:
        results.append(result)
        on_read(result)

    read = partial(read_once, client, function_name)
    Traffic(read, users, reads=reads, concurrency=concurrency, on_read=take).run()
    return results


def read_once(client: "LambdaClient", function_name: str, user_id: str) -> ReadResult:
    """One read. Never raises."""
    version, status_code, digest, error = "", 0, "", ""
    started = time.perf_counter()
    try:
        response = client.invoke(
            FunctionName=function_name, Qualifier=LIVE_ALIAS, Payload=json.dumps({"userId": user_id})
        )
        answer = json.loads(response["Payload"].read())
        round_trip_ms = (time.perf_counter() - started) * 1000
        version = response.get("ExecutedVersion", "")
        if response.get("FunctionError"):
            error = f"{response['FunctionError']}: {answer}"
        else:
            status_code = int(answer["statusCode"])
            error = _wrong(answer, user_id)
            if not error:
                digest = hashlib.sha256(canonical_text(answer["user"]).encode()).hexdigest()
    except (BotoCoreError, ClientError, ValueError, KeyError, TypeError) as failure:
        round_trip_ms = (time.perf_counter() - started) * 1000
        error = f"{type(failure).__name__}: {failure}"
    return ReadResult(user_id, version, status_code, round_trip_ms, digest, error)


def _wrong(answer: dict[str, object], user_id: str) -> str:
    if answer["statusCode"] != HTTP_OK:
        return f"status {answer['statusCode']} for a user of the beta"
    user = answer.get("user")
    if not isinstance(user, dict) or user.get("id") != user_id:
        return "the answer is not the user who was asked for"
    return ""
