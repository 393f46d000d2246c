"""Compares sampled reads with what the other path answers, a batch of log lines at a time.

Lines may come late, twice, out of order or broken, and Lambda delivers a batch again when its handler raises. What
keeps the numbers right:

- A line that is malformed, of another canonical version or older than `MAX_AGE_MS` is skipped; the rest is compared.
- A request id is compared once: repeats are dropped within a batch and, in one execution environment, by a memory
  of the last `REMEMBERED_READS`. The memory holds only what was compared, so a repeat of what failed is tried.
- The handler raises only if no line was compared and some failed for a reason that may pass, such as a database that
  is down. So a batch that comes again holds nothing that counted already, even in another execution environment.
  In a batch of which a part was compared, the failed rest stays an error and shows as missing coverage.
- After `MOST_WAITS` such failures in a row the other path is taken for dead and not waited for again in this batch,
  and no read begins when less than `RESERVE_MS` of the invocation is left: a batch that Lambda kills half-way would
  be delivered again and count twice.
"""

import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from prisma_read.shadow_event import MalformedEventError, log_messages
from prisma_read.shadow_line import ShadowRequest, Skip, parse_line
from prisma_read.shadow_memory import ComparedReads
from prisma_read.shadow_telemetry import OtherRead, ShadowTelemetry
from shared.comparison import Difference, compare_digests
from shared.digests import Digester
from shared.names import PATH_MOCK, PATH_PRISMA
from shared.read_facts import Invocation
from shared.reader import CandidateError, Document, Reader

MAX_AGE_MS: Final = 300_000
REMEMBERED_READS: Final = 10_000
MOST_WAITS: Final = 3
RESERVE_MS: Final = 5_000

OUT_OF_TIME: Final = "out-of-time"
UNEXPECTED: Final = "unexpected"
# Where a later attempt may do better.
PASSING_CODES: Final = frozenset({"db-unreachable", "db-timeout", "db-auth", "engine-dead", "secret", OUT_OF_TIME})


class BatchFailedError(Exception):
    """Nothing of a batch could be compared. Names the codes, and is meant to leave the handler."""


class Comparator:
    """Compares the batches of one execution environment, one at a time."""

    def __init__(self, *, mock: Reader, prisma: Reader, digester: Digester, telemetry: ShadowTelemetry) -> None:
        self._others = {PATH_MOCK: (PATH_PRISMA, prisma), PATH_PRISMA: (PATH_MOCK, mock)}
        self._digester = digester
        self._telemetry = telemetry
        self._compared = ComparedReads(REMEMBERED_READS)
        self._cold = True

    def handle(self, event: object, request_id: str, remaining_ms: Callable[[], int]) -> None:
        """Compares the lines in an event of CloudWatch Logs. `remaining_ms` is what is left of the invocation.

        Raises BatchFailedError, so that Lambda delivers the batch again and at last to its failure queue.
        """
        invocation = Invocation(request_id=request_id, cold_start=self._cold)
        self._cold = False
        try:
            messages = log_messages(event)
        except MalformedEventError:
            # Nothing that a second delivery would mend.
            self._telemetry.skipped(invocation, code=Skip.MALFORMED_EVENT, count=1)
            return
        requests, skipped = self._sort_out(messages)
        for reason, count in skipped.items():
            self._telemetry.skipped(invocation, code=reason, count=count)
        self._compare_all(invocation, requests, remaining_ms)

    def _sort_out(self, messages: list[object]) -> tuple[list[ShadowRequest], Counter[Skip]]:
        """What is to compare, by request id, and how many lines are not, by reason."""
        oldest_ms = self._telemetry.now_ms() - MAX_AGE_MS
        requests: dict[str, ShadowRequest] = {}
        skipped: Counter[Skip] = Counter()
        for message in messages:
            request = parse_line(message)
            if isinstance(request, Skip):
                skipped[request] += 1
            elif request.time_ms < oldest_ms:
                skipped[Skip.STALE] += 1
            elif request.request_id in requests or request.request_id in self._compared:
                skipped[Skip.DUPLICATE] += 1
            else:
                requests[request.request_id] = request
        return list(requests.values()), skipped

    def _compare_all(
        self, invocation: Invocation, requests: list[ShadowRequest], remaining_ms: Callable[[], int]
    ) -> None:
        failures: list[str] = []
        waits: Counter[str] = Counter()
        dead: dict[str, str] = {}
        for request in requests:
            path, _ = self._others[request.served_by]
            code = OUT_OF_TIME if remaining_ms() < RESERVE_MS else dead.get(path)
            if code is not None:
                self._telemetry.failed(invocation, request, OtherRead(path=path, duration_ms=0), code=code)
            else:
                code = self._compare(invocation, request)
                waits[path] = waits[path] + 1 if code in PASSING_CODES else 0
                if code is not None and waits[path] == MOST_WAITS:
                    dead[path] = code
            if code is not None:
                failures.append(code)
        if len(failures) == len(requests) and not PASSING_CODES.isdisjoint(failures):
            raise BatchFailedError(f"none of {len(requests)} reads was compared: {', '.join(sorted(set(failures)))}")

    def _compare(self, invocation: Invocation, request: ShadowRequest) -> str | None:
        """None if the comparison was made, whatever it found, else why it was not, in a word."""
        path, reader = self._others[request.served_by]
        started_s = time.perf_counter()
        try:
            document = reader.read(request.user_id)
            other = OtherRead(path=path, duration_ms=_since_ms(started_s))
            differences = self._differences(request, document)
        except Exception as error:  # noqa: BLE001 — one line's failure is not the batch's
            code = error.code if isinstance(error, CandidateError) else UNEXPECTED
            other = OtherRead(path=path, duration_ms=_since_ms(started_s))
            self._telemetry.failed(invocation, request, other, code=code)
            return code
        self._compared.remember(request.request_id)
        self._telemetry.compared(invocation, request, other, differences)
        return None

    def _differences(self, request: ShadowRequest, document: Document | None) -> list[Difference]:
        digests = self._digester.digests(request.request_id, document)
        if request.served_by == PATH_MOCK:
            return compare_digests(mock=request.digests, candidate=digests)
        return compare_digests(mock=digests, candidate=request.digests)


def _since_ms(started_s: float) -> float:
    return (time.perf_counter() - started_s) * 1000
