"""Events as CloudWatch Logs sends them to a subscribed function.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#LambdaFunctionExample
"""

import base64
import gzip
import json
from collections.abc import Iterable
from typing import Any


def subscription_event(messages: Iterable[Any], message_type: str = "DATA_MESSAGE") -> dict[str, Any]:
    """One delivery of these log lines."""
    return packed(
        {
            "messageType": message_type,
            "owner": "123456789012",
            "logGroup": "/aws/lambda/huntaze-mock-read",
            "logStream": "2026/11/24/[7]0123456789abcdef0123456789abcdef",
            "subscriptionFilters": ["huntaze-shadow"],
            "logEvents": [
                {"id": f"{number:056}", "timestamp": 1_700_000_000_000 + number, "message": message}
                for number, message in enumerate(messages)
            ],
        }
    )


def packed(payload: object) -> dict[str, Any]:
    data = base64.b64encode(gzip.compress(json.dumps(payload).encode())).decode()
    return {"awslogs": {"data": data}}
