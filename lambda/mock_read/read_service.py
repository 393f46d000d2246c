"""The flow of a read: validate, ask the flag, choose a path, read, annotate, ask for a comparison, answer.

The caller gets the mock's answer unless the candidate was chosen and gave one. Nothing that the flag, the
candidate, the shadow, logs, metrics or traces do can keep that answer back.
"""

import time
from typing import Any, Final, Protocol, TypeAlias

from mock_read.flag_client import FlagReading
from mock_read.request import BadRequest, ReadRequest, parse_request
from mock_read.shadow import Shadow
from shared.flag import Flag
from shared.names import PATH_MOCK, PATH_PRISMA
from shared.read_facts import Invocation, ReadFacts
from shared.reader import CandidateError, Document, Reader
from shared.rollout import in_rollout
from shared.telemetry import Telemetry
from shared.tracer import Tracer

# {"statusCode": 200, "user": {…}}, or 400, 404 or, to a probe, 503 and "error": {"code": …, "message": …}.
Answer: TypeAlias = dict[str, Any]

UNEXPECTED: Final = "unexpected"


class FlagSource(Protocol):
    """Where the flag comes from; `mock_read.flag_client.FlagClient` is the real one."""

    def current(self) -> FlagReading:
        """Never raises."""


class Candidate(Reader, Protocol):
    """The path behind the flag; `mock_read.candidate.CandidateReader` is the real one."""

    def prepare(self) -> None:
        """Called while the flag may send reads here. Neither waits nor raises."""

    def probe(self, user_id: str) -> Document | None:
        """A read that counts nowhere. Raises CandidateError."""


class ReadService:
    """Answers the reads of one execution environment, one at a time."""

    def __init__(
        self,
        *,
        flags: FlagSource,
        mock: Reader,
        candidate: Candidate,
        shadow: Shadow,
        telemetry: Telemetry,
        tracer: Tracer,
    ) -> None:
        self._flags = flags
        self._mock = mock
        self._candidate = candidate
        self._shadow = shadow
        self._telemetry = telemetry
        self._tracer = tracer
        self._cold = True

    def handle(self, event: object, request_id: str) -> Answer:
        """The answer to an event, which may be any JSON value. Raises only what the mock raises."""
        invocation = Invocation(request_id=request_id, cold_start=self._cold)
        self._cold = False
        request = parse_request(event)
        if isinstance(request, BadRequest):
            self._telemetry.request_refused(invocation, code=request.code)
            return _error(400, "BAD_REQUEST", request.message)
        flag = self._flag(invocation)
        if flag.reaches_anybody:
            self._candidate.prepare()
        path = PATH_PRISMA if in_rollout(flag, request.user_id, request_id) else PATH_MOCK
        with self._tracer.read() as span:
            started_s = time.perf_counter()
            document, failure_code = self._read(path, request.user_id)
            facts = ReadFacts(
                user_id=request.user_id,
                path=path,
                duration_ms=(time.perf_counter() - started_s) * 1000,
                canary_enabled=flag.enabled,
                failure_code=failure_code,
            )
            span.record(facts)
        self._telemetry.read_answered(invocation, facts)
        self._shadow.consider(invocation, flag, facts, document)
        return _answer(document)

    def probe(self, event: object, request_id: str, path: str) -> Answer:
        """What `path` itself answers, before users are sent to this version. No flag, metric, trace or comparison.

        The candidate's failure is a 503 with its code, where a user would get the mock's answer.
        """
        invocation = Invocation(request_id=request_id, cold_start=self._cold)
        self._cold = False
        request = parse_request(event)
        started_s = time.perf_counter()
        answer, failure_code = self._probe(request, path)
        duration_ms = (time.perf_counter() - started_s) * 1000
        self._telemetry.probed(
            invocation, path=path, status=answer["statusCode"], duration_ms=duration_ms, code=failure_code
        )
        return answer

    def _probe(self, request: ReadRequest | BadRequest, path: str) -> tuple[Answer, str | None]:
        if isinstance(request, BadRequest):
            return _error(400, "BAD_REQUEST", request.message), request.code
        reader = self._mock.read if path == PATH_MOCK else self._candidate.probe
        try:
            return _answer(reader(request.user_id)), None
        except CandidateError as error:
            failure_code = error.code
        except Exception:  # noqa: BLE001 — whoever probes is to get a code, never a stack trace
            failure_code = UNEXPECTED
        return _error(503, failure_code, "The path that is probed did not answer."), failure_code

    def _flag(self, invocation: Invocation) -> Flag:
        reading = self._flags.current()
        if (failure := reading.failure) is not None:
            self._telemetry.flag_failed(
                invocation, flag=failure.flag, code=failure.code, duration_ms=failure.duration_ms
            )
        return reading.flag

    def _read(self, path: str, user_id: str) -> tuple[Document | None, str | None]:
        """The document, and the candidate's failure code if the mock had to stand in."""
        if path == PATH_MOCK:
            return self._mock.read(user_id), None
        try:
            return self._candidate.read(user_id), None
        except CandidateError as error:
            failure_code = error.code
        except Exception:  # noqa: BLE001 — the candidate's own faults are its failures, too
            failure_code = UNEXPECTED
        return self._mock.read(user_id), failure_code


def _answer(document: Document | None) -> Answer:
    if document is None:
        return _error(404, "USER_NOT_FOUND", "There is no user with this userId.")
    return {"statusCode": 200, "user": document}


def _error(status: int, code: str, message: str) -> Answer:
    return {"statusCode": status, "error": {"code": code, "message": message}}
