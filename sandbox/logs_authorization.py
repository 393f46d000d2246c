"""Operations of CloudWatch Logs are authorized as in AWS: on a group's streams, where MiniStack names the bare group.

AWS matches the group's ARN with what follows its name, so that a policy without `:*` at its end allows nothing.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html

A query of several groups is authorized on the first alone.
"""

import json
from typing import Final

from sandbox import ministack_internals
from sandbox.aws_api import Request

_OF_TAGS: Final = frozenset({"ListTagsForResource", "TagResource", "UntagResource"})


def install() -> None:
    ministack_internals.change_authorized_resource("logs", resource)


def resource(request: Request, arn: str) -> str:
    """Return the ARN on which a request is authorized; `arn` as it is for requests that name no group."""
    if request.headers.get("x-amz-target", "").rpartition(".")[2] in _OF_TAGS:
        return arn
    try:
        document = json.loads(request.body or b"{}")
    except ValueError:  # which the operation says itself
        return arn
    groups = [document.get("logGroupName"), *document.get("logGroupNames", ())]
    named = next((group for group in groups if group), None)
    if named is None:
        return arn
    region, account_id = ministack_internals.region(), ministack_internals.account_id()
    return f"arn:aws:logs:{region}:{account_id}:log-group:{named}:log-stream:{document.get('logStreamName', '')}"
