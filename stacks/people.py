"""Everyone who hears of alarms and of what was done about them."""

from collections.abc import Sequence

from aws_cdk import Annotations
from aws_cdk import aws_chatbot as chatbot
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from stacks.acknowledgements import acknowledge
from stacks.environments import Environment, SlackChannel


class People(Construct):
    """Mail for every topic; Slack for the alarms, for of other messages it shows only those in a format of its own.

    https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        alarm_topic: sns.Topic,
        other_topics: Sequence[sns.Topic],
    ) -> None:
        super().__init__(scope, construct_id)
        if environment.on_call and not environment.somebody_hears:
            Annotations.of(self).add_warning_v2(
                "huntaze:nobody-on-call",
                f"No alarm of {environment.name} reaches anybody: give it alarm_emails or slack in "
                "stacks/environments.py before you deploy it (docs/DEPLOY.md).",
            )
        for topic in (alarm_topic, *other_topics):
            for email in environment.alarm_emails:
                subscription = topic.add_subscription(subscriptions.EmailSubscription(email))
                acknowledge(
                    subscription,
                    "Serverless-SNSRedrivePolicy",
                    reason="SNS hands mail over and hears no more of it; no dead-letter queue tells a person again.",
                )
        if environment.slack is not None:
            self._post_to_slack(environment, environment.slack, alarm_topic)

    def _post_to_slack(self, environment: Environment, slack: SlackChannel, topic: sns.Topic) -> None:
        """The chat application formats and posts; it may do nothing else in the account."""
        role = iam.Role(self, "SlackRole", assumed_by=iam.ServicePrincipal("chatbot.amazonaws.com"))
        chatbot.SlackChannelConfiguration(
            self,
            "Slack",
            slack_channel_configuration_name=environment.names.alarm_topic,
            slack_workspace_id=slack.workspace_id,
            slack_channel_id=slack.channel_id,
            notification_topics=[topic],
            role=role,
            logging_level=chatbot.LoggingLevel.ERROR,
            # What a command typed in the channel may do at most; without this, AWS allows administration.
            guardrail_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name("CloudWatchReadOnlyAccess"),
            ],
        )
