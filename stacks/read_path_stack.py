"""The functions a read runs through, and the code dial in front of them."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from constructs import Construct

from stacks.environments import Environment
from stacks.feature_flags import FeatureFlags
from stacks.live_alias import LiveAlias
from stacks.mock_read_function import MockReadFunction


class ReadPathStack(Stack):
    """mock-read behind `live`."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        flags: FeatureFlags,
        rollback_alarms: Sequence[cloudwatch.Alarm],
        **stack: Any,
    ) -> None:
        super().__init__(scope, construct_id, **stack)
        names = environment.names
        mock_read = MockReadFunction(self, "MockRead", environment=environment, flags=flags)
        application = codedeploy.LambdaApplication(self, "CodeDeploy", application_name=names.codedeploy_application)
        canary = codedeploy.LambdaDeploymentConfig(
            self,
            "CodeCanary",
            deployment_config_name=(
                f"{names.prefix}-canary-{environment.code_canary_percent}pct-{environment.code_canary_interval_minutes}min"
            ),
            traffic_routing=codedeploy.TrafficRouting.time_based_canary(
                interval=Duration.minutes(environment.code_canary_interval_minutes),
                percentage=environment.code_canary_percent,
            ),
        )
        live = LiveAlias(
            self,
            "MockReadLive",
            function=mock_read.function,
            application=application,
            deployment_config=canary,
            deployment_group_name=names.mock_read_deployment_group,
            alarms=rollback_alarms,
        )
        CfnOutput(self, "MockReadLiveArn", value=live.alias.function_arn, description="Invoke this to read a user")
