"""What is written to a log counts in the metrics that it holds in the embedded metric format.

Every log event of MiniStack's, a function's line as well as PutLogEvents, is stored by one function; that one is
replaced here.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ministack.services import cloudwatch_logs

from sandbox.embedded_metrics import metrics_in
from sandbox.metric_ministack import Metrics


def install(metrics: Metrics) -> None:
    """Call it once a process."""
    cloudwatch_logs._append_log_events = extracting(cloudwatch_logs._append_log_events, metrics)  # noqa: SLF001 - MiniStack has no other way in


def extracting(store: Callable[..., None], metrics: Metrics) -> Callable[..., None]:
    def store_and_extract(stream: Any, events: Sequence[Mapping[str, Any]]) -> None:
        store(stream, events)
        for event in events:
            embedded = metrics_in(event["message"])
            if embedded:
                metrics.record(embedded)

    return store_and_extract
