"""One JSON line an event: a sentence for people, fields for queries and metrics for alarms, in one.

The line is in CloudWatch's embedded metric format, so one `print` is all that a metric costs a read.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import orjson

from shared.names import METRIC_NAMESPACE, Dimension, Metric
from shared.read_facts import Invocation

_UNITS: Final = {Metric.LATENCY: "Milliseconds", Metric.SHADOW_LATENCY: "Milliseconds"}

BY_ENVIRONMENT: Final = (Dimension.ENVIRONMENT,)
BY_PATH: Final = (Dimension.ENVIRONMENT, Dimension.PATH)
BY_VERSION: Final = (Dimension.ENVIRONMENT, Dimension.FUNCTION, Dimension.VERSION)


def _encode(value: Any) -> str:
    # A tenth of what the standard library takes for a line, and a user waits for it.
    return orjson.dumps(value).decode()


def directive(dimensions: tuple[str, ...], *metrics: str) -> str:
    """Has CloudWatch take these metrics from the fields of a line. It is JSON already, to be written only once."""
    return _encode(
        {
            "Namespace": METRIC_NAMESPACE,
            "Dimensions": [dimensions],
            "Metrics": [{"Name": metric, "Unit": _UNITS.get(metric, "Count")} for metric in metrics],
        }
    )


class EventLog:
    """Writes the lines of one function version. Never raises.

    `function` is the function's name: two functions may have a version of the same number. `write` takes a finished
    line. One that could not be written is counted, and the next that can be tells in `droppedLines` how many were lost
    before it. `now_ms` is the time since 1970.
    """

    def __init__(
        self,
        *,
        environment: str,
        function: str,
        version: str,
        write: Callable[[str], None] = print,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._origin = _encode({"environment": environment, "function": function, "version": version})[1:-1]
        self._write = write
        self.now_ms = now_ms
        self._dropped_lines = 0

    def emit(
        self,
        invocation: Invocation,
        token: str,
        text: str,
        fields: dict[str, Any],
        directives: Sequence[str],
    ) -> None:
        """Writes `[token] text` with the fields and the metrics that the directives take from them."""
        line = {
            "message": f"[{token}] {text}",
            "event": token,
            "requestId": invocation.request_id,
            **fields,
            "coldStart": invocation.cold_start,
        }
        if self._dropped_lines:
            line["droppedLines"] = self._dropped_lines
        metadata = f'"_aws":{{"Timestamp":{self.now_ms()},"CloudWatchMetrics":[{",".join(directives)}]}}'
        try:
            self._write(f"{_encode(line)[:-1]},{self._origin},{metadata}}}")
        except Exception:  # noqa: BLE001 — whatever ails the log must not ail the reader
            self._dropped_lines += 1
        else:
            self._dropped_lines = 0
