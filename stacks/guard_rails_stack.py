"""What fires, and whom it tells. The first stack: the others watch its alarms."""

from typing import Any

from aws_cdk import Stack
from constructs import Construct

from stacks.alarm_topic import AlarmTopic
from stacks.environments import Environment
from stacks.rollback_alarms import RollbackAlarms


class GuardRailsStack(Stack):
    """Topic and alarms; `alarms` are the rollback alarms."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment, **stack: Any) -> None:
        super().__init__(scope, construct_id, **stack)
        topic = AlarmTopic(self, "AlarmTopic", environment=environment)
        self.alarms = RollbackAlarms(self, "RollbackAlarms", environment=environment, topic=topic.topic).alarms
