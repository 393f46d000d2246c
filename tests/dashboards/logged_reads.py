"""An hour of a canary, as the functions themselves log it: the lines that queries are tested on and documented with.

The telemetry is the handlers' own; what it tells of is drawn from a seed, so that the hour is always the same.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from dashboards.queries import log_group_name
from prisma_read.read_log import ReadLog
from prisma_read.shadow_line import ShadowRequest
from prisma_read.shadow_telemetry import OtherRead, ShadowTelemetry
from sandbox.insights_events import Event
from shared.comparison import Difference, DifferenceKind
from shared.names import PATH_MOCK, PATH_PRISMA, ResourceNames
from shared.read_facts import Invocation, ReadFacts
from shared.telemetry import Telemetry

ENVIRONMENT: Final = "beta"
NAMES: Final = ResourceNames(ENVIRONMENT)
MOCK_READ: Final = log_group_name(NAMES.mock_read_function)
PRISMA_READ: Final = log_group_name(NAMES.prisma_read_function)
PRISMA_SHADOW: Final = log_group_name(NAMES.prisma_shadow_function)
ACCOUNT: Final = "123456789012"
START_MS: Final = 1_700_000_400_000
"""2023-11-14 22:20 UTC."""
HOUR_MS: Final = 3_600_000

_READS: Final = 600
_SHARE_OF_PRISMA: Final = 0.2
_SHARE_OF_FAILURES: Final = 0.08
_SHARE_OF_DIFFERENCES: Final = 0.02
_SHARE_OF_COLD_STARTS: Final = 0.03
_FAILURES: Final = ("timeout", "timeout", "timeout", "db-unreachable", "breaker-open")
_DIFFERENCES: Final = (
    [Difference("balance", DifferenceKind.CHANGED)],
    [Difference("balance", DifferenceKind.CHANGED), Difference("tags", DifferenceKind.CHANGED)],
    [Difference("nickname", DifferenceKind.MISSING)],
)
_DIGESTS: Final = {"$": "0011223344556677", "balance": "8899aabbccddeeff"}


class _Hour:
    """Draws what happens and has it logged; `events` are by log group."""

    def __init__(self, start_ms: int) -> None:
        self._random = random.Random(7)  # noqa: S311 — the same every time, and a secret to nobody
        self._start_ms = start_ms
        self._now_ms = start_ms
        self.events: dict[str, list[Event]] = {MOCK_READ: [], PRISMA_READ: [], PRISMA_SHADOW: []}
        origin: dict[str, Any] = {"environment": ENVIRONMENT, "version": "7", "now_ms": lambda: self._now_ms}
        self._mock_read = Telemetry(
            **origin, function=NAMES.mock_read_function, write=lambda line: self._log(MOCK_READ, line)
        )
        self._prisma_read = ReadLog(
            **origin, function=NAMES.prisma_read_function, write=lambda line: self._log(PRISMA_READ, line)
        )
        self._shadow = ShadowTelemetry(
            **origin, function=NAMES.prisma_shadow_function, write=lambda line: self._log(PRISMA_SHADOW, line)
        )

    def pass_by(self) -> None:
        moments = sorted(self._random.randrange(HOUR_MS) for _ in range(_READS))
        for number, after_ms in enumerate(moments):
            self._now_ms = self._start_ms + after_ms
            self._read(number)
        self._mock_read.flag_failed(self._invocation(_READS), flag="prismaAdapter", code="timeout", duration_ms=50.0)
        self._mock_read.request_refused(self._invocation(_READS), code="no-user-id")
        self._prisma_read.start_failed(code="db-unreachable", duration_ms=900.0)
        self._shadow.skipped(self._invocation(_READS), code="stale", count=2)

    def _read(self, number: int) -> None:
        path = PATH_PRISMA if self._happens(_SHARE_OF_PRISMA) else PATH_MOCK
        failed = path == PATH_PRISMA and self._happens(_SHARE_OF_FAILURES)
        facts = ReadFacts(
            user_id=f"user-{self._random.randrange(1, 51)}",
            path=path,
            duration_ms=self._random.lognormvariate(3.0 if path == PATH_PRISMA else 0.5, 0.4) + 250 * failed,
            canary_enabled=True,
            failure_code=self._random.choice(_FAILURES) if failed else None,
        )
        with self._invoked(MOCK_READ, number, facts.duration_ms) as invocation:
            self._mock_read.shadow_requested(invocation, facts, _DIGESTS)
            self._mock_read.read_answered(invocation, facts)
        if path == PATH_PRISMA:
            self._candidate(number, facts)
        self._compare(number, facts)

    def _candidate(self, number: int, facts: ReadFacts) -> None:
        duration_ms = facts.duration_ms * 0.8
        with self._invoked(PRISMA_READ, number, duration_ms) as invocation:
            if facts.failure_code is None:
                self._prisma_read.read_answered(invocation, user_id=facts.user_id, duration_ms=duration_ms)
            else:
                self._prisma_read.read_failed(
                    invocation, user_id=facts.user_id, code=facts.failure_code, duration_ms=duration_ms
                )

    def _compare(self, number: int, facts: ReadFacts) -> None:
        request = ShadowRequest(
            user_id=facts.user_id,
            request_id=_request_id(number),
            served_by=facts.served_by,
            time_ms=self._now_ms,
            digests=_DIGESTS,
        )
        other_path = PATH_MOCK if facts.served_by == PATH_PRISMA else PATH_PRISMA
        other = OtherRead(path=other_path, duration_ms=self._random.lognormvariate(2.5, 0.5))
        if self._happens(_SHARE_OF_DIFFERENCES / 2):
            self._shadow.failed(self._invocation(number), request, other, code="db-timeout")
            return
        differences = self._random.choice(_DIFFERENCES) if self._happens(_SHARE_OF_DIFFERENCES) else []
        self._shadow.compared(self._invocation(number), request, other, differences)

    @contextmanager
    def _invoked(self, group: str, number: int, duration_ms: float) -> Iterator[Invocation]:
        """With the platform's lines around the function's own."""
        invocation = Invocation(request_id=_request_id(number), cold_start=self._happens(_SHARE_OF_COLD_STARTS))
        self._log(group, f"START RequestId: {invocation.request_id} Version: 7")
        yield invocation
        self._log(group, f"END RequestId: {invocation.request_id}")
        init = f"Init Duration: {self._random.uniform(150, 400):.2f} ms\t" if invocation.cold_start else ""
        self._log(
            group,
            f"REPORT RequestId: {invocation.request_id}\tDuration: {duration_ms:.2f} ms\t"
            f"Billed Duration: {duration_ms:.0f} ms\tMemory Size: 512 MB\tMax Memory Used: 96 MB\t{init}",
        )

    def _invocation(self, number: int) -> Invocation:
        return Invocation(request_id=_request_id(number), cold_start=False)

    def _happens(self, share: float) -> bool:
        return self._random.random() < share

    def _log(self, group: str, text: str) -> None:
        logged = self.events[group]
        pointer = f"{group}-{len(logged)}"
        logged.append(Event(self._now_ms, self._now_ms, text, f"{ACCOUNT}:{group}", "2023/11/14/[7]a", pointer))


def _request_id(number: int) -> str:
    return str(UUID(int=number))


@lru_cache
def logged_hour(start_ms: int = START_MS) -> Mapping[str, Sequence[Event]]:
    """The events of the hour by log group, in the order of their times."""
    hour = _Hour(start_ms)
    hour.pass_by()
    return hour.events
