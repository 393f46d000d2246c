"""What a read uses: bytes and metrics from the functions' own code, durations from runs that were measured."""

from collections.abc import Callable
from functools import partial
from typing import Final

from costs.usage import Durations, LineBytes, Usage
from playbook.traffic import beta_users
from prisma_read.read_log import ReadLog
from prisma_read.shadow_line import ShadowRequest
from prisma_read.shadow_telemetry import OtherRead, ShadowTelemetry
from shared.digests import Digester
from shared.mock_reader import MockReader
from shared.names import PATH_MOCK, PATH_PRISMA, ResourceNames
from shared.read_facts import Invocation, ReadFacts
from shared.telemetry import Telemetry
from tests.lambda_support.emf import data_points

_NAMES: Final = ResourceNames("beta")
_VERSION: Final = "12"
_NOW_MS: Final = 1_800_000_000_000
_KEY: Final = "0123456789abcdef" * 4
_REQUEST_ID: Final = "4f2c6f6e-0000-4000-8000-1d5a9d1c0a77"
_INVOCATION: Final = Invocation(request_id=_REQUEST_ID, cold_start=False)
_MOCK_MS: Final = 0.031
_PRISMA_MS: Final = 17.785
# As Lambda's guide shows them, with tabs, and the line on the trace that follows a traced invocation.
# https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
_REPORT: Final = (
    f"REPORT RequestId: {_REQUEST_ID}\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 1024 MB\t"
    "Max Memory Used: 128 MB\t\nXRAY TraceId: 1-5e34a614-10bdxxxxf1fb44f07bc535a1\tSegmentId: 07f5xxxx2d1f6f85\t"
    "Sampled: true\t\n"
)
_PLATFORM_LINES: Final = (
    f"START RequestId: {_REQUEST_ID} Version: {_VERSION}\n",
    f"END RequestId: {_REQUEST_ID}\n",
    _REPORT,
)
# The last rehearsal's means and the benchmark's median, rounded up to what Lambda bills. docs/COST.md says more.
DURATIONS: Final = Durations(mock_read=2, canary_wait=18, prisma_read=12, comparison=12, event_invoke=3)


def measured_usage() -> Usage:
    users = beta_users(50)
    lines = {
        kind: [line for user in users for line in _written(partial(write, user))]
        for kind, write in {
            "mock_served": _mock_served,
            "prisma_served": _prisma_served,
            "shadow_request": _shadow_request,
            "prisma_read": _prisma_read,
            "comparison": _comparison,
        }.items()
    }
    bytes_by_kind = {kind: sum(len(line.encode()) for line in told) / len(users) for kind, told in lines.items()}
    series = {(point.name, point.dimensions) for told in lines.values() for line in told for point in data_points(line)}
    return Usage(
        lines=LineBytes(**bytes_by_kind, platform=sum(len(line.encode()) for line in _PLATFORM_LINES)),
        durations=DURATIONS,
        custom_metrics=len(series),
    )


_Write = Callable[[str], None]


def _written(tell: Callable[[_Write], None]) -> list[str]:
    lines: list[str] = []
    tell(lines.append)
    return lines


def _telemetry(write: _Write) -> Telemetry:
    return Telemetry(
        environment="beta",
        function=_NAMES.mock_read_function,
        version=_VERSION,
        write=write,
        now_ms=lambda: _NOW_MS,
    )


def _facts(user: str, path: str) -> ReadFacts:
    duration_ms = _MOCK_MS if path == PATH_MOCK else _PRISMA_MS
    return ReadFacts(user_id=user, path=path, duration_ms=duration_ms, canary_enabled=True)


def _mock_served(user: str, write: _Write) -> None:
    _telemetry(write).read_answered(_INVOCATION, _facts(user, PATH_MOCK))


def _prisma_served(user: str, write: _Write) -> None:
    _telemetry(write).read_answered(_INVOCATION, _facts(user, PATH_PRISMA))


def _shadow_request(user: str, write: _Write) -> None:
    digests = Digester(_KEY).digests(_REQUEST_ID, MockReader().read(user))
    _telemetry(write).shadow_requested(_INVOCATION, _facts(user, PATH_MOCK), digests)


def _prisma_read(user: str, write: _Write) -> None:
    log = ReadLog(
        environment="beta",
        function=_NAMES.prisma_read_function,
        version=_VERSION,
        write=write,
        now_ms=lambda: _NOW_MS,
    )
    log.read_answered(_INVOCATION, user_id=user, duration_ms=_PRISMA_MS)


def _comparison(user: str, write: _Write) -> None:
    telemetry = ShadowTelemetry(
        environment="beta",
        function=_NAMES.prisma_shadow_function,
        version="$LATEST",
        write=write,
        now_ms=lambda: _NOW_MS,
    )
    request = ShadowRequest(user_id=user, request_id=_REQUEST_ID, served_by=PATH_MOCK, time_ms=_NOW_MS, digests={})
    telemetry.compared(_INVOCATION, request, OtherRead(path=PATH_PRISMA, duration_ms=_PRISMA_MS), [])
