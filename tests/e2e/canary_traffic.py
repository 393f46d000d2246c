"""Reads that go on while something happens to the candidate, and what their callers and the log say of them."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

from mock_read.composition import BREAKER_COOL_DOWN_S
from playbook.read_log import ReadLog, read_log
from playbook.traffic import ReadResult, beta_users, send_reads
from shared.names import LogToken, Metric
from stacks.environments import SANDBOX
from tests.e2e.conftest import NAMES, Deployment

CALLERS: Final = 3
USERS: Final = beta_users(50)
# Between two reads of a caller, so that the machine is not the fault.
_PAUSE_S: Final = 0.02
# A restarted server, and a breaker that waits ten seconds before it probes.
_PATIENCE_S: Final = 30
# How long before its line is in the log an invocation may have begun.
_OVERLAP_MS: Final = 1_000
_CANARY_EVENTS: Final = {LogToken.CANARY_SUCCESS, LogToken.CANARY_ERROR}
# What may come with any fault: a read that waits for its limit, and a breaker that has seen enough.
_COMPANIONS: Final = {"timeout", "breaker-open"}


def answers_of_the_mock(deployment: Deployment) -> Mapping[str, str]:
    """Each user's answer, as a digest. The flag must be off."""
    results = _send(deployment, len(USERS), on_read=lambda _: None)
    assert [result.error for result in results if result.error] == []
    return {result.user_id: result.answer_digest for result in results}


@dataclass(frozen=True)
class CanaryRead:
    """A read that was sent to the candidate, as mock-read logged it.

    `environment` is the execution environment, which has a breaker of its own; `ended_ms` is epoch milliseconds; `code`
    is empty on success.
    """

    environment: str
    ended_ms: int
    code: str
    duration_ms: float
    fallbacks: int


def recovered(reads: Sequence[CanaryRead], now_ms: int) -> bool:
    """Whether the candidate serves again, and no breaker keeps the next read from it. `now_ms` is epoch milliseconds.

    An environment has recovered with a read that succeeds or, when none comes, at the end of its breaker's wait. Lambda
    chooses which environment gets a read, and one that was needed only while reads were slow may get none any more.
    """
    if not reads or reads[-1].code:
        return False
    last = {read.environment: read for read in reads}
    return all(not read.code or now_ms - read.ended_ms > BREAKER_COOL_DOWN_S * 1000 for read in last.values())


class ReadsUnderWay:
    """Sends reads as long as the block lasts."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._start_ms = self._seen_ms = _now_ms()
        self._canary_reads: dict[str, CanaryRead] = {}
        self._results: list[ReadResult] = []
        self._overhead_ms = 0.0
        self._stopped = threading.Event()
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="reads-under-way")

    def __enter__(self) -> Self:
        self._sending = [
            self._pool.submit(self._send_until_stopped),
            self._pool.submit(self._measure_overhead_until_stopped),
        ]
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._pool.shutdown()
        for sending in self._sending:
            sending.result()

    def _send_until_stopped(self) -> None:
        while not self._stopped.is_set():
            self._results += _send(self._deployment, len(USERS), on_read=lambda _: self._pause())

    def _measure_overhead_until_stopped(self) -> None:
        """The slowest round trip of requests that are refused at once: what this machine adds to a read, now."""
        while not self._stopped.is_set():
            started_s = time.perf_counter()
            answer, _ = self._deployment.read({})
            self._overhead_ms = max(self._overhead_ms, (time.perf_counter() - started_s) * 1000)
            assert answer["error"]["code"] == "BAD_REQUEST"
            self._pause()

    def _pause(self) -> None:
        self._stopped.wait(_PAUSE_S)

    def canary_reads(self) -> list[CanaryRead]:
        """Those of the block so far, in the order of their ends. May be called after the block, too."""
        for event in self._deployment.events(NAMES.mock_read_function, self._seen_ms - _OVERLAP_MS):
            if not event["message"].startswith("{"):
                continue
            line = json.loads(event["message"])
            if line["event"] in _CANARY_EVENTS and event["timestamp"] >= self._start_ms:
                self._canary_reads[line["requestId"]] = _canary_read(event, line)
            self._seen_ms = max(self._seen_ms, event["timestamp"])
        return list(self._canary_reads.values())

    def successes(self) -> int:
        return self.codes()[""]

    def codes(self) -> Counter[str]:
        """Canary reads by code."""
        return Counter(read.code for read in self.canary_reads())

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Fails when it does not become true in reasonable time."""
        self._deployment.seconds_until(condition, _PATIENCE_S)

    def wait_for_successes(self, count: int) -> None:
        """Until as many canary reads more have succeeded."""
        enough = self.successes() + count
        self.wait_until(lambda: self.successes() >= enough)

    def wait_for_recovery(self) -> None:
        """Until every execution environment reaches the candidate again, or would with its next read."""
        self.wait_until(lambda: recovered(self.canary_reads(), _now_ms()))

    def log(self) -> ReadLog:
        """The operator's own count."""
        return read_log(
            self._deployment.client("logs"), f"/aws/lambda/{NAMES.mock_read_function}", start_ms=self._start_ms
        )

    def assert_users_noticed_nothing(self, answers: Mapping[str, str]) -> None:
        """Every answer right, and none later than the limit, as the function and as its callers measured it."""
        limit_ms = SANDBOX.candidate_timeout_ms + 200
        assert [result.error for result in self._results if result.error] == []
        assert [result for result in self._results if result.answer_digest != answers[result.user_id]] == []
        assert max(duration_ms for _, duration_ms in self.log().durations_ms) <= limit_ms
        assert max(result.round_trip_ms for result in self._results) <= limit_ms + self._overhead_ms

    def assert_failures_are(self, own_code: str) -> None:
        """The fault was seen under its own code and its companions', and each failure counted as one fallback."""
        reads = self.canary_reads()
        failures = Counter(read.code for read in reads if read.code)
        assert failures[own_code] > 0
        assert failures.keys() <= {own_code, *_COMPANIONS}, failures
        logged = self.log().failures
        assert {code: logged[f"[{LogToken.CANARY_ERROR}] {code}"] for code in failures} == failures
        assert all(read.fallbacks == bool(read.code) for read in reads)

    def assert_candidate_recovered(self) -> None:
        """No invocation of the candidate failed, though on a busy machine some may have outlasted a user's patience."""
        lines = list(self._deployment.lines(NAMES.prisma_read_function, self._start_ms))
        assert lines
        assert [line for line in lines if "code" in line] == []
        assert self.codes().keys() <= {"", *_COMPANIONS}


def _send(deployment: Deployment, reads: int, on_read: Callable[[ReadResult], None]) -> list[ReadResult]:
    return send_reads(
        deployment.client("lambda"),
        NAMES.mock_read_function,
        users=USERS,
        reads=reads,
        concurrency=CALLERS,
        on_read=on_read,
    )


def _canary_read(event: Mapping[str, Any], line: Mapping[str, Any]) -> CanaryRead:
    return CanaryRead(
        environment=event["logStreamName"],
        ended_ms=event["timestamp"],
        code=line.get("code", ""),
        duration_ms=line["duration"],
        fallbacks=line[Metric.FALLBACKS],
    )


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
