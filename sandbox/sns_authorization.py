"""GetSubscriptionAttributes is authorized as in AWS: on the topic, where MiniStack names the subscription.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
"""

from typing import Final
from urllib.parse import parse_qsl

from sandbox import ministack_internals
from sandbox.aws_api import Request

_OPERATION: Final = "GetSubscriptionAttributes"


def install() -> None:
    ministack_internals.change_authorized_resource("sns", resource)


def resource(request: Request, arn: str) -> str:
    """Return the ARN on which a request is authorized; `arn` as it is for other operations."""
    form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
    subscription = form.get("SubscriptionArn", "")
    # A subscription's ARN is its topic's and an id.
    return subscription.rpartition(":")[0] if form.get("Action") == _OPERATION and subscription else arn
