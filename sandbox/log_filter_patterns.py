# ruff: noqa: SLF001  # MiniStack offers no other way in, and this is the one file of this part that goes there.
"""FilterLogEvents finds terms as CloudWatch does: with regard to case, phrases as they stand, and `?` for any of them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html

MiniStack takes no regard of case, breaks phrases at their spaces, does not know `?`, and lets a pattern of a kind it
does not do match everything. Here such a pattern is refused.
"""

import json
from typing import Final

from ministack.services import cloudwatch_logs

from sandbox.aws_api import JSON_1_1, AwsError, Extension, Proceed, Request, Response, error_response
from sandbox.log_subscriptions_pattern import FilterPattern, PatternError

_OPERATION: Final = "Logs_20140328.FilterLogEvents"


def install() -> None:
    """Change how MiniStack reads a pattern. Installing twice does no harm."""
    cloudwatch_logs._compile_filter_pattern = lambda pattern: FilterPattern.parse(pattern or "").matches


def extension() -> Extension:
    """Refuses patterns that the sandbox does not do, with AWS's error for patterns that are none."""

    async def answer(request: Request, proceed: Proceed) -> Response:
        if request.headers.get("x-amz-target") == _OPERATION:
            try:
                FilterPattern.parse(json.loads(request.body or b"{}").get("filterPattern") or "")
            except PatternError as error:
                return error_response(AwsError("InvalidParameterException", str(error)), JSON_1_1)
        return await proceed(request)

    return answer
