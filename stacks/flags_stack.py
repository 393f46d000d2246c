"""The path dial, the kill switch, and what turns the dial back by itself."""

from typing import Any

from aws_cdk import Stack
from constructs import Construct

from stacks.environments import Environment
from stacks.feature_flags import FeatureFlags
from stacks.guard_rails_stack import GuardRailsStack
from stacks.operator_access import OperatorAccess
from stacks.operator_records import OperatorRecords
from stacks.rollback_guardian import RollbackGuardian


class FlagsStack(Stack):
    """AppConfig with the alarms it watches, the guardian that hears of them, the operator's records and permissions.

    `guardian_failed` is the guardian's own alarm.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        guard_rails: GuardRailsStack,
        **stack: Any,
    ) -> None:
        super().__init__(scope, construct_id, **stack)
        self.flags = FeatureFlags(
            self,
            "FeatureFlags",
            environment=environment,
            monitor_alarm_arns=[shown.alarm.alarm_arn for shown in guard_rails.rollback_alarms],
        )
        self.guardian_failed = RollbackGuardian(
            self,
            "RollbackGuardian",
            environment=environment,
            flags=self.flags,
            alarm_topic=guard_rails.alarm_topic,
            rollback_topic=guard_rails.rollback_topic,
            topic_key=guard_rails.topic_key,
        ).failed
        OperatorRecords(self, "OperatorRecords", environment=environment)
        OperatorAccess(
            self,
            "OperatorAccess",
            environment=environment,
            flags=self.flags,
            topics=[guard_rails.alarm_topic, guard_rails.rollback_topic],
        )
