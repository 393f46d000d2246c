# ruff: noqa: SLF001  # MiniStack offers no other way in, and this is the one file of this part that goes there.
"""How a topic's message reaches a function: as an asynchronous invocation, which Lambda tries again if it fails.

Where the function does not exist or its policy does not let the topic invoke it, SNS hands the message to the
subscription's dead-letter queue: https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html. MiniStack runs
the function once, whatever its policy says, and forgets what fails.
"""

import json
import logging
from typing import Any

from ministack.core import responses
from ministack.services import lambda_svc, sns

from sandbox import ministack_internals
from sandbox.async_queue import AsyncQueue, Target
from sandbox.topic_policy import Publisher

_logger = logging.getLogger(__name__)


def install(invocations: AsyncQueue) -> None:
    """Let the queue carry what topics send to functions. Call it once a process."""

    def deliver(
        function_arn: str,
        envelope: str,
        topic_arn: str,
        subscription_arn: str,
        _message_id: str,
        _message: str,
        _attributes: dict[str, Any],
    ) -> None:
        if not _admits(function_arn, topic_arn):
            _logger.warning("%s may not be invoked for %s", function_arn, topic_arn)
            _to_dead_letter_queue(topic_arn, subscription_arn, envelope)
            return
        record = {
            "EventVersion": "1.0",
            "EventSubscriptionArn": subscription_arn,
            "EventSource": "aws:sns",
            "Sns": json.loads(envelope),
        }
        target = Target(responses.get_account_id(), responses.get_region(), function_arn)
        invocations.accept(target, {"Records": [record]})

    sns._deliver_to_lambda = deliver


def _admits(function_arn: str, topic_arn: str) -> bool:
    """Whether there is such a function and its policy lets SNS invoke it for the topic."""
    name, _qualifier = ministack_internals.function_and_qualifier(function_arn)
    function = lambda_svc._functions.get(name)
    if function is None:
        return False
    publisher = Publisher("sns.amazonaws.com", topic_arn, topic_arn.split(":")[4])
    return publisher.may("lambda:InvokeFunction", function_arn, function["policy"])


def _to_dead_letter_queue(topic_arn: str, subscription_arn: str, envelope: str) -> None:
    subscription = sns._find_subscription(topic_arn, subscription_arn) or {}
    redrive = json.loads(subscription.get("attributes", {}).get("RedrivePolicy") or "{}")
    if queue_arn := redrive.get("deadLetterTargetArn"):
        sns._deliver_to_sqs(queue_arn, envelope, False, envelope, topic_arn=topic_arn)  # noqa: FBT003 - as above
