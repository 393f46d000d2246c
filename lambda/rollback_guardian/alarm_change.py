"""CloudWatch's word that an alarm changed its state, as it comes from the topic or, by way of it, from a queue."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

ALARM: Final = "ALARM"
OK: Final = "OK"


class UnknownEventError(ValueError):
    """The event is none of a topic's or a queue's, or tells of no alarm. The message names what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmChange:
    """`delivery_id` is the same when a delivery is tried again, and another for a repeat of the same message."""

    alarm_name: str
    state: str
    changed_at: datetime
    delivery_id: str
    from_queue: bool


def alarm_changes(event: object, request_id: str) -> Iterator[AlarmChange]:
    """The changes in an event. Raises UnknownEventError.

    Lambda tries an asynchronous invocation again under the same request id, and a queue a message under the same id.
    https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    """
    match event:
        case {"Records": [_, *_] as records}:
            for record in records:
                yield _alarm_change(record, request_id)
        case _:
            raise UnknownEventError("the event has no records")


def _alarm_change(record: Any, request_id: str) -> AlarmChange:
    match record:
        case {"Sns": {"Message": str(text)}}:
            return _of_message(text, request_id, from_queue=False)
        case {"eventSource": "aws:sqs", "messageId": str(message_id), "body": str(text)}:
            return _of_message(text, message_id, from_queue=True)
    raise UnknownEventError("a record is neither a topic's nor a queue's")


def _of_message(text: str, delivery_id: str, *, from_queue: bool) -> AlarmChange:
    try:
        message = json.loads(text)
        changed_at = datetime.fromisoformat(message["StateChangeTime"])
        alarm_name, state = message["AlarmName"], message["NewStateValue"]
    except (ValueError, TypeError, KeyError) as error:
        raise UnknownEventError(f"a message is none of an alarm's: {type(error).__name__}") from None
    if changed_at.tzinfo is None:
        raise UnknownEventError("StateChangeTime has no zone")
    return AlarmChange(
        alarm_name=alarm_name, state=state, changed_at=changed_at, delivery_id=delivery_id, from_queue=from_queue
    )
