"""What fires, and whom it tells. The first stack: the others watch its alarms."""

from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks.alarm_topic import AlarmTopic
from stacks.environments import Environment
from stacks.investigate_alarms import InvestigateAlarms
from stacks.people import People
from stacks.rollback_alarms import RollbackAlarms
from stacks.topic_key import topic_key


class GuardRailsStack(Stack):
    """Topics and alarms. `rollback_alarms` are those that need no reference to anything; all tell `alarm_topic`.

    `rollback_topic` is where the rollback guardian tells what it did. `topic_key` encrypts both.
    """

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment, **stack: Any) -> None:
        super().__init__(scope, construct_id, **stack)
        self.topic_key = topic_key(self, "TopicKey")
        self.alarm_topic = AlarmTopic(self, "AlarmTopic", environment=environment, key=self.topic_key).topic
        self.rollback_topic = sns.Topic(
            self,
            "RollbackTopic",
            topic_name=environment.names.rollback_topic,
            master_key=self.topic_key,
            enforce_ssl=True,
        )
        People(
            self,
            "People",
            environment=environment,
            alarm_topic=self.alarm_topic,
            other_topics=[self.rollback_topic],
        )
        self.rollback_alarms = RollbackAlarms(
            self, "RollbackAlarms", environment=environment, topic=self.alarm_topic
        ).shown
        self.investigate_alarms = InvestigateAlarms(
            self, "InvestigateAlarms", environment=environment, topic=self.alarm_topic
        ).shown
