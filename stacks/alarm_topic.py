"""The topic that alarms publish to."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks.alarm_access import cloudwatch_alarms_here
from stacks.environments import Environment


class AlarmTopic(Construct):
    """An encrypted topic that CloudWatch can really publish to.

    CDK's own topic with a customer-managed key and enforced TLS admits nobody but the account: the topic policy only
    denies and the key policy names only the root, so alarms vanish without a word. Both policies therefore admit
    CloudWatch, for the alarms of this account; `topic_key` has the key's part.
    """

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(
            self, "Topic", topic_name=environment.names.alarm_topic, master_key=key, enforce_ssl=True
        )
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="CloudWatchMayPublish",
                principals=[cloudwatch_alarms_here(self)],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
            )
        )
