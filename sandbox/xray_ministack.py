# ruff: noqa: SLF001  # MiniStack offers no other way in, and this is the one file of this part that goes there.
"""Puts tracing in Lambda's way: the caller's trace header, the function's, and Lambda's own segments.

MiniStack makes a header for functions with active tracing, ignores the caller's, and sends nothing.
"""

import dataclasses
import re
import time
import uuid
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, Final, Protocol

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from sandbox import ministack_internals
from sandbox.aws_api import Proceed, Request, Response
from sandbox.clock import Clock
from sandbox.xray_invocation import (
    Identifiers,
    Invocation,
    Span,
    TraceHeader,
    failure_of,
    is_traced,
    new_header,
    parse_header,
)

HEADER: Final = "x-amzn-trace-id"
_INVOCATIONS: Final = re.compile(r"/[^/]+/functions/[^/]+/(invocations|response-streaming-invocations)/?")


class Traces(Protocol):
    """Where traces go; each is of the account and region at hand."""

    def begin(self, trace_id: str) -> None: ...
    def end(self, invocation: Invocation) -> None: ...


@dataclasses.dataclass
class _Call:
    """A request to invoke. `trace_id` is that of the trace it became part of, once that is known."""

    header: TraceHeader | None
    trace_id: str | None = None


@dataclasses.dataclass
class _Running:
    """What is known of an invocation while it runs; times are the monotonic clock's."""

    header: str | None
    initialization: Span | None = None
    invoke: Span | None = None


_call: ContextVar[_Call | None] = ContextVar("xray_call", default=None)
_running: ContextVar[_Running | None] = ContextVar("xray_running", default=None)


def install(traces: Traces, clock: Clock) -> None:
    """Call it once a process, before any function runs."""
    ministack_internals.extend_service("lambda", _keep_header)
    _measure_workers()
    tracing = _Tracing(traces, clock)
    dispatch, acquire = lambda_svc._execute_function_dispatch, lambda_svc._acquire_execution_slot

    def traced_dispatch(function: Any, config: Any, event: Any, request_id: str, started: float) -> Any:
        return tracing.run(config, request_id, lambda: dispatch(function, config, event, request_id, started))

    def traced_acquire(function: Any, config: Any) -> Any:
        slot, limit = acquire(function, config)
        if slot is None:
            tracing.run(config, str(uuid.uuid4()), lambda: {"throttle": True})
        return slot, limit

    lambda_svc._execute_function_dispatch = traced_dispatch
    lambda_svc._acquire_execution_slot = traced_acquire
    lambda_svc._xray_trace_id_for_invocation = _header_for_function


class _Tracing:
    def __init__(self, traces: Traces, clock: Clock) -> None:
        self._traces = traces
        self._clock = clock

    def run(self, config: Mapping[str, Any], request_id: str, execute: Callable[[], Any]) -> Any:
        call = _call.get()
        header = call.header if call else None
        mode = (config.get("TracingConfig") or {}).get("Mode", "PassThrough")
        if not is_traced(mode, header):
            return _run(_Running(_text(header)), execute)
        began_at, began = self._clock.now(), time.monotonic()
        parent = header.parent if header else None
        identifiers = Identifiers.draw()
        header = header or new_header(began_at, identifiers)
        if call:
            call.trace_id = header.root
        running = _Running(header.with_parent(identifiers.invoke))
        self._traces.begin(header.root)
        result = _run(running, execute)
        throttled = bool(result.get("throttle"))
        ended = time.monotonic()
        self._traces.end(
            Invocation(
                trace_id=header.root,
                parent_id=parent,
                service_segment_id=identifiers.service_segment,
                function_segment_id=identifiers.function_segment,
                invoke_id=identifiers.invoke,
                request_id=request_id,
                function_arn=config["FunctionArn"],
                began_at=began_at,
                ended_at=self._clock.now(),
                span=Span(began, ended),
                initialization=running.initialization,
                invoke=None if throttled else running.invoke or Span(began, ended),
                error=failure_of(result.get("body")) if result.get("error") and not throttled else None,
            )
        )
        return result


def initialization_ms() -> float | None:
    """How long the execution environment took to start, if it did so for the invocation at hand."""
    running = _running.get()
    started = running.initialization if running else None
    return (started.ended - started.began) * 1000 if started else None


def _run(running: _Running, execute: Callable[[], Any]) -> Any:
    token = _running.set(running)
    try:
        return execute()
    finally:
        _running.reset(token)


def _header_for_function(_config: Mapping[str, Any], _inbound: str | None = None) -> str | None:
    """What `_X_AMZN_TRACE_ID` is to be, in place of MiniStack's choice."""
    running = _running.get()
    return running.header if running else None


def _text(header: TraceHeader | None) -> str | None:
    return ";".join(f"{name}={value}" for name, value in header.fields) if header else None


async def _keep_header(request: Request, proceed: Proceed) -> Response:
    if not _INVOCATIONS.fullmatch(request.path):
        return await proceed(request)
    call = _Call(parse_header(request.headers.get(HEADER, "")))
    token = _call.set(call)
    try:
        status, headers, body = await proceed(request)
    finally:
        _call.reset(token)
    if call.trace_id:
        headers = {**headers, "X-Amzn-Trace-Id": f"Root={call.trace_id};Sampled=1"}
    return status, headers, body


def _measure_workers() -> None:
    """Note how long an execution environment took to start, and a handler to run."""
    spawn, invoke = lambda_runtime.Worker._spawn, lambda_runtime.Worker.invoke

    def measured_spawn(worker: Any) -> Any:
        began = time.monotonic()
        spawned = spawn(worker)
        if running := _running.get():
            running.initialization = Span(began, time.monotonic())
        return spawned

    def measured_invoke(worker: Any, *arguments: Any, **keywords: Any) -> Any:
        began = time.monotonic()
        result = invoke(worker, *arguments, **keywords)
        if running := _running.get():
            started = running.initialization.ended if running.initialization else began
            running.invoke = Span(started, time.monotonic())
        return result

    lambda_runtime.Worker._spawn = measured_spawn
    lambda_runtime.Worker.invoke = measured_invoke
