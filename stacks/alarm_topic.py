"""The topic that alarms publish to, and everyone who hears of them."""

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_chatbot as chatbot
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from stacks.acknowledgements import acknowledge
from stacks.alarm_access import any_alarm_arn
from stacks.environments import Environment, SlackChannel


class AlarmTopic(Construct):
    """An encrypted topic that CloudWatch can really publish to.

    CDK's own topic with a customer-managed key and enforced TLS admits nobody but the account: the topic policy only
    denies and the key policy names only the root, so alarms vanish without a word. Both policies therefore admit
    CloudWatch, for the alarms of this account.
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    """

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(scope, construct_id)
        key = kms.Key(
            self,
            "Key",
            description=f"Encrypts {environment.names.alarm_topic}",
            enable_key_rotation=True,
            # The key protects messages in flight only; nothing is left to decrypt once the topic is gone.
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.topic = sns.Topic(
            self, "Topic", topic_name=environment.names.alarm_topic, master_key=key, enforce_ssl=True
        )
        cloudwatch = iam.ServicePrincipal("cloudwatch.amazonaws.com", conditions=self._from_alarms_here())
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="CloudWatchMayPublish",
                principals=[cloudwatch],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
            )
        )
        key.add_to_resource_policy(
            iam.PolicyStatement(
                sid="CloudWatchMayEncrypt",
                principals=[cloudwatch],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],  # in a key policy, * is the key itself
            )
        )
        for email in environment.alarm_emails:
            subscription = self.topic.add_subscription(subscriptions.EmailSubscription(email))
            acknowledge(
                subscription,
                "Serverless-SNSRedrivePolicy",
                reason="SNS hands mail over and hears no more of it; no dead-letter queue tells a person again.",
            )
        if environment.slack is not None:
            self._post_to_slack(environment, environment.slack)

    def _from_alarms_here(self) -> dict[str, dict[str, str]]:
        return {
            "ArnLike": {"aws:SourceArn": any_alarm_arn(self)},
            "StringEquals": {"aws:SourceAccount": Stack.of(self).account},
        }

    def _post_to_slack(self, environment: Environment, slack: SlackChannel) -> None:
        """The chat application formats and posts; it may do nothing else in the account."""
        role = iam.Role(self, "SlackRole", assumed_by=iam.ServicePrincipal("chatbot.amazonaws.com"))
        chatbot.SlackChannelConfiguration(
            self,
            "Slack",
            slack_channel_configuration_name=environment.names.alarm_topic,
            slack_workspace_id=slack.workspace_id,
            slack_channel_id=slack.channel_id,
            notification_topics=[self.topic],
            role=role,
            logging_level=chatbot.LoggingLevel.ERROR,
            # What a command typed in the channel may do at most; without this, AWS allows administration.
            guardrail_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name("CloudWatchReadOnlyAccess"),
            ],
        )
