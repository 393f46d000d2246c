"""Which subscription filters CloudWatch Logs refuses. Pure.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from sandbox.aws_api import AwsError
from sandbox.log_subscriptions_pattern import FilterPattern, PatternError

MAX_FILTERS: Final = 2
"""Of a log group."""

_FUNCTION_ARN: Final = re.compile(r"arn:aws:lambda:[^:]+:\d{12}:function:(?P<name>[^:]+)(?::[^:]+)?")


def check_filter(
    request: Mapping[str, Any], *, existing: frozenset[str], may_invoke: Callable[[str, str], bool]
) -> None:
    """Raise the `AwsError` with which a PutSubscriptionFilter request for a log group that exists is refused.

    `existing` names the group's filters; `may_invoke` says whether CloudWatch Logs may invoke a function, given by
    ARN, for a group. AWS tries the invocation, with the same answer for a function that does not exist.
    """
    group, name, destination = request["logGroupName"], request.get("filterName"), request.get("destinationArn", "")
    try:
        FilterPattern.parse(request.get("filterPattern", ""))
    except PatternError as error:
        raise _invalid(str(error)) from error
    function = _FUNCTION_ARN.fullmatch(destination)
    if function is None:
        raise _invalid(f"{destination}: the sandbox does no other destinations than Lambda functions.")
    if group == f"/aws/lambda/{function['name']}":
        raise _invalid("The log group provided is reserved for the function logs of the destination function.")
    if name not in existing and len(existing) >= MAX_FILTERS:
        raise AwsError("LimitExceededException", "Resource limit exceeded.")
    if not may_invoke(destination, group):
        raise _invalid(
            "Could not execute the lambda function. "
            "Make sure you have given CloudWatch Logs permission to execute your function."
        )


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)
