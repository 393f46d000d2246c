"""What tracing uses of MiniStack's inside; a failure here means that a release has moved it."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from ministack.core import lambda_runtime
from ministack.services import lambda_svc


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (lambda_svc._execute_function_dispatch, ["func", "config", "event", "request_id", "started"]),
        (lambda_svc._acquire_execution_slot, ["func", "config"]),
        (lambda_svc._xray_trace_id_for_invocation, ["config", "inbound_trace_header"]),
        (lambda_runtime.Worker._spawn, ["self"]),
    ],
)
def test_the_functions_have_the_parameters_they_are_given(function: Callable[..., Any], parameters: list[str]) -> None:
    assert list(inspect.signature(function).parameters) == parameters


def test_an_execution_asks_for_the_header_within_its_dispatch_and_hands_it_to_the_worker() -> None:
    source = inspect.getsource(lambda_svc._execute_function_warm)
    assert "trace_id=_xray_trace_id_for_invocation(config)" in source
    assert "_execute_function_warm(func, event, request_id)" in inspect.getsource(lambda_svc._execute_function_dispatch)


def test_a_worker_starts_its_process_within_the_invocation_that_needs_it() -> None:
    assert "self._spawn()" in inspect.getsource(lambda_runtime.Worker.invoke)


def test_the_worker_gives_the_handler_the_header() -> None:
    assert 'os.environ["_X_AMZN_TRACE_ID"] = _xray_tid' in lambda_runtime._PYTHON_WORKER_SCRIPT
