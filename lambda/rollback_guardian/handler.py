"""What Lambda calls: `rollback_guardian.handler.lambda_handler`."""

import os
from typing import Any, Protocol

from rollback_guardian.alarm_change import alarm_changes
from rollback_guardian.composition import build_guardian
from rollback_guardian.guardian import Unfinished


class LambdaContext(Protocol):
    """The part of Lambda's context object that is used."""

    aws_request_id: str


_guardian = build_guardian(os.environ)


def lambda_handler(event: object, context: LambdaContext) -> dict[str, Any]:
    """Answers in the form of a partial batch, in which what is unfinished comes again from its queue.

    Raises what went wrong, for Lambda to count and to try again; from the topic, that is `Unfinished`, too.
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    again = []
    for change in alarm_changes(event, context.aws_request_id):
        try:
            _guardian.handle(change)
        except Unfinished:
            if not change.from_queue:
                raise
            again.append({"itemIdentifier": change.delivery_id})
    return {"batchItemFailures": again}
