"""Expected values are those of Lambda's developer guide.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from datetime import UTC, datetime

import pytest

from sandbox.async_invocation import (
    Condition,
    Failure,
    GiveUp,
    Invocation,
    InvocationPolicy,
    Outcome,
    Result,
    Retry,
    next_step,
)

SUCCESS = Outcome(Result.SUCCESS)
ERROR = Outcome(Result.FUNCTION_ERROR, {"errorMessage": "no", "errorType": "Error"}, "7")
THROTTLE = Outcome(Result.THROTTLED, {"message": "Rate Exceeded"})
NEW = Invocation("8ea123e4", accepted_at=100.0)
MINUTE_S = 60.0


def steps(outcome: Outcome, policy: InvocationPolicy) -> tuple[list[float], Condition]:
    """The waits of an invocation to which the same happens again and again, and why it was given up."""
    invocation, now = NEW, NEW.accepted_at
    waits: list[float] = []
    while True:
        step = next_step(invocation, outcome, policy, now=now, minute_s=MINUTE_S)
        if not isinstance(step, Retry):
            assert isinstance(step, GiveUp)
            return waits, step.condition
        waits.append(step.wait_s)
        now += step.wait_s
        invocation = step.invocation


def test_success_ends_it() -> None:
    assert next_step(NEW, SUCCESS, InvocationPolicy(), now=100.0, minute_s=MINUTE_S) is None


def test_an_error_is_tried_again_twice_by_default_after_one_and_two_minutes() -> None:
    assert steps(ERROR, InvocationPolicy()) == ([60.0, 120.0], Condition.RETRIES_EXHAUSTED)


@pytest.mark.parametrize(("retries", "waits"), [(0, []), (1, [60.0])])
def test_the_policy_allows_fewer_retries(retries: int, waits: list[float]) -> None:
    assert steps(ERROR, InvocationPolicy(max_retries=retries)) == (waits, Condition.RETRIES_EXHAUSTED)


def test_an_error_is_not_tried_again_when_the_event_would_be_too_old() -> None:
    assert steps(ERROR, InvocationPolicy(max_age_s=100)) == ([60.0], Condition.EVENT_AGE_EXCEEDED)


def test_a_throttle_is_tried_again_from_one_second_to_five_minutes_for_six_hours() -> None:
    waits, condition = steps(THROTTLE, InvocationPolicy(max_retries=0))
    assert waits[:9] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0]
    assert set(waits[9:]) == {300.0}
    assert 6 * 3600 - 300 < sum(waits) <= 6 * 3600
    assert condition == "EventAgeExceeded"


def test_a_throttle_takes_no_retry_from_a_function_that_fails_later() -> None:
    throttled = next_step(NEW, THROTTLE, InvocationPolicy(max_retries=1), now=100.0, minute_s=MINUTE_S)
    assert isinstance(throttled, Retry)
    failed = next_step(throttled.invocation, ERROR, InvocationPolicy(max_retries=1), now=101.0, minute_s=MINUTE_S)
    assert isinstance(failed, Retry)
    assert failed.wait_s == 60.0


def test_a_function_without_any_concurrency_is_not_tried_again() -> None:
    assert steps(THROTTLE, InvocationPolicy(reserved_concurrency=0)) == ([], Condition.ZERO_RESERVED_CONCURRENCY)


def test_waits_are_scaled_and_ages_are_not() -> None:
    policy = InvocationPolicy(max_age_s=60)
    step = next_step(NEW, ERROR, policy, now=159.0, minute_s=1.0)
    assert isinstance(step, Retry)
    assert step.wait_s == 1.0
    assert isinstance(next_step(NEW, ERROR, policy, now=159.1, minute_s=1.0), GiveUp)


def failure(outcome: Outcome, condition: Condition, errors: int) -> Failure:
    arn = "arn:aws:lambda:sa-east-1:123456678912:function:event-destinations:$LATEST"
    return Failure(Invocation("8ea123e4", 0.0, errors), condition, arn, {"Success": False}, outcome)


def test_the_record_of_a_failure_is_the_one_that_lambda_documents() -> None:
    at = datetime(2019, 11, 24, 21, 52, 47, 333000, tzinfo=UTC)
    assert failure(ERROR, Condition.RETRIES_EXHAUSTED, errors=3).record(at) == {
        "version": "1.0",
        "timestamp": "2019-11-24T21:52:47.333Z",
        "requestContext": {
            "requestId": "8ea123e4",
            "functionArn": "arn:aws:lambda:sa-east-1:123456678912:function:event-destinations:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": {"Success": False},
        "responseContext": {"statusCode": 200, "executedVersion": "7", "functionError": "Unhandled"},
        "responsePayload": {"errorMessage": "no", "errorType": "Error"},
    }


def test_the_record_of_an_event_that_was_never_run_has_no_response() -> None:
    record = failure(THROTTLE, Condition.EVENT_AGE_EXCEEDED, errors=0).record(datetime.now(UTC))
    assert record["requestContext"]["condition"] == "EventAgeExceeded"
    assert record["requestContext"]["approximateInvokeCount"] == 0
    assert not {"responseContext", "responsePayload"} & record.keys()


def test_a_dead_letter_carries_request_status_and_the_first_kilobyte_of_the_message() -> None:
    long = Outcome(Result.FUNCTION_ERROR, {"errorMessage": "é" * 1000})
    assert failure(long, Condition.RETRIES_EXHAUSTED, errors=3).dead_letter_attributes() == {
        "RequestID": {"DataType": "String", "StringValue": "8ea123e4"},
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
        "ErrorMessage": {"DataType": "String", "StringValue": "é" * 512},
    }
    throttled = failure(THROTTLE, Condition.EVENT_AGE_EXCEEDED, errors=0).dead_letter_attributes()
    assert throttled["ErrorCode"]["StringValue"] == "429"
