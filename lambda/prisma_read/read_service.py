"""The flow of a read at the candidate: validate, read, annotate, answer. Whatever happens there is an answer."""

import time
from http import HTTPStatus
from typing import Any, Final, Protocol, TypeAlias

from prisma_read.read_error import MESSAGES, Code, ReadError
from prisma_read.read_log import ReadLog
from shared.deadline import Deadline
from shared.names import PATH_PRISMA
from shared.probe import is_probe
from shared.read_facts import Invocation, ReadFacts
from shared.reader import Document
from shared.tracer import Tracer
from shared.user_id import is_user_id

# {"statusCode": 200, "user": {…}}, or 404 or 503 and "error": {"code": …, "message": …}.
Answer: TypeAlias = dict[str, Any]

# What writing the answer, the log line and the trace may take at the end of an invocation.
_RESERVE_MS: Final = 100
# Lambda gives a cold start ten seconds and starts over when they have passed, so that one that waits gains nothing.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
_INIT_TIMEOUT_MS: Final = 5_000


class DeadlineReader(Protocol):
    """`prisma_read.prisma_reader.PrismaReader` is the real one."""

    def read(self, user_id: str, deadline: Deadline) -> Document | None:
        """Raises ReadError."""


class Connector(Protocol):
    """`prisma_read.connection.Connection` is the real one."""

    def open(self, deadline: Deadline) -> None:
        """Raises ReadError."""


class ReadService:
    """Answers the reads of one execution environment, one at a time."""

    def __init__(self, *, reader: DeadlineReader, connector: Connector, log: ReadLog, tracer: Tracer) -> None:
        self._reader = reader
        self._connector = connector
        self._log = log
        self._tracer = tracer
        self._cold = True

    def prepare(self) -> None:
        """Connects while nobody waits. Never raises: what fails here is tried again by the first read."""
        started_s = time.perf_counter()
        try:
            self._connector.open(Deadline(_INIT_TIMEOUT_MS))
        except Exception as error:  # noqa: BLE001 — an environment that cannot connect now may do so later
            self._log.start_failed(code=_code(error), duration_ms=_since_ms(started_s))

    def handle(self, event: object, request_id: str, remaining_ms: int) -> Answer:
        """The answer to an event, which may be any JSON value. `remaining_ms` is what is left of the invocation.

        A probe is answered as any read is, but counts nowhere and leaves no trace. Its mark holds through `live`, too:
        no user may invoke this function, and mock-read hands on only marks that it honours itself.
        """
        invocation = Invocation(request_id=request_id, cold_start=self._cold)
        self._cold = False
        user_id = event.get("userId") if isinstance(event, dict) else None
        if is_probe(event):
            return self._probe(invocation, user_id, remaining_ms)
        if not is_user_id(user_id):
            self._log.request_refused(invocation, code=Code.BAD_REQUEST)
            return _failed(Code.BAD_REQUEST)
        deadline = Deadline(remaining_ms - _RESERVE_MS)
        with self._tracer.read() as span:
            started_s = time.perf_counter()
            document, code = self._read(user_id, deadline)
            duration_ms = _since_ms(started_s)
            span.record(
                ReadFacts(
                    user_id=user_id,
                    path=PATH_PRISMA,
                    duration_ms=duration_ms,
                    # Nobody asks the candidate while the flag is off.
                    canary_enabled=True,
                    failure_code=code,
                )
            )
        if code is not None:
            self._log.read_failed(invocation, user_id=user_id, code=code, duration_ms=duration_ms)
        else:
            self._log.read_answered(invocation, user_id=user_id, duration_ms=duration_ms)
        return _answer(document, code)

    def _probe(self, invocation: Invocation, user_id: object, remaining_ms: int) -> Answer:
        if is_user_id(user_id):
            document, code = self._read(user_id, Deadline(remaining_ms - _RESERVE_MS))
        else:
            document, code = None, Code.BAD_REQUEST
        answer = _answer(document, code)
        self._log.probed(invocation, status=answer["statusCode"], code=code)
        return answer

    def _read(self, user_id: str, deadline: Deadline) -> tuple[Document | None, Code | None]:
        try:
            return self._reader.read(user_id, deadline), None
        except Exception as error:  # noqa: BLE001 — the caller is to get a code, never a stack trace
            return None, _code(error)


def _code(error: Exception) -> Code:
    return Code(error.code) if isinstance(error, ReadError) else Code.UNEXPECTED


def _since_ms(started_s: float) -> float:
    return (time.perf_counter() - started_s) * 1000


def _answer(document: Document | None, code: Code | None) -> Answer:
    if code is not None:
        return _failed(code)
    if document is None:
        return _error(HTTPStatus.NOT_FOUND, "USER_NOT_FOUND", "There is no user with this userId.")
    return {"statusCode": HTTPStatus.OK, "user": document}


def _failed(code: Code) -> Answer:
    return _error(HTTPStatus.SERVICE_UNAVAILABLE, code, MESSAGES[code])


def _error(status: HTTPStatus, code: str, message: str) -> Answer:
    return {"statusCode": status, "error": {"code": code, "message": message}}
