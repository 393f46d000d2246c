"""Every line of a read that the real handlers' services write, from the shortest run of each of their branches."""

from functools import lru_cache

from mock_read.flag_client import FlagFailure
from prisma_read.read_error import Code, ReadError
from prisma_read.read_log import ReadLog
from prisma_read.read_service import ReadService
from prisma_read.shadow_comparator import Comparator
from prisma_read.shadow_telemetry import ShadowTelemetry
from shared.deadline import Deadline
from shared.digests import Digester
from shared.flag import Flag
from shared.mock_reader import MockReader
from shared.names import ResourceNames
from shared.reader import CandidateError, Document
from tests.lambda_support.fakes import (
    DIGEST_KEY,
    ENVIRONMENT,
    NOW_MS,
    REQUEST_ID,
    VERSION,
    FakeCandidate,
    FakeReader,
    FakeTracer,
    Log,
    read_service,
)
from tests.lambda_support.log_subscription import subscription_event
from tests.lambda_support.prisma_fakes import PATIENCE_MS, FakeConnector, FakeDeadlineReader

_NAMES = ResourceNames(ENVIRONMENT)
_EVENT = {"userId": "user-7"}
_USER = MockReader().read("user-7")
_SAMPLED = Flag(enabled=True, shadow_percent=100)
_CANARY = Flag(enabled=True, percent=100)


@lru_cache
def handled_reads() -> dict[str, Log]:
    """By function."""
    mock_read = _mock_read()
    return {
        _NAMES.mock_read_function: mock_read,
        _NAMES.prisma_read_function: _prisma_read(),
        _NAMES.prisma_shadow_function: _prisma_shadow(mock_read),
    }


def _mock_read() -> Log:
    log = Log()
    failure = FlagFailure(flag="prismaAdapter", code="timeout", duration_ms=50)
    undigestible = FakeReader({"user-7": {"preferences": {1, 2}}})
    for service in (
        read_service(log, flag=_SAMPLED),
        read_service(log, flag=_CANARY, candidate=FakeCandidate({"user-7": _USER or {}})),
        read_service(log, flag=_CANARY, candidate=FakeCandidate(error=CandidateError("timeout"))),
        read_service(log, failure=failure),
        read_service(log, flag=_SAMPLED, mock=undigestible),
    ):
        service.handle(_EVENT, REQUEST_ID)
    read_service(log).handle({}, REQUEST_ID)
    return log


def _prisma_read() -> Log:
    log = Log()
    read_log = ReadLog(
        environment=ENVIRONMENT, function=_NAMES.prisma_read_function, version=VERSION, write=log.lines.append
    )

    def fail(user_id: str, deadline: Deadline) -> Document | None:
        raise ReadError(Code.TIMEOUT)

    for reader in (FakeDeadlineReader(lambda _user_id, _deadline: _USER), FakeDeadlineReader(fail)):
        service = ReadService(reader=reader, connector=FakeConnector(), log=read_log, tracer=FakeTracer())
        service.handle(_EVENT, REQUEST_ID, PATIENCE_MS)
        service.handle({}, REQUEST_ID, PATIENCE_MS)
    unreachable = FakeConnector(error=ReadError(Code.UNREACHABLE))
    ReadService(reader=reader, connector=unreachable, log=read_log, tracer=FakeTracer()).prepare()
    return log


def _prisma_shadow(mock_read: Log) -> Log:
    log = Log()
    telemetry = ShadowTelemetry(
        environment=ENVIRONMENT,
        function=_NAMES.prisma_shadow_function,
        version=VERSION,
        write=log.lines.append,
        now_ms=lambda: NOW_MS,
    )
    requests = [line for line in mock_read.lines if '"SHADOW-REQUEST"' in line]
    other = {**(_USER or {}), "balance": "0"}
    for prisma in (
        FakeReader({"user-7": _USER or {}}),
        FakeReader({"user-7": other}),
        FakeReader(error=CandidateError("unexpected")),
    ):
        comparator = Comparator(mock=MockReader(), prisma=prisma, digester=Digester(DIGEST_KEY), telemetry=telemetry)
        comparator.handle(subscription_event([*requests, "no line of ours"]), REQUEST_ID, lambda: PATIENCE_MS)
    return log
