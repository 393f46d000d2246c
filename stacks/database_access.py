"""What a function needs to reach the database, whoever made it."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.arns import arn_here
from stacks.databases import ExistingDatabase
from stacks.function_network import Network


@dataclass(frozen=True, kw_only=True)
class SecretAccess:
    """A secret by name or by ARN, which may be a reference."""

    name: str | None = None
    arn: str | None = None

    @property
    def secret_id(self) -> str:
        """As Secrets Manager is asked for it."""
        return str(self.arn or self.name)

    def arn_in(self, scope: Construct) -> str:
        """As policies name it. To a name Secrets Manager adds a dash and six characters of its own."""
        return self.arn or arn_here(scope, "secretsmanager", f"secret:{self.name}-??????")


@dataclass(frozen=True, kw_only=True)
class DatabaseAccess:
    """`secrets_key_arn` is the customer-managed key of both secrets, if any; `network` None is outside any VPC."""

    reader: SecretAccess
    admin: SecretAccess
    secrets_key_arn: str | None
    network: Network | None


def existing_database(database: ExistingDatabase) -> DatabaseAccess:
    """The database that an environment names. Nothing is looked up."""
    network = database.network
    return DatabaseAccess(
        reader=SecretAccess(name=database.reader_secret_name),
        admin=SecretAccess(name=database.admin_secret_name),
        secrets_key_arn=database.secrets_key_arn,
        network=None
        if network is None
        else Network(subnet_ids=network.subnet_ids, security_group_ids=network.security_group_ids),
    )


def secret_statements(
    scope: Construct, access: DatabaseAccess, secrets: Sequence[SecretAccess]
) -> list[iam.PolicyStatement]:
    """What it takes to read `secrets`."""
    secrets_manager = f"secretsmanager.{Stack.of(scope).region}.amazonaws.com"
    statements = [
        iam.PolicyStatement(
            sid="ReadDatabaseSecret",
            actions=["secretsmanager:GetSecretValue"],
            resources=[secret.arn_in(scope) for secret in secrets],
        )
    ]
    if access.secrets_key_arn is not None:
        statements.append(
            iam.PolicyStatement(
                sid="DecryptDatabaseSecret",
                actions=["kms:Decrypt"],
                resources=[access.secrets_key_arn],
                # Secrets Manager asks the key on the caller's behalf, and nobody else is to.
                # https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
                conditions={"StringEquals": {"kms:ViaService": secrets_manager}},
            )
        )
    return statements
