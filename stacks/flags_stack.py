"""The path dial and the kill switch."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from stacks.environments import Environment
from stacks.feature_flags import FeatureFlags


class FlagsStack(Stack):
    """AppConfig, watching the rollback alarms."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        rollback_alarms: Sequence[cloudwatch.Alarm],
        **stack: Any,
    ) -> None:
        super().__init__(scope, construct_id, **stack)
        self.flags = FeatureFlags(
            self,
            "FeatureFlags",
            environment=environment,
            monitor_alarm_arns=[alarm.alarm_arn for alarm in rollback_alarms],
        )
