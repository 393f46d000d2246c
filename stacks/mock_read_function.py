"""The function that every read enters: checks the flag, chooses a path, annotates, answers."""

from typing import Final, cast

from aws_cdk import ArnFormat, Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.acknowledgements import acknowledge, wildcard_finding
from stacks.bundle import build_bundle
from stacks.environments import Environment
from stacks.extension_layers import Architecture, extension_layer_arn
from stacks.feature_flags import FeatureFlags

PACKAGES: Final = ("mock_read", "shared")
# One read is bounded by the flag's 50 ms and the candidate's own limit; this ends what neither bound caught.
TIMEOUT_SECONDS: Final = 6
FLAG_TIMEOUT_MS: Final = 50
FLAG_CACHE_MS: Final = 1000

_ARCHITECTURES: Final = {
    Architecture.ARM64: lambda_.Architecture.ARM_64,
    Architecture.X86_64: lambda_.Architecture.X86_64,
}


class MockReadFunction(Construct):
    """Function, log group and role; `function.current_version` is the version to publish."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment, flags: FeatureFlags) -> None:
        super().__init__(scope, construct_id)
        names = environment.names
        log_group_name = f"/aws/lambda/{names.mock_read_function}"
        log_group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=log_group_name,
            retention=environment.log_retention,
            removal_policy=RemovalPolicy.RETAIN if environment.retain_data else RemovalPolicy.DESTROY,
        )
        role = self._role(log_group_name, flags)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=names.mock_read_function,
            description="Reads a user from the mock or, behind the flag, from Prisma",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=_ARCHITECTURES[environment.architecture],
            handler="mock_read.handler.lambda_handler",
            code=lambda_.Code.from_asset(
                str(build_bundle(PACKAGES, environment.bundle_platform, environment.architecture))
            ),
            # The policy is ours, statement by statement: to a role it may change, CDK adds its own.
            role=role.without_policy_updates(),
            memory_size=512,
            timeout=Duration.seconds(TIMEOUT_SECONDS),
            tracing=lambda_.Tracing.ACTIVE,
            log_group=log_group,
            layers=[
                lambda_.LayerVersion.from_layer_version_arn(
                    self, "AppConfigAgent", extension_layer_arn(environment.region, environment.architecture)
                )
            ],
            environment={
                "HUNTAZE_ENVIRONMENT": environment.name,
                "HUNTAZE_FLAG_PATH": names.flag_path,
                "HUNTAZE_KILL_SWITCH_PATH": names.kill_switch_path,
                "HUNTAZE_FLAG_TIMEOUT_MS": str(FLAG_TIMEOUT_MS),
                "HUNTAZE_FLAG_CACHE_MS": str(FLAG_CACHE_MS),
                "AWS_APPCONFIG_EXTENSION_PREFETCH_LIST": f"{names.flag_path},{names.kill_switch_path}",
                "AWS_APPCONFIG_EXTENSION_POLL_INTERVAL_SECONDS": str(environment.flag_poll_interval_seconds),
            },
            # A version that users still read must outlive the template that published it.
            current_version_options=lambda_.VersionOptions(removal_policy=RemovalPolicy.RETAIN),
        )
        # CDK also writes out that the function waits for its role, which the reference to it says already.
        cast("lambda_.CfnFunction", self.function.node.default_child).add_deletion_override("DependsOn")
        self._acknowledge_findings(log_group)

    def _role(self, log_group_name: str, flags: FeatureFlags) -> iam.Role:
        log_streams = Stack.of(self).format_arn(
            service="logs",
            resource="log-group",
            resource_name=f"{log_group_name}:log-stream:*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        policy = iam.ManagedPolicy(
            self,
            "Policy",
            statements=[
                iam.PolicyStatement(
                    sid="WriteOwnLogs",
                    actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                    resources=[log_streams],
                ),
                iam.PolicyStatement(
                    sid="ReadFlagAndKillSwitch",
                    actions=["appconfig:StartConfigurationSession", "appconfig:GetLatestConfiguration"],
                    resources=[flags.feature_flags_arn, flags.kill_switch_arn],
                ),
                iam.PolicyStatement(
                    sid="SendTraces",
                    actions=["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
                    resources=["*"],
                ),
            ],
        )
        acknowledge(
            policy,
            wildcard_finding(policy, "logs", f"log-group:{log_group_name}:log-stream:*"),
            reason="Lambda makes up the names of the streams in the function's own log group.",
        )
        acknowledge(
            policy,
            "AwsSolutions-IAM5[Resource::*]",
            reason="X-Ray's write actions know no resource: AWS forces * for these two.",
        )
        return iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            managed_policies=[policy],
        )

    def _acknowledge_findings(self, log_group: logs.LogGroup) -> None:
        acknowledge(
            log_group,
            "NIST.800.53.R5-CloudWatchLogGroupEncrypted",
            reason="CloudWatch Logs encrypts at rest with its own key; lines hold opaque ids and no personal values.",
        )
        acknowledge(
            self.function,
            "AwsSolutions-L1",
            "Serverless-LambdaLatestVersion",
            reason="The Prisma client imports pydantic.v1, which Python 3.14 does not run.",
        )
        acknowledge(
            self.function,
            "NIST.800.53.R5-LambdaInsideVPC",
            reason="It reaches nothing in a VPC; the database side is another function.",
        )
        acknowledge(
            self.function,
            "NIST.800.53.R5-LambdaDLQ",
            "Serverless-LambdaDLQ",
            reason="Every read is a synchronous invocation, which has no dead letters: the caller sees the failure.",
        )
        acknowledge(
            self.function,
            "NIST.800.53.R5-LambdaConcurrency",
            reason="Reserving concurrency would throttle users; the candidate behind it is the part that is capped.",
        )
