"""DescribeAlarms is authorized as in AWS: on alarms, where MiniStack asks for permission on everything.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html gives it the resource type
`alarm`. Whichever alarms a call names, it is authorized on the pattern of all: what AWS does with a policy that names
single alarms is not rehearsed here.
"""

from typing import Final
from urllib.parse import parse_qs

from sandbox import ministack_internals
from sandbox.aws_api import Request

_OPERATION: Final = "DescribeAlarms"


def install() -> None:
    ministack_internals.change_authorized_resource("monitoring", resource)


def resource(request: Request, arn: str) -> str:
    """Return the ARN on which a request is authorized; `arn` as it is for other operations."""
    if _operation(request) != _OPERATION:
        return arn
    return f"arn:aws:cloudwatch:{ministack_internals.region()}:{ministack_internals.account_id()}:alarm:*"


def _operation(request: Request) -> str:
    """By the protocol that the client speaks: JSON, CBOR or query."""
    target = request.headers.get("x-amz-target", "")
    if target:
        return target.rpartition(".")[2]
    if "/operation/" in request.path:
        return request.path.rpartition("/")[2]
    return parse_qs(request.body.decode("utf-8", "replace")).get("Action", [""])[0]
