"""What a topic tells whoever listens: a queue of the rehearsal's own, subscribed to it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from playbook.clients import Clients

_BATCH: Final = 10


@dataclass(frozen=True)
class Ear:
    """Takes the messages of a topic, as SNS wraps them, off its queue."""

    clients: "Clients"
    queue_url: str

    def take(self) -> list[dict[str, Any]]:
        """What was published since the last call: `Subject` and `Message`, the latter parsed where it is JSON."""
        taken: list[dict[str, Any]] = []
        while received := self.clients.queues.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=_BATCH).get(
            "Messages"
        ):
            for message in received:
                self.clients.queues.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
                envelope = json.loads(message["Body"])
                taken.append({"Subject": envelope.get("Subject"), "Message": _parsed(envelope["Message"])})
        return taken


@contextmanager
def listening(clients: "Clients", topic_name: str) -> Iterator[Ear]:
    """Subscribe a queue to the topic during the block."""
    topic_arn = f"arn:aws:sns:{clients.region}:{clients.account}:{topic_name}"
    name = f"{topic_name}-heard-by-rehearsal"
    queue_arn = f"arn:aws:sqs:{clients.region}:{clients.account}:{name}"
    admits_topic = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [admits_topic]})
    url = clients.queues.create_queue(QueueName=name, Attributes={"Policy": policy})["QueueUrl"]
    subscription = clients.topics.subscribe(
        TopicArn=topic_arn, Protocol="sqs", Endpoint=queue_arn, ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    try:
        yield Ear(clients, url)
    finally:
        clients.topics.unsubscribe(SubscriptionArn=subscription)
        clients.queues.delete_queue(QueueUrl=url)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
