"""What becomes of an asynchronous invocation after each try: done, tried again, or given up with a record. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol

_ERROR_WAITS_MINUTES: Final = (1.0, 2.0)
_FIRST_THROTTLE_WAIT_MINUTES: Final = 1 / 60
_LAST_THROTTLE_WAIT_MINUTES: Final = 5.0
_ERROR_MESSAGE_LIMIT: Final = 1024
"""Bytes of the message that a dead-letter queue gets."""


class Destination(Protocol):
    """A function in its account and region; the ARN may end in a version or an alias."""

    @property
    def account_id(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def destination_arn(self) -> str: ...


@dataclass(frozen=True)
class InvocationPolicy:
    """The settings of a function, version or alias, and Lambda's defaults. Destinations are ARNs."""

    max_retries: int = 2
    max_age_s: float = 21_600.0
    on_failure: str | None = None
    dead_letter_queue: str | None = None
    reserved_concurrency: int | None = None


class Result(StrEnum):
    SUCCESS = "success"
    FUNCTION_ERROR = "function error"
    THROTTLED = "throttled"


@dataclass(frozen=True)
class Outcome:
    """What one try came to. `payload` is what the function returned, or its error document."""

    result: Result
    payload: Any = None
    executed_version: str = "$LATEST"
    function_error: str = "Unhandled"


@dataclass(frozen=True)
class Invocation:
    """An invocation in Lambda's queue, since `accepted_at`, in seconds of any one clock."""

    request_id: str
    accepted_at: float
    errors: int = 0
    throttles: int = 0


class Condition(StrEnum):
    """Why an invocation was given up, as its record says it."""

    RETRIES_EXHAUSTED = "RetriesExhausted"
    EVENT_AGE_EXCEEDED = "EventAgeExceeded"
    ZERO_RESERVED_CONCURRENCY = "ZeroReservedConcurrency"


@dataclass(frozen=True)
class Retry:
    invocation: Invocation
    wait_s: float


@dataclass(frozen=True)
class GiveUp:
    invocation: Invocation
    condition: Condition


def next_step(
    invocation: Invocation, outcome: Outcome, policy: InvocationPolicy, *, now: float, minute_s: float
) -> Retry | GiveUp | None:
    """Return what follows a try; None is nothing, after success. `minute_s` is how long a minute's wait is.

    After an error of the function there are as many retries as the policy has, a minute and then two minutes
    later. A throttle is no try of the function's: waits grow from a second to five minutes, and only the event's age
    ends that, or a reserved concurrency of zero, which ends it at once.
    """
    if outcome.result is Result.SUCCESS:
        return None
    if outcome.result is Result.FUNCTION_ERROR:
        wait_s = _ERROR_WAITS_MINUTES[min(invocation.errors, 1)] * minute_s
        invocation = replace(invocation, errors=invocation.errors + 1, throttles=0)
        if invocation.errors > policy.max_retries:
            return GiveUp(invocation, Condition.RETRIES_EXHAUSTED)
    else:
        doubled = _FIRST_THROTTLE_WAIT_MINUTES * 2 ** min(invocation.throttles, 10)
        wait_s = min(doubled, _LAST_THROTTLE_WAIT_MINUTES) * minute_s
        invocation = replace(invocation, throttles=invocation.throttles + 1)
        if policy.reserved_concurrency == 0:
            return GiveUp(invocation, Condition.ZERO_RESERVED_CONCURRENCY)
    if now + wait_s - invocation.accepted_at > policy.max_age_s:
        return GiveUp(invocation, Condition.EVENT_AGE_EXCEEDED)
    return Retry(invocation, wait_s)


@dataclass(frozen=True)
class Failure:
    """An invocation that was given up. `function_arn` ends in a version or an alias."""

    invocation: Invocation
    condition: Condition
    function_arn: str
    event: Any
    outcome: Outcome

    def record(self, at: datetime) -> dict[str, Any]:
        """Return what an on-failure destination gets; `at` is in UTC.

        A throttled invocation has no response: the function did not run.
        """
        record: dict[str, Any] = {
            "version": "1.0",
            "timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "requestContext": {
                "requestId": self.invocation.request_id,
                "functionArn": self.function_arn,
                "condition": str(self.condition),
                "approximateInvokeCount": self.invocation.errors,
            },
            "requestPayload": self.event,
        }
        if self.outcome.result is Result.FUNCTION_ERROR:
            record["responseContext"] = {
                "statusCode": 200,
                "executedVersion": self.outcome.executed_version,
                "functionError": self.outcome.function_error,
            }
            record["responsePayload"] = self.outcome.payload
        return record

    def dead_letter_attributes(self) -> dict[str, dict[str, str]]:
        """Return the message attributes that go to a dead-letter queue, beside the event itself."""
        payload = self.outcome.payload if isinstance(self.outcome.payload, dict) else {}
        message = str(payload.get("errorMessage") or payload.get("message") or self.condition)
        shortened = message.encode()[:_ERROR_MESSAGE_LIMIT].decode(errors="ignore")
        code = "200" if self.outcome.result is Result.FUNCTION_ERROR else "429"
        return {
            "RequestID": {"DataType": "String", "StringValue": self.invocation.request_id},
            "ErrorCode": {"DataType": "Number", "StringValue": code},
            "ErrorMessage": {"DataType": "String", "StringValue": shortened},
        }
