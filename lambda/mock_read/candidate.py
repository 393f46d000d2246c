"""The path that is to take over: prisma-read, asked for one user within a time limit and behind a breaker."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from mock_read.bounded_call import BoundedCaller
from mock_read.breaker import Breaker
from mock_read.candidate_answer import parse_answer
from mock_read.cold_start import ColdStartGuess
from shared.deadline import Deadline
from shared.names import PATH_PRISMA
from shared.probe import PROBE
from shared.reader import CandidateError, Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a function returned, or the report of its unhandled exception if `function_error`."""

    payload: bytes
    function_error: bool


class Invoker(Protocol):
    """A way to invoke the candidate; `mock_read.lambda_invoker.LambdaInvoker` is the real one."""

    def prepare(self) -> None:
        """Does now, without making the caller wait, what the first call would wait for. Never raises."""

    def invoke(self, payload: bytes, trace_header: str | None) -> Reply:
        """Waits for the function. Raises CandidateError, or TimeoutError. Called from a thread of its own."""


class CandidateReader:
    """A Reader that takes `timeout_ms` at most. `trace_header` gives the header of the read that is under way.

    Its errors' codes: the candidate's own, as they came, and

    - `timeout`, and `cold-start-timeout` where a cold start is likely (`cold_start` says when);
    - `throttled`, `access-denied`, `not-found`, `invoke-error`, `unreachable`: the invocation was not accepted;
    - `function-error`: an exception left the candidate's handler; `malformed`: its answer is none of our shapes;
    - `breaker-open`: it failed so often that this read did not ask.
    """

    def __init__(
        self,
        *,
        invoker: Invoker,
        timeout_ms: int,
        breaker: Breaker,
        trace_header: Callable[[], str | None],
        cold_start: ColdStartGuess | None = None,
    ) -> None:
        self._invoker = invoker
        self._timeout_ms = timeout_ms
        self._breaker = breaker
        self._trace_header = trace_header
        self._cold_start = cold_start or ColdStartGuess()
        self._caller = BoundedCaller()

    def prepare(self) -> None:
        """Call it as soon as a read may come. Neither waits nor raises."""
        self._invoker.prepare()

    def read(self, user_id: str) -> Document | None:
        """Raises CandidateError."""
        if not self._breaker.admit():
            raise CandidateError("breaker-open")
        try:
            document = self._ask(user_id)
        except BaseException:
            self._breaker.failed()
            raise
        self._breaker.succeeded()
        return document

    def probe(self, user_id: str) -> Document | None:
        """A read that no user asked for: past the breaker, which is for them. Raises CandidateError."""
        return self._ask(user_id, {PROBE: PATH_PRISMA})

    def _ask(self, user_id: str, mark: Mapping[str, str] | None = None) -> Document | None:
        deadline = Deadline(self._timeout_ms)
        payload = json.dumps({"userId": user_id, **(mark or {})}).encode()
        # Here, because the trace knows only the thread that reads.
        trace_header = self._trace_header()
        self._cold_start.asked()
        try:
            reply = self._caller.call(lambda: self._invoker.invoke(payload, trace_header), deadline)
        except TimeoutError:
            raise CandidateError("cold-start-timeout" if self._cold_start.is_likely() else "timeout") from None
        self._cold_start.answered()
        if reply.function_error:
            raise CandidateError("function-error")
        return parse_answer(reply.payload, user_id)
