"""What CloudWatch Logs hands a subscribed function: some log events, as JSON in gzip in base64.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#LambdaFunctionExample
"""

import base64
import gzip
import json
import zlib
from typing import Any


class MalformedEventError(ValueError):
    """The event is none of CloudWatch Logs. No message repeats anything of it."""


def log_messages(event: object) -> list[object]:
    """The messages of the log events, each expected to be a text; none in a test of the destination.

    Raises MalformedEventError.
    """
    match _payload(event):
        case {"messageType": "CONTROL_MESSAGE"}:
            return []
        case {"messageType": "DATA_MESSAGE", "logEvents": list(log_events)}:
            return [log_event.get("message") if isinstance(log_event, dict) else None for log_event in log_events]
    raise MalformedEventError("this is no message of CloudWatch Logs")


def _payload(event: object) -> Any:
    match event:
        case {"awslogs": {"data": str(data)}}:
            try:
                return json.loads(gzip.decompress(base64.b64decode(data, validate=True)))
            except (ValueError, OSError, EOFError, zlib.error, RecursionError):
                raise MalformedEventError("awslogs.data is no JSON in gzip in base64") from None
    raise MalformedEventError("there is no awslogs.data")
