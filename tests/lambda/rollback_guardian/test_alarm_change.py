"""CloudWatch's message, straight from the topic and by way of a queue."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from rollback_guardian.alarm_change import AlarmChange, UnknownEventError, alarm_changes

# Members as in AWS's own sample:
# https://github.com/aws/aws-lambda-go/blob/main/events/testdata/cloudwatch-alarm-sns-payload-single-metric.json
MESSAGE = {
    "AlarmName": "huntaze-canary-error-rate-gt-2pct",
    "AlarmDescription": "…",
    "AWSAccountId": "000000000000",
    "NewStateValue": "ALARM",
    "NewStateReason": "Threshold Crossed: …",
    "StateChangeTime": "2019-04-28T23:01:19.123+0000",
    "Region": "US East (N. Virginia)",
    "OldStateValue": "OK",
    "Trigger": {},
}
AT = datetime(2019, 4, 28, 23, 1, 19, 123000, tzinfo=UTC)


def of_topic(message: Any) -> dict[str, Any]:
    return {"Records": [{"EventSource": "aws:sns", "Sns": {"MessageId": "m-1", "Message": json.dumps(message)}}]}


def of_queue(message: Any) -> dict[str, Any]:
    return {"Records": [{"eventSource": "aws:sqs", "messageId": "q-1", "body": json.dumps(message)}]}


@pytest.mark.parametrize(
    ("event", "delivery_id", "from_queue"), [(of_topic(MESSAGE), "request-1", False), (of_queue(MESSAGE), "q-1", True)]
)
def test_a_change_is_known_by_what_stays_the_same_when_its_delivery_is_tried_again(
    event: Any, delivery_id: str, *, from_queue: bool
) -> None:
    assert list(alarm_changes(event, "request-1")) == [
        AlarmChange(
            alarm_name="huntaze-canary-error-rate-gt-2pct",
            state="ALARM",
            changed_at=AT,
            delivery_id=delivery_id,
            from_queue=from_queue,
        )
    ]


@pytest.mark.parametrize(
    "event",
    [
        None,
        {},
        {"Records": []},
        {"Records": [None]},
        {"Records": [{"eventSource": "aws:s3"}]},
        of_topic("text"),
        of_topic({**MESSAGE, "StateChangeTime": "yesterday"}),
        of_topic({**MESSAGE, "StateChangeTime": "2019-04-28T23:01:19"}),
        of_topic({"AlarmName": "huntaze"}),
        of_queue([]),
    ],
)
def test_anything_else_is_refused_so_that_it_ends_in_the_failure_queue(event: Any) -> None:
    with pytest.raises(UnknownEventError):
        list(alarm_changes(event, "request-1"))
