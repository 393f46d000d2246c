"""What a topic sends to a function: asynchronous, tried again after minutes, kept where it cannot be delivered.

https://docs.aws.amazon.com/sns/latest/dg/sns-lambda-as-subscriber.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
"""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Self

import pytest

from tests.sandbox.deployable import eventually
from tests.sandbox.lambda_functions import create_function
from tests.sandbox_process import RunningSandbox, running_sandbox

LIMIT_SECONDS: Final = 30
# Notes each try with its time, then fails where the message says so.
NOTE: Final = """
import boto3, json, os, time

queue = boto3.client("sqs")

def handler(event, context):
    (record,) = event["Records"]
    note = {"record": record, "at": time.time(), "arn": context.invoked_function_arn}
    queue.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=json.dumps(note))
    if record["Sns"]["Message"] == "fail":
        raise RuntimeError("as asked")
    print("noted")
"""


@pytest.fixture(scope="module")
def past() -> Iterator[RunningSandbox]:
    """A sandbox whose time is behind, so that tests may let minutes pass."""
    with running_sandbox("--clock-behind", "36000") as running:
        yield running


@dataclass(frozen=True)
class Subscribed:
    """A function that is subscribed to a topic, and the queue on which it notes what it got."""

    sandbox: RunningSandbox
    topic_arn: str
    function_arn: str
    notes_url: str
    dead_letters_url: str

    @classmethod
    def create(cls, sandbox: RunningSandbox, *, permitted: bool = True, **attributes: str) -> Self:
        name = f"subscribed-{uuid.uuid4().hex[:8]}"
        sqs, sns = sandbox.client("sqs"), sandbox.client("sns")
        topic_arn = sns.create_topic(Name=name)["TopicArn"]
        notes_url = sqs.create_queue(QueueName=name)["QueueUrl"]
        dead_letters_url = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
        dead_letters_arn = sqs.get_queue_attributes(QueueUrl=dead_letters_url, AttributeNames=["QueueArn"])[
            "Attributes"
        ]["QueueArn"]
        function_arn = create_function(
            sandbox, name, NOTE, Environment={"Variables": {"QUEUE_URL": notes_url}}, Timeout=10
        )
        if permitted:
            sandbox.client("lambda").add_permission(
                FunctionName=name, StatementId="topic", Action="lambda:InvokeFunction",
                Principal="sns.amazonaws.com", SourceArn=topic_arn,
            )  # fmt: skip
        redrive = json.dumps({"deadLetterTargetArn": dead_letters_arn})
        sns.subscribe(
            TopicArn=topic_arn,
            Protocol="lambda",
            Endpoint=function_arn,
            Attributes={"RedrivePolicy": redrive, **attributes},
        )
        return cls(sandbox, topic_arn, function_arn, notes_url, dead_letters_url)

    def publish(self, message: str) -> None:
        self.sandbox.client("sns").publish(TopicArn=self.topic_arn, Message=message)

    def take(self, queue_url: str) -> list[dict[str, Any]]:
        sqs = self.sandbox.client("sqs")
        taken = []
        while messages := sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
                taken.append(json.loads(message["Body"]))
        return taken

    def notes(self, count: int) -> list[dict[str, Any]]:
        """The next so many notes."""
        return _collected(lambda: self.take(self.notes_url), count)

    def dead_letters(self, count: int) -> list[dict[str, Any]]:
        return _collected(lambda: self.take(self.dead_letters_url), count)

    def errors(self) -> int:
        """What Lambda has counted of the function's failures in the last hour."""
        now = self.sandbox.control.clock()["now"]
        statistics = self.sandbox.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName="Errors",
            Dimensions=[{"Name": "FunctionName", "Value": self.function_arn.rpartition(":")[2]}],
            StartTime=now - 3600,
            EndTime=now + 60,
            Period=3600,
            Statistics=["Sum"],
        )
        return int(sum(point["Sum"] for point in statistics["Datapoints"]))

    def fail(self, *waits_s: float) -> list[float]:
        """When the function was tried, in epoch seconds: at once, and again when so much time has passed each."""
        self.publish("fail")
        tried = [self._tried("fail")]
        for wait_s in waits_s:
            # Lambda's wait begins when the function has failed, which is after its note.
            eventually(lambda: self.errors() == len(tried))
            self.let_pass(wait_s - 5)
            self.sandbox.control.jump_clock(5)
            tried.append(self._tried("fail"))
        eventually(lambda: self.errors() == len(tried))
        return tried

    def let_pass(self, seconds: float) -> None:
        """See that nothing is tried in so much time."""
        self.sandbox.control.jump_clock(seconds)
        self.publish("what is due comes before this")
        self._tried("what is due comes before this")

    def _tried(self, message: str) -> float:
        (note,) = self.notes(1)
        assert note["record"]["Sns"]["Message"] == message
        return float(note["at"])


def _collected(take: Callable[[], list[dict[str, Any]]], count: int) -> list[dict[str, Any]]:
    collected: list[dict[str, Any]] = []
    deadline = time.monotonic() + LIMIT_SECONDS
    while len(collected) < count:
        assert time.monotonic() < deadline, collected
        collected += take()
        time.sleep(0.05)
    return collected


def test_a_message_reaches_the_function_as_sns_wraps_it(sandbox: RunningSandbox) -> None:
    subscribed = Subscribed.create(sandbox)

    subscribed.publish("hello")

    (note,) = subscribed.notes(1)
    assert note["record"]["EventSource"] == "aws:sns"
    assert note["record"]["Sns"]["Message"] == "hello"
    assert note["record"]["Sns"]["TopicArn"] == subscribed.topic_arn
    assert note["arn"] == subscribed.function_arn


def test_a_function_that_fails_is_tried_again_after_one_minute_and_after_two_more(past: RunningSandbox) -> None:
    subscribed = Subscribed.create(past)

    first, second, third = subscribed.fail(60, 120)

    assert 60 <= second - first < 120
    assert 120 <= third - second < 180
    subscribed.let_pass(300)
    assert subscribed.take(subscribed.notes_url) == []


def test_what_lambda_gives_up_goes_to_the_functions_own_destination(past: RunningSandbox) -> None:
    subscribed = Subscribed.create(past)
    sqs = past.client("sqs")
    url = sqs.create_queue(QueueName=f"failures-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    past.client("lambda").put_function_event_invoke_config(
        FunctionName=subscribed.function_arn,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )

    subscribed.publish("fail")

    (record,) = _collected(lambda: subscribed.take(url), 1)
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestPayload"]["Records"][0]["Sns"]["Message"] == "fail"
    assert subscribed.take(subscribed.dead_letters_url) == []


def test_a_function_that_does_not_admit_the_topic_is_not_run_and_the_message_is_kept(sandbox: RunningSandbox) -> None:
    subscribed = Subscribed.create(sandbox, permitted=False)

    subscribed.publish("hello")

    (letter,) = subscribed.dead_letters(1)
    assert letter["Message"] == "hello"
    assert subscribed.take(subscribed.notes_url) == []


def test_a_function_that_is_gone_leaves_the_message_in_the_dead_letter_queue(sandbox: RunningSandbox) -> None:
    subscribed = Subscribed.create(sandbox)
    sandbox.client("lambda").delete_function(FunctionName=subscribed.function_arn)

    subscribed.publish("hello")

    (letter,) = subscribed.dead_letters(1)
    assert letter["Message"] == "hello"


def test_a_filter_on_the_body_lets_through_what_it_names(sandbox: RunningSandbox) -> None:
    filter_policy = json.dumps({"AlarmName": ["too-hot"], "NewStateValue": ["ALARM"]})
    subscribed = Subscribed.create(sandbox, FilterPolicy=filter_policy, FilterPolicyScope="MessageBody")

    for name, state in (("too-hot", "OK"), ("too-cold", "ALARM"), ("too-hot", "ALARM")):
        subscribed.publish(json.dumps({"AlarmName": name, "NewStateValue": state}))

    (note,) = subscribed.notes(1)
    assert json.loads(note["record"]["Sns"]["Message"]) == {"AlarmName": "too-hot", "NewStateValue": "ALARM"}
    assert subscribed.take(subscribed.notes_url) == []


def test_a_failing_function_counts_in_lambdas_own_errors(past: RunningSandbox) -> None:
    subscribed = Subscribed.create(past)

    subscribed.fail(60, 120)

    assert subscribed.errors() == 3
