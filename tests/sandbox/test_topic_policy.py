"""An alarm's message reaches a topic only if the topic's policy and its key's policy admit CloudWatch.

https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
"""

import json
import uuid
from dataclasses import dataclass
from typing import Any, Final, Self

from tests.sandbox_process import RunningSandbox

ACCOUNT: Final = "000000000000"
CLOUDWATCH: Final = {"Service": "cloudwatch.amazonaws.com"}
ROOT: Final = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    "Action": "kms:*",
    "Resource": "*",
}
KEY_ADMITS_CLOUDWATCH: Final = {
    "Effect": "Allow",
    "Principal": CLOUDWATCH,
    "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
    "Resource": "*",
}


@dataclass(frozen=True)
class Alarm:
    """An alarm with a topic as its action, and a queue that holds whatever the topic took."""

    sandbox: RunningSandbox
    name: str
    topic_arn: str
    queue_url: str

    @classmethod
    def create(cls, sandbox: RunningSandbox, *, key_id: str | None = None) -> Self:
        name = f"alarm-{uuid.uuid4().hex[:8]}"
        sqs, sns = sandbox.client("sqs"), sandbox.client("sns")
        topic_arn = sns.create_topic(Name=name, Attributes={"KmsMasterKeyId": key_id} if key_id else {})["TopicArn"]
        queue_url = sqs.create_queue(QueueName=name)["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"]
        sns.subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=attributes["QueueArn"])
        sandbox.client("cloudwatch").put_metric_alarm(
            AlarmName=name,
            Namespace="Shop",
            MetricName=name,
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            AlarmActions=[topic_arn],
        )
        return cls(sandbox, name, topic_arn, queue_url)

    def topic_policy(self, **statement: Any) -> None:
        allowed = {"Effect": "Allow", "Action": "sns:Publish", "Resource": self.topic_arn, **statement}
        self.sandbox.client("sns").set_topic_attributes(
            TopicArn=self.topic_arn,
            AttributeName="Policy",
            AttributeValue=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
        )

    def fire(self) -> list[str]:
        """Go to ALARM; returns the states that the queue was told of."""
        self.sandbox.client("cloudwatch").set_alarm_state(
            AlarmName=self.name, StateValue="ALARM", StateReason="set by a test"
        )
        received = self.sandbox.client("sqs").receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10)
        bodies = [json.loads(message["Body"]) for message in received.get("Messages", [])]
        return [json.loads(body["Message"])["NewStateValue"] for body in bodies]

    def actions(self) -> list[str]:
        """What the alarm's history says of its actions."""
        history = self.sandbox.client("cloudwatch").describe_alarm_history(
            AlarmName=self.name, HistoryItemType="Action"
        )
        return [item["HistorySummary"] for item in history["AlarmHistoryItems"]]


def key(sandbox: RunningSandbox, *statements: dict[str, Any]) -> str:
    policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    key_id: str = sandbox.client("kms").create_key(Policy=policy)["KeyMetadata"]["KeyId"]
    return key_id


def test_the_policy_that_every_topic_begins_with_admits_the_accounts_alarms(sandbox: RunningSandbox) -> None:
    alarm = Alarm.create(sandbox)

    assert alarm.fire() == ["ALARM"]
    assert alarm.actions() == [f"Successfully executed action {alarm.topic_arn}"]


def test_a_topic_policy_that_only_denies_swallows_the_alarm_and_the_history_says_so(sandbox: RunningSandbox) -> None:
    alarm = Alarm.create(sandbox)
    alarm.topic_policy(
        Effect="Deny", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}}
    )  # what CDK's enforce_ssl writes

    assert alarm.fire() == []
    (summary,) = alarm.actions()
    assert summary.startswith(f"Failed to execute action {alarm.topic_arn}. Received error: ")
    assert "cloudwatch.amazonaws.com is not authorized to perform: SNS:Publish" in summary


def test_a_topic_policy_may_admit_cloudwatch_for_alarms_of_this_account(sandbox: RunningSandbox) -> None:
    alarm = Alarm.create(sandbox)
    here = {
        "ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:{sandbox.region}:{ACCOUNT}:alarm:*"},
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
    }
    alarm.topic_policy(Principal=CLOUDWATCH, Condition=here)

    assert alarm.fire() == ["ALARM"]


def test_a_topic_policy_for_another_alarm_does_not_admit_this_one(sandbox: RunningSandbox) -> None:
    alarm = Alarm.create(sandbox)
    other = {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:{sandbox.region}:{ACCOUNT}:alarm:another"}}
    alarm.topic_policy(Principal=CLOUDWATCH, Condition=other)

    assert alarm.fire() == []


def test_a_topic_policy_for_another_service_does_not_admit_cloudwatch(sandbox: RunningSandbox) -> None:
    alarm = Alarm.create(sandbox)
    alarm.topic_policy(Principal={"Service": "events.amazonaws.com"})

    assert alarm.fire() == []


def test_a_key_policy_for_the_account_alone_swallows_the_alarm(sandbox: RunningSandbox) -> None:
    alarm = Alarm.create(sandbox, key_id=key(sandbox, ROOT))

    assert alarm.fire() == []
    (summary,) = alarm.actions()
    assert "cloudwatch.amazonaws.com is not authorized to perform: kms:GenerateDataKey" in summary


def test_a_key_policy_that_lets_cloudwatch_encrypt_but_not_decrypt_swallows_the_alarm(sandbox: RunningSandbox) -> None:
    half = {**KEY_ADMITS_CLOUDWATCH, "Action": "kms:GenerateDataKey*"}
    alarm = Alarm.create(sandbox, key_id=key(sandbox, ROOT, half))

    assert alarm.fire() == []


def test_a_key_policy_may_admit_cloudwatch(sandbox: RunningSandbox) -> None:
    alarm = Alarm.create(sandbox, key_id=key(sandbox, ROOT, KEY_ADMITS_CLOUDWATCH))

    assert alarm.fire() == ["ALARM"]


def test_the_key_that_aws_manages_admits_no_service(sandbox: RunningSandbox) -> None:
    alarm = Alarm.create(sandbox, key_id="alias/aws/sns")

    assert alarm.fire() == []


def test_an_alarm_whose_topic_is_gone_changes_its_state_all_the_same(sandbox: RunningSandbox) -> None:
    alarm = Alarm.create(sandbox)
    sandbox.client("sns").delete_topic(TopicArn=alarm.topic_arn)

    assert alarm.fire() == []
    (described,) = sandbox.client("cloudwatch").describe_alarms(AlarmNames=[alarm.name])["MetricAlarms"]
    assert described["StateValue"] == "ALARM"
    assert alarm.actions()[0].startswith("Failed to execute action")
