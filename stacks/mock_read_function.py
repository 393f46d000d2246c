"""The function that every read enters: checks the flag, chooses a path, annotates, answers."""

from typing import Final

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from shared.names import LIVE_ALIAS
from stacks.acknowledgements import acknowledge
from stacks.bundle import MOCK_READ
from stacks.digest_key import DigestKey
from stacks.environments import Environment
from stacks.extension_layers import extension_layer_arn
from stacks.feature_flags import FeatureFlags
from stacks.observed_function import ObservedFunction
from stacks.package_code import package_code

# One read is bounded by the flag's 50 ms and the candidate's own limit; this ends what neither bound caught.
_TIMEOUT_MARGIN_SECONDS: Final = 3
_FLAG_TIMEOUT_MS: Final = 50
_FLAG_CACHE_MS: Final = 1000


class MockReadFunction(Construct):
    """`function.current_version` is the version to publish; `candidate` is invoked by its `live` alias."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        flags: FeatureFlags,
        candidate: lambda_.Function,
        digest_key: DigestKey,
    ) -> None:
        super().__init__(scope, construct_id)
        names = environment.names
        observed = ObservedFunction(
            self,
            "MockRead",
            environment=environment,
            function_name=names.mock_read_function,
            description="Reads a user from the mock or, behind the flag, from Prisma",
            handler="mock_read.handler.lambda_handler",
            code=package_code(MOCK_READ, environment),
            memory_mb=512,
            timeout_seconds=environment.candidate_timeout_ms // 1000 + _TIMEOUT_MARGIN_SECONDS,
            layers=[
                lambda_.LayerVersion.from_layer_version_arn(
                    self, "AppConfigAgent", extension_layer_arn(environment.region, environment.architecture)
                )
            ],
            variables={
                "HUNTAZE_ENVIRONMENT": environment.name,
                "HUNTAZE_FLAG_PATH": names.flag_path,
                "HUNTAZE_KILL_SWITCH_PATH": names.kill_switch_path,
                "HUNTAZE_FLAG_TIMEOUT_MS": str(_FLAG_TIMEOUT_MS),
                "HUNTAZE_FLAG_CACHE_MS": str(_FLAG_CACHE_MS),
                "HUNTAZE_CANDIDATE_FUNCTION": names.prisma_read_function,
                "HUNTAZE_CANDIDATE_TIMEOUT_MS": str(environment.candidate_timeout_ms),
                "HUNTAZE_DIGEST_KEY": digest_key.value,
                "AWS_APPCONFIG_EXTENSION_PREFETCH_LIST": f"{names.flag_path},{names.kill_switch_path}",
                "AWS_APPCONFIG_EXTENSION_POLL_INTERVAL_SECONDS": str(environment.flag_poll_interval_seconds),
            },
            statements=[
                iam.PolicyStatement(
                    sid="ReadFlagAndKillSwitch",
                    actions=["appconfig:StartConfigurationSession", "appconfig:GetLatestConfiguration"],
                    resources=[flags.feature_flags.arn, flags.kill_switch.arn],
                ),
                iam.PolicyStatement(
                    sid="ReadThroughTheCandidate",
                    actions=["lambda:InvokeFunction"],
                    resources=[f"{candidate.function_arn}:{LIVE_ALIAS}"],
                ),
            ],
        )
        self.function = observed.function
        self.log_group = observed.log_group
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
