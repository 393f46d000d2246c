"""What mock-read tells of its reads, a line of `event_log` an event.

How reads are counted:

- A read counts in exactly one path, the one chosen for it, so the paths add up to all reads. A read that was
  sent to the candidate and fell back to the mock counts in `path=prisma`, in Requests, Errors and Fallbacks,
  and not in `path=mock`: Requests{path=prisma} is the denominator of the canary's error rate. So does a read that an
  open breaker kept from the candidate: were it left out, the alarm would go quiet because the candidate is dead.
- Latency is of reads that their own path answered. A fallback has none: a candidate that fails at once would
  flatter its percentiles. What its caller waited is in the line's `duration`.
- By function and version every read counts once in Requests, and in Errors if the candidate failed, for such a handled
  failure never reaches Lambda's own Errors. An exception that leaves the handler is counted there, not here.
- A read that succeeds emits Errors 0, and Fallbacks 0 on the candidate's path, so that no sum is missing.
- A user that does not exist is an answer, hence a success. A bad request never was a read: it counts in
  BadRequests alone. A flag that could not be read counts in FlagErrors alone, once an attempt, and the read
  goes on.
- A read that is sampled for the shadow comparison counts in ShadowRequests, which its coverage is measured against,
  whether or not its line could be made; if not, it counts in ShadowErrors, too. Its `path` is the one that served.
- A probe counts nowhere.
"""

from typing import Any, Final

from shared.canonical import CANONICAL_VERSION
from shared.event_log import BY_ENVIRONMENT, BY_PATH, BY_VERSION, EventLog, directive
from shared.names import PATH_MOCK, PATH_PRISMA, LogToken, Metric
from shared.read_facts import Invocation, ReadFacts

_OF_VERSION: Final = directive(BY_VERSION, Metric.REQUESTS, Metric.ERRORS)
_MOCK_SUCCESS: Final = (directive(BY_PATH, Metric.REQUESTS, Metric.ERRORS, Metric.LATENCY), _OF_VERSION)
_CANARY_SUCCESS: Final = (
    directive(BY_PATH, Metric.REQUESTS, Metric.ERRORS, Metric.FALLBACKS, Metric.LATENCY),
    _OF_VERSION,
)
_CANARY_ERROR: Final = (directive(BY_PATH, Metric.REQUESTS, Metric.ERRORS, Metric.FALLBACKS), _OF_VERSION)
_FLAG_ERROR: Final = (directive(BY_ENVIRONMENT, Metric.FLAG_ERRORS),)
_BAD_REQUEST: Final = (directive(BY_ENVIRONMENT, Metric.BAD_REQUESTS),)
_SHADOW_REQUEST: Final = (directive(BY_ENVIRONMENT, Metric.SHADOW_REQUESTS),)
_SHADOW_ERROR: Final = (directive(BY_ENVIRONMENT, Metric.SHADOW_REQUESTS, Metric.SHADOW_ERRORS),)


class Telemetry(EventLog):
    """No method ever raises."""

    def read_answered(self, invocation: Invocation, facts: ReadFacts) -> None:
        """`[MOCK-SUCCESS]`, `[CANARY-SUCCESS]` or, when the candidate failed, `[CANARY-ERROR]`."""
        duration = round(facts.duration_ms, 3)
        fields: dict[str, Any] = {
            "userId": facts.user_id,
            "path": facts.path,
            "duration": duration,
            Metric.REQUESTS: 1,
        }
        if facts.failure_code is not None:
            fields |= {"code": facts.failure_code, Metric.ERRORS: 1, Metric.FALLBACKS: 1}
            text = f"userId: '{facts.user_id}', code: '{facts.failure_code}', duration: {duration}"
            self.emit(invocation, LogToken.CANARY_ERROR, text, fields, _CANARY_ERROR)
            return
        fields |= {Metric.ERRORS: 0, Metric.LATENCY: duration}
        text = f"userId: '{facts.user_id}', duration: {duration}"
        if facts.path == PATH_PRISMA:
            fields[Metric.FALLBACKS] = 0
            self.emit(invocation, LogToken.CANARY_SUCCESS, text, fields, _CANARY_SUCCESS)
        else:
            self.emit(invocation, LogToken.MOCK_SUCCESS, text, fields, _MOCK_SUCCESS)

    def probed(
        self, invocation: Invocation, *, path: str, status: int, duration_ms: float, code: str | None = None
    ) -> None:
        """`[PROBE]`: a read that no user asked for, and that no metric counts. `code` says why it was not answered.

        Its `duration` is what a user's read by that path would have taken: the baseline is made of them.
        """
        duration = round(duration_ms, 3)
        fields: dict[str, Any] = {"path": path, "status": status, "duration": duration}
        text = f"path: '{path}', status: {status}"
        if code is not None:
            fields["code"] = code
            text += f", code: '{code}'"
        self.emit(invocation, LogToken.PROBE, f"{text}, duration: {duration}", fields, [])

    def flag_failed(self, invocation: Invocation, *, flag: str, code: str, duration_ms: float) -> None:
        """`[FLAG-ERROR]`: `flag` names the one that could not be read, the switch or the flag itself."""
        duration = round(duration_ms, 3)
        fields = {"flag": flag, "code": code, "path": PATH_MOCK, "duration": duration, Metric.FLAG_ERRORS: 1}
        text = f"flag: '{flag}', code: '{code}', duration: {duration}"
        self.emit(invocation, LogToken.FLAG_ERROR, text, fields, _FLAG_ERROR)

    def request_refused(self, invocation: Invocation, *, code: str) -> None:
        """`[BAD-REQUEST]`: `code` says what was wrong; nothing of the event is repeated."""
        fields = {"code": code, Metric.BAD_REQUESTS: 1}
        self.emit(invocation, LogToken.BAD_REQUEST, f"code: '{code}'", fields, _BAD_REQUEST)

    def shadow_requested(self, invocation: Invocation, facts: ReadFacts, digests: dict[str, str]) -> None:
        """`[SHADOW-REQUEST]`: asks the comparator, through the log, to read the same user by the other path."""
        fields = {
            "userId": facts.user_id,
            "path": facts.served_by,
            "time": self.now_ms(),
            "canonicalVersion": CANONICAL_VERSION,
            "digests": digests,
            Metric.SHADOW_REQUESTS: 1,
        }
        text = f"userId: '{facts.user_id}', path: '{facts.served_by}'"
        self.emit(invocation, LogToken.SHADOW_REQUEST, text, fields, _SHADOW_REQUEST)

    def shadow_failed(self, invocation: Invocation, facts: ReadFacts, *, code: str) -> None:
        """`[SHADOW-ERROR]` of a sampled read for which no comparison could be asked."""
        fields = {
            "userId": facts.user_id,
            "path": facts.served_by,
            "code": code,
            Metric.SHADOW_REQUESTS: 1,
            Metric.SHADOW_ERRORS: 1,
        }
        text = f"userId: '{facts.user_id}', code: '{code}'"
        self.emit(invocation, LogToken.SHADOW_ERROR, text, fields, _SHADOW_ERROR)
