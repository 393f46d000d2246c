"""The secret of the role that reads, made before the role is: the migrations give the role its password."""

import json
from typing import Final

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from stacks.acknowledgements import acknowledge
from stacks.environments import Environment

_READER_ROLE: Final = "huntaze_reader"


def reader_secret(
    scope: Construct, construct_id: str, *, environment: Environment, key: kms.IKey, host: str, port: int, database: str
) -> secretsmanager.Secret:
    """Everything that a connection needs, in RDS's own JSON, with a password that nobody has seen.

    A new value makes a new password, which holds after `playbook db migrate`.
    """
    where = {"engine": "postgres", "host": host, "port": port, "dbname": database, "username": _READER_ROLE}
    secret = secretsmanager.Secret(
        scope,
        construct_id,
        secret_name=environment.names.database_reader_secret,
        description="Where the database is, for the role that may only read it",
        encryption_key=key,
        generate_secret_string=secretsmanager.SecretStringGenerator(
            secret_string_template=json.dumps(where),
            generate_string_key="password",
            password_length=40,
            exclude_punctuation=True,
        ),
        removal_policy=RemovalPolicy.DESTROY,
    )
    acknowledge(
        secret,
        "AwsSolutions-SMG4",
        "NIST.800.53.R5-SecretsManagerRotationEnabled",
        reason="A schedule would need the administrator's rights; docs/DEPLOY.md says how the password is renewed.",
    )
    return secret
