"""One JSON line an event: a sentence for people, fields for queries and metrics for alarms, in one.

The line is in CloudWatch's embedded metric format, so one `print` is all that a metric costs a read.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

How reads are counted:

- A read counts in exactly one path, the one chosen for it, so the paths add up to all reads. A read that was
  sent to the candidate and fell back to the mock counts in `path=prisma`, in Requests, Errors and Fallbacks,
  and not in `path=mock`: Requests{path=prisma} is the denominator of the canary's error rate.
- Latency is of reads that their own path answered. A fallback has none: a candidate that fails at once would
  flatter its percentiles. What its caller waited is in the line's `duration`.
- By version every read counts once in Requests, and in Errors if the candidate failed, for such a handled
  failure never reaches Lambda's own Errors. An exception that leaves the handler is counted there, not here.
- A read that succeeds emits Errors 0, and Fallbacks 0 on the candidate's path, so that no sum is missing.
- A user that does not exist is an answer, hence a success. A bad request never was a read: it counts in
  BadRequests alone. A flag that could not be read counts in FlagErrors alone, once an attempt, and the read
  goes on.
"""

import json
import time
from collections.abc import Callable
from typing import Any, Final

from shared.names import METRIC_NAMESPACE, PATH_MOCK, PATH_PRISMA, Dimension, LogToken, Metric
from shared.read_facts import Invocation, ReadFacts

_UNITS: Final = {Metric.LATENCY: "Milliseconds"}


def _directive(dimensions: tuple[str, ...], *metrics: str) -> dict[str, Any]:
    return {
        "Namespace": METRIC_NAMESPACE,
        "Dimensions": [list(dimensions)],
        "Metrics": [{"Name": metric, "Unit": _UNITS.get(metric, "Count")} for metric in metrics],
    }


_ENVIRONMENT: Final = (Dimension.ENVIRONMENT,)
_PATH: Final = (Dimension.ENVIRONMENT, Dimension.PATH)
_BY_VERSION: Final = _directive((Dimension.ENVIRONMENT, Dimension.VERSION), Metric.REQUESTS, Metric.ERRORS)

_MOCK_SUCCESS: Final = [_directive(_PATH, Metric.REQUESTS, Metric.ERRORS, Metric.LATENCY), _BY_VERSION]
_CANARY_SUCCESS: Final = [
    _directive(_PATH, Metric.REQUESTS, Metric.ERRORS, Metric.FALLBACKS, Metric.LATENCY),
    _BY_VERSION,
]
_CANARY_ERROR: Final = [_directive(_PATH, Metric.REQUESTS, Metric.ERRORS, Metric.FALLBACKS), _BY_VERSION]
_FLAG_ERROR: Final = [_directive(_ENVIRONMENT, Metric.FLAG_ERRORS)]
_BAD_REQUEST: Final = [_directive(_ENVIRONMENT, Metric.BAD_REQUESTS)]


class Telemetry:
    """Writes the lines of one function version. No method ever raises.

    `write` takes a finished line. One that could not be written is counted, and the next that can be tells in
    `droppedLines` how many were lost before it.
    """

    def __init__(self, *, environment: str, version: str, write: Callable[[str], None] = print) -> None:
        self._environment = environment
        self._version = version
        self._write = write
        self._dropped_lines = 0

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
            self._emit(invocation, LogToken.CANARY_ERROR, text, fields, _CANARY_ERROR)
            return
        fields |= {Metric.ERRORS: 0, Metric.LATENCY: duration}
        text = f"userId: '{facts.user_id}', duration: {duration}"
        if facts.path == PATH_PRISMA:
            fields[Metric.FALLBACKS] = 0
            self._emit(invocation, LogToken.CANARY_SUCCESS, text, fields, _CANARY_SUCCESS)
        else:
            self._emit(invocation, LogToken.MOCK_SUCCESS, text, fields, _MOCK_SUCCESS)

    def flag_failed(self, invocation: Invocation, *, flag: str, code: str, duration_ms: float) -> None:
        """`[FLAG-ERROR]`: `flag` names the one that could not be read, the switch or the flag itself."""
        duration = round(duration_ms, 3)
        fields = {"flag": flag, "code": code, "path": PATH_MOCK, "duration": duration, Metric.FLAG_ERRORS: 1}
        text = f"flag: '{flag}', code: '{code}', duration: {duration}"
        self._emit(invocation, LogToken.FLAG_ERROR, text, fields, _FLAG_ERROR)

    def request_refused(self, invocation: Invocation, *, code: str) -> None:
        """`[BAD-REQUEST]`: `code` says what was wrong; nothing of the event is repeated."""
        fields = {"code": code, Metric.BAD_REQUESTS: 1}
        self._emit(invocation, LogToken.BAD_REQUEST, f"code: '{code}'", fields, _BAD_REQUEST)

    def _emit(
        self,
        invocation: Invocation,
        token: str,
        text: str,
        fields: dict[str, Any],
        directives: list[dict[str, Any]],
    ) -> None:
        line = {
            "message": f"[{token}] {text}",
            "event": token,
            **fields,
            "requestId": invocation.request_id,
            "environment": self._environment,
            "version": self._version,
            "coldStart": invocation.cold_start,
            "_aws": {"Timestamp": time.time_ns() // 1_000_000, "CloudWatchMetrics": directives},
        }
        if self._dropped_lines:
            line["droppedLines"] = self._dropped_lines
        try:
            self._write(json.dumps(line, separators=(",", ":")))
        except Exception:  # noqa: BLE001 — whatever ails the log must not ail the reader
            self._dropped_lines += 1
        else:
            self._dropped_lines = 0
