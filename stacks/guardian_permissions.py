"""Everything that the rollback guardian may do. It can turn two dials and tell of it, and nothing else.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsappconfig.html
"""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.acknowledgements import acknowledge_wildcards
from stacks.arns import arns_here
from stacks.feature_flags import FeatureFlags
from stacks.flag_parts import application, deployments, environments, profiles, versions


def guardian_statements(
    scope: Construct,
    *,
    flags: FeatureFlags,
    rollback_topic: sns.ITopic,
    topic_key: kms.IKey,
    recoveries: sqs.Queue,
    failures: sqs.Queue,
) -> list[iam.PolicyStatement]:
    strategy = f"deploymentstrategy/{flags.immediate_strategy_id}"
    return [
        iam.PolicyStatement(
            sid="ReadAndWriteVersions",
            actions=["appconfig:CreateHostedConfigurationVersion", "appconfig:GetHostedConfigurationVersion"],
            resources=arns_here(scope, "appconfig", application(flags), *profiles(flags), *versions(flags)),
        ),
        iam.PolicyStatement(
            sid="TurnTheDials",
            actions=[
                "appconfig:GetDeployment",
                "appconfig:ListDeployments",
                "appconfig:StartDeployment",
                "appconfig:StopDeployment",
            ],
            resources=arns_here(
                scope,
                "appconfig",
                *(application(flags), strategy),
                *profiles(flags),
                *environments(flags),
                *deployments(flags),
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
    acknowledge_wildcards(
        policy,
        *arns_here(policy, "appconfig", *versions(flags), *deployments(flags)),
        reason="The number is AppConfig's own, given when the guardian makes a version or starts a deployment.",
    )
