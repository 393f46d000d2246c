# ruff: noqa: SLF001  # MiniStack offers no other way in, and this is the one file of this part that goes there.
"""The metrics of Lambda's own, by function, by version or alias, and by the version that an alias came to.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html and, for the dimensions,
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html

MiniStack's are of a function alone. An invocation is counted where every kind of invocation is executed, at the time
at which it began.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

from ministack.services import lambda_svc

from sandbox.clock import Clock
from sandbox.metric_ministack import Metrics
from sandbox.metric_store import Dimensions, Measurement

_NAMESPACE: Final = "AWS/Lambda"


@lru_cache(1024)
def dimension_sets(function_arn: str, executed_version: str) -> tuple[Dimensions, ...]:
    """The sets under which an invocation is counted; the ARN ends in the qualifier that was invoked, if any."""
    name, _, qualifier = function_arn.split(":", 6)[-1].partition(":")
    of_function = ("FunctionName", name)
    if not qualifier:
        return ((of_function,),)
    of_resource = ("Resource", f"{name}:{qualifier}")
    if qualifier == executed_version:
        return (of_function,), (of_function, of_resource)
    of_version = ("ExecutedVersion", executed_version)
    return (of_function,), (of_function, of_resource), (of_version, of_function, of_resource)


def install(metrics: Metrics, clock: Clock) -> None:
    """Call it once a process, before what replaces the execution of a function."""
    running = _Running()
    dispatch, acquire = lambda_svc._execute_function_dispatch, lambda_svc._acquire_execution_slot

    def record(config: Mapping[str, Any], values: Mapping[str, tuple[float, str]], at: float) -> None:
        metrics.record(
            Measurement(_NAMESPACE, name, dimensions, (value,), unit, at)
            for dimensions in dimension_sets(config["FunctionArn"], config.get("Version", "$LATEST"))
            for name, (value, unit) in values.items()
        )

    def counted_dispatch(function: Any, config: Any, event: Any, request_id: str, started: float) -> Any:
        began, at = time.monotonic(), clock.now()
        with running.one_more_of(config["FunctionName"]) as concurrent:
            result = dispatch(function, config, event, request_id, started)
        if result.get("throttle"):
            record(config, {"Throttles": (1, "Count")}, at)
            return result
        record(
            config,
            {
                "Invocations": (1, "Count"),
                "Errors": (1 if result.get("error") else 0, "Count"),
                "Throttles": (0, "Count"),
                "Duration": ((time.monotonic() - began) * 1000, "Milliseconds"),
                "ConcurrentExecutions": (concurrent, "Count"),
            },
            at,
        )
        return result

    def counted_acquire(function: Any, config: Any) -> Any:
        slot, limit = acquire(function, config)
        if slot is None:
            record(config, {"Throttles": (1, "Count")}, clock.now())
        return slot, limit

    lambda_svc._execute_function_dispatch = counted_dispatch
    lambda_svc._acquire_execution_slot = counted_acquire
    lambda_svc._emit_lambda_metrics = _nothing


class _Running:
    """How many invocations of each function there are at the moment, of all of its versions."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def one_more_of(self, function_name: str) -> Iterator[int]:
        with self._lock:
            self._counts[function_name] += 1
            count = self._counts[function_name]
        try:
            yield count
        finally:
            with self._lock:
                self._counts[function_name] -= 1


def _nothing(*_arguments: Any, **_keywords: Any) -> None:
    """Counted above: MiniStack would count an accepted event, and what it does not execute."""
