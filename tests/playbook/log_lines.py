"""Log lines as the functions themselves write them, parsed. `at_ms` counts from the start of the step."""

import json
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from prisma_read.shadow_line import ShadowRequest
from prisma_read.shadow_telemetry import OtherRead, ShadowTelemetry
from shared.comparison import Difference, DifferenceKind
from shared.names import PATH_MOCK, PATH_PRISMA
from shared.read_facts import Invocation, ReadFacts
from shared.telemetry import Telemetry

START_MS: Final = 1_700_000_000_000

Line: TypeAlias = dict[str, Any]


def mock_read(duration_ms: float = 2.0, *, at_ms: int = 0) -> Line:
    return _by_mock_read(at_ms, lambda log: log.read_answered(_invocation(), _facts(PATH_MOCK, duration_ms)))


def canary_read(duration_ms: float = 30.0, *, at_ms: int = 0) -> Line:
    return _by_mock_read(at_ms, lambda log: log.read_answered(_invocation(), _facts(PATH_PRISMA, duration_ms)))


def failed_canary_read(*, at_ms: int = 0) -> Line:
    facts = _facts(PATH_PRISMA, 1000.0, failure_code="timeout")
    return _by_mock_read(at_ms, lambda log: log.read_answered(_invocation(), facts))


def bad_request(*, at_ms: int = 0) -> Line:
    return _by_mock_read(at_ms, lambda log: log.request_refused(_invocation(), code="user-id-missing"))


def sampled(request_id: str, *, at_ms: int = 0) -> Line:
    return _by_mock_read(
        at_ms, lambda log: log.shadow_requested(_invocation(request_id), _facts(PATH_MOCK, 2.0), {"email": "1f2e"})
    )


def sampled_in_vain(request_id: str, *, at_ms: int = 0) -> Line:
    return _by_mock_read(
        at_ms, lambda log: log.shadow_failed(_invocation(request_id), _facts(PATH_MOCK, 2.0), code="unexpected")
    )


def compared(request_id: str, *, match: bool = True, duration_ms: float = 30.0, at_ms: int = 0) -> Line:
    differences = [] if match else [Difference("email", DifferenceKind.CHANGED)]
    return _by_comparator(
        at_ms,
        lambda log: log.compared(_invocation(), _request(request_id), _other_read(duration_ms), differences),
    )


def comparison_failed(request_id: str, *, at_ms: int = 0) -> Line:
    return _by_comparator(
        at_ms, lambda log: log.failed(_invocation(), _request(request_id), _other_read(1000.0), code="db-timeout")
    )


def comparison_skipped(*, at_ms: int = 0) -> Line:
    return _by_comparator(at_ms, lambda log: log.skipped(_invocation(), code="too-old", count=3))


def _by_mock_read(at_ms: int, write: Callable[[Telemetry], None]) -> Line:
    lines: list[str] = []
    write(
        Telemetry(
            environment="beta",
            function="huntaze-mock-read",
            version="1",
            write=lines.append,
            now_ms=lambda: START_MS + at_ms,
        )
    )
    return _parsed(lines)


def _by_comparator(at_ms: int, write: Callable[[ShadowTelemetry], None]) -> Line:
    lines: list[str] = []
    write(
        ShadowTelemetry(
            environment="beta",
            function="huntaze-prisma-shadow",
            version="1",
            write=lines.append,
            now_ms=lambda: START_MS + at_ms,
        )
    )
    return _parsed(lines)


def _parsed(lines: list[str]) -> Line:
    (text,) = lines
    line: Line = json.loads(text)
    return line


def _invocation(request_id: str = "request-0") -> Invocation:
    return Invocation(request_id=request_id, cold_start=False)


def _facts(path: str, duration_ms: float, failure_code: str | None = None) -> ReadFacts:
    return ReadFacts(
        user_id="user-7", path=path, duration_ms=duration_ms, canary_enabled=True, failure_code=failure_code
    )


def _request(request_id: str) -> ShadowRequest:
    return ShadowRequest(
        user_id="user-7", request_id=request_id, served_by=PATH_MOCK, time_ms=START_MS, digests={"email": "1f2e"}
    )


def _other_read(duration_ms: float) -> OtherRead:
    return OtherRead(path=PATH_PRISMA, duration_ms=duration_ms)
