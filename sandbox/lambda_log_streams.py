# ruff: noqa: SLF001  # MiniStack offers no other way in, and this is the one file of this part that goes there.
"""An execution environment of a function writes the lines of all its invocations to one log stream of its own.

https://docs.aws.amazon.com/lambda/latest/operatorguide/log-structure.html
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html

MiniStack begins a stream for each invocation, so that no lines of two invocations would ever reach a subscriber
together.
"""

import weakref
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from ministack.services import cloudwatch_logs, lambda_svc

from sandbox.clock import Clock
from sandbox.xray_ministack import initialization_ms

_environment: ContextVar[Any] = ContextVar("environment", default=None)
"""The execution environment, MiniStack's worker, that the invocation at hand has had."""

_streams: Final[weakref.WeakKeyDictionary[Any, str]] = weakref.WeakKeyDictionary()


def install(clock: Clock) -> None:
    """Change how MiniStack writes the log of an invocation. Call it once a process."""
    acquire, write = lambda_svc.acquire_worker, lambda_svc._emit_lambda_logs

    def acquire_and_note(*arguments: Any, **keywords: Any) -> Any:
        environment, reason = acquire(*arguments, **keywords)
        _environment.set(environment)
        return environment, reason

    def write_to_environments_stream(
        function: Mapping[str, Any],
        request_id: str,
        log: str,
        error: bool,  # noqa: FBT001 - MiniStack's signature
        duration_ms: int,
        *,
        log_source: str | None = None,
    ) -> None:
        environment = _environment.get()
        if environment is None:  # An executor without workers.
            write(function, request_id, log, error, duration_ms, log_source=log_source)
            return
        _environment.set(None)
        configuration = function.get("config") or function
        now = clock.now()
        stream = _streams.setdefault(environment, _stream_name(configuration, now))
        memory_mb = lambda_svc._probe_peak_memory_mb(function)
        lines = _lines(configuration, request_id, log, duration_ms, memory_mb)
        _append(_log_group(configuration), stream, lines, int(now * 1000))

    lambda_svc.acquire_worker = acquire_and_note
    lambda_svc._emit_lambda_logs = write_to_environments_stream


def _log_group(configuration: Mapping[str, Any]) -> str:
    chosen = (configuration.get("LoggingConfig") or {}).get("LogGroup")
    return chosen or f"/aws/lambda/{configuration['FunctionName']}"


def _stream_name(configuration: Mapping[str, Any], now: float) -> str:
    """In a group that is not the function's own, the name says whose the stream is."""
    name = configuration["FunctionName"]
    whose = "" if _log_group(configuration) == f"/aws/lambda/{name}" else name
    day = datetime.fromtimestamp(now, UTC)
    return f"{day:%Y/%m/%d}/{whose}[{configuration.get('Version', '$LATEST')}]{uuid4().hex}"


def _lines(configuration: Mapping[str, Any], request_id: str, log: str, duration_ms: int, memory_mb: int) -> list[str]:
    report = {
        "Duration": f"{duration_ms} ms",
        "Billed Duration": f"{duration_ms} ms",
        "Memory Size": f"{configuration.get('MemorySize', 128)} MB",
        "Max Memory Used": f"{memory_mb} MB",
    }
    if (init_ms := initialization_ms()) is not None:
        report["Init Duration"] = f"{init_ms:.2f} ms"
    return [
        f"START RequestId: {request_id} Version: {configuration.get('Version', '$LATEST')}",
        *log.splitlines(),
        f"END RequestId: {request_id}",
        "\t".join((f"REPORT RequestId: {request_id}", *(f"{name}: {value}" for name, value in report.items()))),
    ]


def _append(group_name: str, stream_name: str, lines: list[str], now_ms: int) -> None:
    if group_name not in cloudwatch_logs._log_groups:
        cloudwatch_logs._create_log_group({"logGroupName": group_name})
    group = cloudwatch_logs._log_groups[group_name]
    if stream_name not in group["streams"]:
        cloudwatch_logs._create_log_stream({"logGroupName": group_name, "logStreamName": stream_name})
    cloudwatch_logs._append_log_events(
        group["streams"][stream_name],
        [{"timestamp": now_ms, "message": line, "ingestionTime": now_ms} for line in lines],
    )
    cloudwatch_logs._fanout_to_subscription_filters(
        group_name, stream_name, [{"timestamp": now_ms, "message": line} for line in lines]
    )
