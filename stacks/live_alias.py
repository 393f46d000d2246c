"""The code dial: a published version behind `live`, moved by CodeDeploy and by nothing else."""

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from shared.names import LIVE_ALIAS
from stacks.alarm_access import watch_alarms


class LiveAlias(Construct):
    """`live` of one function under its own deployment group: a hook, a small step, a wait, then the rest or a way back.

    `new_version_alarm` is of the version that the template publishes, the others are of what users see.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: lambda_.Function,
        application: codedeploy.LambdaApplication,
        deployment_config: codedeploy.LambdaDeploymentConfig,
        deployment_group_name: str,
        alarms: Sequence[cloudwatch.Alarm],
        new_version_alarm: cloudwatch.Alarm,
        pre_traffic_hook: lambda_.Function,
        provisioned_concurrency: int,
    ) -> None:
        super().__init__(scope, construct_id)
        self.alias = lambda_.Alias(
            self,
            "Alias",
            alias_name=LIVE_ALIAS,
            version=function.current_version,
            description="What users read; its weights belong to CodeDeploy",
            provisioned_concurrent_executions=provisioned_concurrency or None,
        )
        self.deployment_group = codedeploy.LambdaDeploymentGroup(
            self,
            "DeploymentGroup",
            deployment_group_name=deployment_group_name,
            application=application,
            alias=self.alias,
            deployment_config=deployment_config,
            alarms=[*alarms, new_version_alarm],
            pre_hook=pre_traffic_hook,
            # CDK's default leaves a stopped deployment where it stands.
            auto_rollback=codedeploy.AutoRollbackConfig(
                failed_deployment=True, stopped_deployment=True, deployment_in_alarm=True
            ),
            # An alarm that cannot be read is no reason to go on.
            ignore_poll_alarms_failure=False,
            role=self._role(function, pre_traffic_hook),
        )
        # The alarm looks at the new version before anybody is sent to it.
        self.alias.node.add_dependency(new_version_alarm)

    def _role(self, function: lambda_.Function, hook: lambda_.Function) -> iam.IRole:
        """What CodeDeploy does to a Lambda alias, on this function only.

        AWS's managed policy, AWSCodeDeployRoleForLambdaLimited, grants as much on every function and topic.
        """
        policy = iam.ManagedPolicy(
            self,
            "Policy",
            statements=[
                iam.PolicyStatement(
                    sid="MoveLive",
                    actions=["lambda:GetAlias", "lambda:UpdateAlias", "lambda:GetProvisionedConcurrencyConfig"],
                    resources=[function.function_arn, f"{function.function_arn}:{LIVE_ALIAS}"],
                ),
                iam.PolicyStatement(
                    sid="TryTheNewVersion", actions=["lambda:InvokeFunction"], resources=[hook.function_arn]
                ),
            ],
        )
        watch_alarms(policy)
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("codedeploy.amazonaws.com"),
            managed_policies=[policy],
        )
        # Otherwise CDK adds the managed policy all the same.
        return role.without_policy_updates()
