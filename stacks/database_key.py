"""The key of a database of our own: its storage, its secrets and its copies."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from constructs import Construct

from stacks.environments import Environment


def database_key(scope: Construct, construct_id: str, *, environment: Environment) -> kms.Key:
    """A customer-managed key, which outlives the stack wherever a snapshot does: without it that is noise."""
    return kms.Key(
        scope,
        construct_id,
        description="Encrypts the database of the Prisma migration and its secrets",
        enable_key_rotation=True,
        removal_policy=RemovalPolicy.RETAIN if environment.retain_data else RemovalPolicy.DESTROY,
    )
