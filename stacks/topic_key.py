"""The key of the topics: what is told there is encrypted, and CloudWatch may tell it."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from stacks.alarm_access import cloudwatch_alarms_here


def topic_key(scope: Construct, construct_id: str) -> kms.Key:
    """A customer-managed key. Without the statement for CloudWatch, alarms vanish without a word.

    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    """
    key = kms.Key(
        scope,
        construct_id,
        description="Encrypts the topics of the Prisma migration",
        enable_key_rotation=True,
        # The key protects messages in flight only; nothing is left to decrypt once the topics are gone.
        removal_policy=RemovalPolicy.DESTROY,
    )
    key.add_to_resource_policy(
        iam.PolicyStatement(
            sid="CloudWatchMayEncrypt",
            principals=[cloudwatch_alarms_here(scope)],
            actions=["kms:Decrypt", "kms:GenerateDataKey*"],
            resources=["*"],  # in a key policy, * is the key itself
        )
    )
    return key
