"""The path dial: AppConfig application, environments, profiles and strategies, seeded off.

CloudFormation seeds the first version of each flag and deploys it; later versions belong to the operator's tool,
because `AWS::AppConfig::Deployment` replaces on every property.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_appconfig as appconfig
from aws_cdk import aws_iam as iam
from constructs import Construct

from shared.names import PROFILE_FEATURE_FLAGS, PROFILE_KILL_SWITCH
from stacks.alarm_access import watch_alarms
from stacks.arns import arn_here
from stacks.environments import Environment
from stacks.flag_documents import FEATURE_FLAGS_SEED, KILL_SWITCH_SEED


@dataclass(frozen=True, kw_only=True)
class SeededFlag:
    """A flag's ids in AppConfig. `arn` is its configuration, which is what a role must be allowed to read."""

    environment_id: str
    profile_id: str
    arn: str


class FeatureFlags(Construct):
    """The flag in a monitored environment, and the kill switch in one that nothing can roll back."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        monitor_alarm_arns: Sequence[str],
    ) -> None:
        super().__init__(scope, construct_id)
        names = environment.names
        self._application = appconfig.CfnApplication(
            self,
            "Application",
            name=names.appconfig_application,
            description="Moves reads from the mock to Prisma",
        )
        canary = appconfig.CfnDeploymentStrategy(
            self,
            "CanaryStrategy",
            name=names.canary_strategy,
            description="Half of the targets at a time, then a bake in which an alarm still rolls back",
            deployment_duration_in_minutes=environment.flag_deployment_minutes,
            growth_type="LINEAR",
            growth_factor=50,
            final_bake_time_in_minutes=environment.flag_bake_minutes,
            replicate_to="NONE",
        )
        immediate = appconfig.CfnDeploymentStrategy(
            self,
            "ImmediateStrategy",
            name=names.immediate_strategy,
            description="All targets at once and no bake: the way to safety",
            deployment_duration_in_minutes=0,
            growth_type="LINEAR",
            growth_factor=100,
            final_bake_time_in_minutes=0,
            replicate_to="NONE",
        )
        self.application_id = self._application.ref
        self.canary_strategy_id = canary.ref
        self.immediate_strategy_id = immediate.ref

        monitor_role = self._monitor_role()
        monitored = appconfig.CfnEnvironment(
            self,
            "Monitored",
            application_id=self._application.ref,
            name=names.appconfig_environment,
            description="Rolls a flag deployment back while a rollback alarm is in ALARM",
            monitors=[
                appconfig.CfnEnvironment.MonitorsProperty(alarm_arn=arn, alarm_role_arn=monitor_role.role_arn)
                for arn in monitor_alarm_arns
            ],
        )
        kill_switch = appconfig.CfnEnvironment(
            self,
            "KillSwitch",
            application_id=self._application.ref,
            name=names.kill_switch_environment,
            description="No monitors: while an alarm is in ALARM, a monitored environment refuses even a change to off",
        )
        self.feature_flags = self._seed("FeatureFlags", PROFILE_FEATURE_FLAGS, FEATURE_FLAGS_SEED, monitored, immediate)
        self.kill_switch = self._seed("KillSwitchFlag", PROFILE_KILL_SWITCH, KILL_SWITCH_SEED, kill_switch, immediate)

    def _seed(
        self,
        construct_id: str,
        profile_name: str,
        document: dict[str, Any],
        environment: appconfig.CfnEnvironment,
        strategy: appconfig.CfnDeploymentStrategy,
    ) -> SeededFlag:
        """Profile, first version and its deployment."""
        scope = Construct(self, construct_id)
        profile = appconfig.CfnConfigurationProfile(
            scope,
            "Profile",
            application_id=self._application.ref,
            name=profile_name,
            location_uri="hosted",
            type="AWS.AppConfig.FeatureFlags",
        )
        version = appconfig.CfnHostedConfigurationVersion(
            scope,
            "Seed",
            application_id=self._application.ref,
            configuration_profile_id=profile.ref,
            content=json.dumps(document),
            content_type="application/json",
            description="Seeded off",
        )
        appconfig.CfnDeployment(
            scope,
            "SeedDeployment",
            application_id=self._application.ref,
            environment_id=environment.ref,
            configuration_profile_id=profile.ref,
            configuration_version=version.ref,
            deployment_strategy_id=strategy.ref,
            description="Seeded off",
        )
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsappconfig.html
        of_application = f"application/{self._application.ref}"
        of_environment = f"{of_application}/environment/{environment.ref}"
        arn = arn_here(self, "appconfig", f"{of_environment}/configuration/{profile.ref}")
        return SeededFlag(environment_id=environment.ref, profile_id=profile.ref, arn=arn)

    def _monitor_role(self) -> iam.Role:
        policy = iam.ManagedPolicy(self, "MonitorPolicy")
        watch_alarms(policy)
        return iam.Role(
            self,
            "MonitorRole",
            assumed_by=iam.ServicePrincipal("appconfig.amazonaws.com"),
            managed_policies=[policy],
        )
