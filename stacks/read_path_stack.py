"""The functions a read runs through, and the code dial in front of them."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from constructs import Construct

from stacks.digest_key import DigestKey
from stacks.environments import Environment
from stacks.feature_flags import FeatureFlags
from stacks.live_alias import LiveAlias
from stacks.mock_read_function import MockReadFunction
from stacks.prisma_functions import PrismaFunctions


class ReadPathStack(Stack):
    """mock-read and prisma-read, each behind its `live`; the shadow comparison and the migrations beside them."""

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
        digest_key = DigestKey(self, "DigestKey", environment=environment)
        prisma = PrismaFunctions(self, "Prisma", environment=environment, digest_key=digest_key)
        mock_read = MockReadFunction(
            self, "MockRead", environment=environment, flags=flags, candidate=prisma.read, digest_key=digest_key
        )
        prisma.subscribe(mock_read.log_group)
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
        mock_read_live = LiveAlias(
            self,
            "MockReadLive",
            function=mock_read.function,
            application=application,
            deployment_config=canary,
            deployment_group_name=names.mock_read_deployment_group,
            alarms=rollback_alarms,
            provisioned_concurrency=0,
        )
        prisma_read_live = LiveAlias(
            self,
            "PrismaReadLive",
            function=prisma.read,
            application=application,
            deployment_config=canary,
            deployment_group_name=names.prisma_read_deployment_group,
            alarms=rollback_alarms,
            provisioned_concurrency=environment.prisma_provisioned_concurrency,
        )
        # The canary path goes through the candidate's alias, so that is there first.
        mock_read_live.node.add_dependency(prisma_read_live.alias)
        CfnOutput(
            self,
            "MockReadLiveArn",
            value=mock_read_live.alias.function_arn,
            description="Invoke this to read a user",
        )
