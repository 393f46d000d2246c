"""What every function here has: its own log group and role, traces, and versions that outlive their template."""

from collections.abc import Mapping, Sequence
from typing import Final, cast

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.acknowledgements import acknowledge, acknowledge_wildcards
from stacks.arns import arn_here
from stacks.environments import Environment
from stacks.extension_layers import Architecture
from stacks.function_network import Network, network_policy

_ARCHITECTURES: Final = {
    Architecture.ARM64: lambda_.Architecture.ARM_64,
    Architecture.X86_64: lambda_.Architecture.X86_64,
}


class ObservedFunction(Construct):
    """A function with the least that it needs; `statements` are what its role may do besides logs and traces.

    `network` None is outside any VPC. `policy` is for a caller to acknowledge what its statements need.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        function_name: str,
        description: str,
        handler: str,
        code: lambda_.Code,
        variables: Mapping[str, str],
        statements: Sequence[iam.PolicyStatement],
        timeout_seconds: int,
        memory_mb: int,
        layers: Sequence[lambda_.ILayerVersion] = (),
        reserved_concurrency: int | None = None,
        network: Network | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.log_group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/lambda/{function_name}",
            retention=environment.log_retention,
            removal_policy=RemovalPolicy.RETAIN if environment.retain_data else RemovalPolicy.DESTROY,
        )
        acknowledge(
            self.log_group,
            "NIST.800.53.R5-CloudWatchLogGroupEncrypted",
            reason="CloudWatch Logs encrypts at rest with its own key; lines hold opaque ids and no personal values.",
        )
        self.policy = self._policy(function_name, statements)
        policies = [self.policy]
        if network is not None:
            policies.append(network_policy(self, "NetworkPolicy", function_name=function_name))
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=function_name,
            description=description,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=_ARCHITECTURES[environment.architecture],
            handler=handler,
            code=code,
            # The policy is ours, statement by statement: to a role it may change, CDK adds its own.
            role=self._role(policies).without_policy_updates(),
            memory_size=memory_mb,
            timeout=Duration.seconds(timeout_seconds),
            tracing=lambda_.Tracing.ACTIVE,
            log_group=self.log_group,
            layers=list(layers),
            environment=dict(variables),
            reserved_concurrent_executions=reserved_concurrency,
            # A version that users still read must outlive the template that published it.
            current_version_options=lambda_.VersionOptions(removal_policy=RemovalPolicy.RETAIN),
        )
        # CDK also writes out that the function waits for its role, which the reference to it says already.
        resource = cast("lambda_.CfnFunction", self.function.node.default_child)
        resource.add_deletion_override("DependsOn")
        if network is not None:
            resource.vpc_config = lambda_.CfnFunction.VpcConfigProperty(
                subnet_ids=list(network.subnet_ids), security_group_ids=list(network.security_group_ids)
            )
        acknowledge(
            self.function,
            "AwsSolutions-L1",
            "Serverless-LambdaLatestVersion",
            reason="The Prisma client imports pydantic.v1, which Python 3.14 does not run.",
        )

    def _policy(self, function_name: str, statements: Sequence[iam.PolicyStatement]) -> iam.ManagedPolicy:
        log_streams = arn_here(self, "logs", f"log-group:/aws/lambda/{function_name}:log-stream:*")
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
                    sid="SendTraces",
                    actions=["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
                    resources=["*"],
                ),
                *statements,
            ],
        )
        acknowledge_wildcards(
            policy,
            log_streams,
            reason="Lambda makes up the names of the streams in the function's own log group.",
        )
        acknowledge(
            policy,
            "AwsSolutions-IAM5[Resource::*]",
            reason="X-Ray's write actions know no resource: AWS forces * for these two.",
        )
        return policy

    def _role(self, policies: Sequence[iam.ManagedPolicy]) -> iam.Role:
        return iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            managed_policies=list(policies),
        )
