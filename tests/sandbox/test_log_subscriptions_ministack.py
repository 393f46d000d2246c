"""Contract with MiniStack: what the log subscription bus and its neighbours use of its inside.

When one of these fails after an update of MiniStack, the file that it names is the one to mend. That each has its
effect is shown through a running sandbox by the tests of the parts.
"""

import inspect
from typing import Any

import pytest
from ministack.core import iam_evaluator, lambda_runtime
from ministack.services import cloudwatch_logs, lambda_svc
from ministack.services.cloudformation import provisioners

BUS = "log_subscriptions_ministack.py"
STREAMS = "lambda_log_streams.py"
CONCURRENCY = "reserved_concurrency.py"


@pytest.mark.parametrize(
    ("file", "module", "name", "parameters"),
    [
        (BUS, cloudwatch_logs, "_fanout_to_subscription_filters", ["group_name", "stream_name", "events"]),
        (BUS, cloudwatch_logs, "_put_subscription_filter", ["data"]),
        (BUS, lambda_svc, "_execute_function", ["func", "event"]),
        (STREAMS, cloudwatch_logs, "_create_log_group", ["data"]),
        (STREAMS, cloudwatch_logs, "_create_log_stream", ["data"]),
        (STREAMS, cloudwatch_logs, "_append_log_events", ["stream", "events"]),
        (STREAMS, lambda_svc, "_probe_peak_memory_mb", ["func"]),
        (
            STREAMS,
            lambda_svc,
            "_emit_lambda_logs",
            ["func", "request_id", "log_text", "error", "duration_ms", "log_source"],
        ),
        (CONCURRENCY, lambda_svc, "_reserved_concurrency", ["func", "config"]),
    ],
)
def test_a_function_that_is_called_or_replaced_takes_what_it_took(
    file: str, module: Any, name: str, parameters: list[str]
) -> None:
    function = getattr(module, name, None)
    assert function is not None, f"MiniStack moved {name}: mend sandbox/{file}"
    assert list(inspect.signature(function).parameters) == parameters, f"MiniStack changed {name}: mend sandbox/{file}"


def calls(function: Any, name: str) -> bool:
    return f"{name}(" in inspect.getsource(function)


def test_what_is_written_to_a_group_is_fanned_out_from_where_it_is_stored() -> None:
    assert calls(cloudwatch_logs._put_log_events, "_fanout_to_subscription_filters"), BUS


def test_templates_put_filters_through_the_api() -> None:
    for handler in ("_cwlogs_subfilter_create", "_cwlogs_subfilter_update"):
        assert calls(getattr(provisioners, handler), "_cw_logs._put_subscription_filter"), BUS


def test_a_filter_is_stored_as_it_is_described() -> None:
    source = inspect.getsource(cloudwatch_logs._put_subscription_filter)
    for stored in ('["subscriptionFilters"][filter_name]', '"filterName"', '"filterPattern"', '"destinationArn"'):
        assert stored in source, BUS


def test_an_execution_tells_throttle_error_and_payload_apart() -> None:
    throttle = lambda_svc._throttle_response("Reason", "message")
    assert (throttle["throttle"], throttle["error"]) == (True, True), BUS
    source = inspect.getsource(lambda_svc._execute_function_warm)
    assert '"error": True' in source, BUS
    assert '"body": result.get("result")' in source, BUS


def test_settings_of_asynchronous_invocations_are_kept_by_qualifier() -> None:
    source = inspect.getsource(lambda_svc._put_event_invoke_config)
    assert 'setdefault("event_invoke_configs", {})[qualifier or ""]' in source, BUS
    assert '"MaximumRetryAttempts"' in source, BUS


def test_a_resource_policy_is_evaluated_for_a_service() -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logs.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": "arn:f",
        "Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:logs:us-east-1:1:log-group:g:*"}},
    }

    def decision(source: str, service: str = "logs.amazonaws.com") -> str:
        context = iam_evaluator.EvalContext(
            principal_arn="*",
            principal_type="Service",
            principal_account="",
            action="lambda:InvokeFunction",
            resource_arn="arn:f",
            region="us-east-1",
            service_context={"aws:sourcearn": source},
        )
        policy = {"Statement": [statement]}
        return str(iam_evaluator.evaluate_resource_policy(policy, context, service=service).decision)

    assert decision("arn:aws:logs:us-east-1:1:log-group:g:*") == "Allow", BUS
    assert decision("arn:aws:logs:us-east-1:1:log-group:other:*") == "ImplicitDeny", BUS
    assert decision("arn:aws:logs:us-east-1:1:log-group:g:*", "events.amazonaws.com") == "ImplicitDeny", BUS


def test_an_invocation_writes_its_log_on_the_thread_on_which_it_had_its_worker() -> None:
    for executor in (lambda_svc._execute_function_warm, lambda_svc._execute_function_provided_warm):
        assert calls(executor, "acquire_worker"), STREAMS
    dispatch = lambda_svc._execute_function_dispatch
    assert calls(dispatch, "_emit_lambda_logs"), STREAMS
    assert calls(dispatch, "_execute_function_warm"), STREAMS
    worker = lambda_runtime.Worker("f", {}, b"")
    assert {worker: "can be a weak key"}, STREAMS


def test_the_concurrency_of_a_function_stands_beside_its_configuration() -> None:
    assert '["concurrency"] = value' in inspect.getsource(lambda_svc._put_function_concurrency), CONCURRENCY
    assert calls(lambda_svc._acquire_execution_slot, "_reserved_concurrency"), CONCURRENCY
    assert {"create", "update"} <= set(provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]), CONCURRENCY
