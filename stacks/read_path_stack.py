"""The functions a read runs through, and the code dial in front of them."""

from typing import Any

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

from dashboards.alarms import new_version_error_rate_alarm
from stacks.database_access import DatabaseAccess
from stacks.digest_key import DigestKey
from stacks.environments import Environment
from stacks.feature_flags import FeatureFlags
from stacks.guard_rails_stack import GuardRailsStack
from stacks.live_alias import LiveAlias
from stacks.metric_alarm import ShownAlarm, metric_alarm
from stacks.mock_read_function import MockReadFunction
from stacks.pre_traffic_hook import PreTrafficHook
from stacks.prisma_functions import PrismaFunctions


class ReadPathStack(Stack):
    """mock-read and prisma-read, each behind its `live`; the shadow comparison and the migrations beside them.

    `published_versions` are by function the one that the template publishes; `new_version_alarms` are of these.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        database: DatabaseAccess,
        flags: FeatureFlags,
        guard_rails: GuardRailsStack,
        **stack: Any,
    ) -> None:
        super().__init__(scope, construct_id, **stack)
        names = environment.names
        digest_key = DigestKey(self, "DigestKey", environment=environment)
        prisma = PrismaFunctions(self, "Prisma", environment=environment, database=database, digest_key=digest_key)
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
        hook = PreTrafficHook(self, "PreTrafficHook", environment=environment)
        mock_read_alarm = self._new_version_alarm(
            "MockReadNewVersion",
            name=names.new_version_error_rate_alarm,
            function_name=names.mock_read_function,
            version=mock_read.function.current_version,
            environment=environment,
            topic=guard_rails.alarm_topic,
        )
        prisma_read_alarm = self._new_version_alarm(
            "PrismaReadNewVersion",
            name=names.prisma_new_version_error_rate_alarm,
            function_name=names.prisma_read_function,
            version=prisma.read.current_version,
            environment=environment,
            topic=guard_rails.alarm_topic,
        )
        self.new_version_alarms = (mock_read_alarm, prisma_read_alarm)
        self.published_versions = {
            names.mock_read_function: mock_read.function.current_version.version,
            names.prisma_read_function: prisma.read.current_version.version,
        }
        rollback_alarms = [shown.alarm for shown in guard_rails.rollback_alarms]
        mock_read_live = LiveAlias(
            self,
            "MockReadLive",
            function=mock_read.function,
            application=application,
            deployment_config=canary,
            deployment_group_name=names.mock_read_deployment_group,
            alarms=rollback_alarms,
            new_version_alarm=mock_read_alarm.alarm,
            pre_traffic_hook=hook.function,
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
            new_version_alarm=prisma_read_alarm.alarm,
            pre_traffic_hook=hook.function,
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

    def _new_version_alarm(
        self,
        construct_id: str,
        *,
        name: str,
        function_name: str,
        version: lambda_.IVersion,
        environment: Environment,
        topic: sns.ITopic,
    ) -> ShownAlarm:
        """Here, where the version is known, and not with the other alarms.

        An update changes the version that the alarm looks at before CodeDeploy moves `live`, and a rollback of the
        stack changes it back. It refers to the version alone, so alias → group → alarm → version is no circle.
        """
        rule = new_version_error_rate_alarm(
            environment.names,
            name=name,
            function_name=function_name,
            version=version.version,
            limit_percent=environment.error_rate_limit_percent,
        )
        return metric_alarm(self, construct_id, rule=rule, topic=topic)
