"""Everything that the rollback guardian may do. It can turn two dials and tell of it, and nothing else.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsappconfig.html
"""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.acknowledgements import acknowledge, wildcard_finding
from stacks.feature_flags import FeatureFlags


def guardian_statements(
    scope: Construct,
    *,
    flags: FeatureFlags,
    rollback_topic: sns.ITopic,
    topic_key: kms.IKey,
    recoveries: sqs.Queue,
    failures: sqs.Queue,
) -> list[iam.PolicyStatement]:
    stack = Stack.of(scope)

    def of_appconfig(*paths: str) -> list[str]:
        return [stack.format_arn(service="appconfig", resource=path) for path in paths]

    application, strategy = f"application/{flags.application_id}", f"deploymentstrategy/{flags.immediate_strategy_id}"
    return [
        iam.PolicyStatement(
            sid="ReadAndWriteVersions",
            actions=["appconfig:CreateHostedConfigurationVersion", "appconfig:GetHostedConfigurationVersion"],
            resources=of_appconfig(application, *_profiles(flags), *_versions(flags)),
        ),
        iam.PolicyStatement(
            sid="TurnTheDials",
            actions=[
                "appconfig:GetDeployment",
                "appconfig:ListDeployments",
                "appconfig:StartDeployment",
                "appconfig:StopDeployment",
            ],
            resources=of_appconfig(
                application, strategy, *_profiles(flags), *_environments(flags), *_deployments(flags)
            ),
        ),
        iam.PolicyStatement(sid="Tell", actions=["sns:Publish"], resources=[rollback_topic.topic_arn]),
        iam.PolicyStatement(
            sid="TellEncrypted", actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[topic_key.key_arn]
        ),
        iam.PolicyStatement(
            sid="TakeRecoveries",
            actions=[
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:ChangeMessageVisibility",
                "sqs:GetQueueAttributes",
            ],
            resources=[recoveries.queue_arn],
        ),
        iam.PolicyStatement(sid="KeepFailures", actions=["sqs:SendMessage"], resources=[failures.queue_arn]),
    ]


def acknowledge_numbers(policy: iam.ManagedPolicy, flags: FeatureFlags) -> None:
    """Versions and deployments are known by numbers."""
    acknowledge(
        policy,
        *(wildcard_finding(policy, "appconfig", path) for path in (*_versions(flags), *_deployments(flags))),
        reason="The number is AppConfig's own, given when the guardian makes a version or starts a deployment.",
    )


def _environments(flags: FeatureFlags) -> list[str]:
    return [_path(flags, "environment", flag.environment_id) for flag in (flags.kill_switch, flags.feature_flags)]


def _profiles(flags: FeatureFlags) -> list[str]:
    return [_path(flags, "configurationprofile", flag.profile_id) for flag in (flags.kill_switch, flags.feature_flags)]


def _deployments(flags: FeatureFlags) -> list[str]:
    return [f"{environment}/deployment/*" for environment in _environments(flags)]


def _versions(flags: FeatureFlags) -> list[str]:
    return [f"{profile}/hostedconfigurationversion/*" for profile in _profiles(flags)]


def _path(flags: FeatureFlags, kind: str, identifier: str) -> str:
    return f"application/{flags.application_id}/{kind}/{identifier}"
