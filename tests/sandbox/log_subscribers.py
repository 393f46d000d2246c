"""What the tests of log subscriptions deploy: groups to write to, and functions that note what they are sent."""

import base64
import gzip
import json
import uuid
from dataclasses import dataclass
from typing import Any, Self

from tests.sandbox.lambda_functions import create_function
from tests.sandbox_process import RunningSandbox

# Notes what it is sent on a queue, and then fails if the events say so.
NOTE = """
import base64, boto3, gzip, json, os

queue = boto3.client("sqs")

def handler(event, context):
    document = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    queue.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=json.dumps(document))
    if any("fail" in event["message"] for event in document["logEvents"]):
        raise RuntimeError("as asked")
    print("noted")
"""


@dataclass(frozen=True)
class Subscriber:
    """A function that CloudWatch Logs may invoke, and the queue on which it notes what it got."""

    sandbox: RunningSandbox
    function_name: str
    arn: str
    queue_url: str

    @classmethod
    def create(cls, sandbox: RunningSandbox, **settings: Any) -> Self:
        name = f"subscriber-{uuid.uuid4().hex[:8]}"
        queue_url = sandbox.client("sqs").create_queue(QueueName=name)["QueueUrl"]
        variables = {"Variables": {"QUEUE_URL": queue_url}}
        arn = create_function(sandbox, name, NOTE, Environment=variables, Timeout=10, **settings)
        return cls(sandbox, name, arn, queue_url)

    def permit(self, log_group: str, *, principal: str = "logs.amazonaws.com", **where: str) -> None:
        """As AWS's examples do: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html."""
        self.sandbox.client("lambda").add_permission(
            FunctionName=self.function_name, StatementId=uuid.uuid4().hex, Action="lambda:InvokeFunction",
            Principal=principal,
            SourceArn=f"arn:aws:logs:{self.sandbox.region}:000000000000:log-group:{log_group}:*", **where,
        )  # fmt: skip

    def subscribe(self, log_group: str, *, pattern: str = '"SHADOW-REQUEST"', name: str = "shadow") -> None:
        self.sandbox.client("logs").put_subscription_filter(
            logGroupName=log_group, filterName=name, filterPattern=pattern, destinationArn=self.arn
        )

    def documents(self) -> list[dict[str, Any]]:
        """What the function was sent since the last call, once the bus has nothing more under way."""
        self.sandbox.control.drain_log_subscriptions(within_s=60)
        return messages(self.sandbox, self.queue_url)

    def received(self) -> list[str]:
        return [event["message"] for document in self.documents() for event in document["logEvents"]]


def messages(sandbox: RunningSandbox, queue_url: str) -> list[dict[str, Any]]:
    """Take everything off a queue whose messages are JSON."""
    queue = sandbox.client("sqs")
    taken = []
    while batch := queue.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10).get("Messages"):
        for message in batch:
            queue.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
            taken.append(json.loads(message["Body"]))
    return taken


def create_group(sandbox: RunningSandbox, *streams: str) -> str:
    name = f"/group/{uuid.uuid4().hex[:8]}"
    logs = sandbox.client("logs")
    logs.create_log_group(logGroupName=name)
    for stream in streams:
        logs.create_log_stream(logGroupName=name, logStreamName=stream)
    return name


def write(sandbox: RunningSandbox, log_group: str, stream: str, *lines: str) -> None:
    sandbox.client("logs").put_log_events(
        logGroupName=log_group, logStreamName=stream,
        logEvents=[{"timestamp": 1_700_000_000_000, "message": line} for line in lines],
    )  # fmt: skip


def decoded(record: dict[str, Any]) -> dict[str, Any]:
    """The log events' document in the record of an invocation that was given up."""
    document: dict[str, Any] = json.loads(
        gzip.decompress(base64.b64decode(record["requestPayload"]["awslogs"]["data"]))
    )
    return document
