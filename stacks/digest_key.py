"""The key under which answers are digested, so that whoever reads the logs can neither invert nor match digests."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from stacks.acknowledgements import acknowledge
from stacks.environments import Environment


class DigestKey(Construct):
    """`value` goes into a function's environment as a dynamic reference: CloudFormation resolves it at deployment.

    So the key reaches a read without a call, and never stands in a template.
    """

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(scope, construct_id)
        secret = secretsmanager.Secret(
            self,
            "Secret",
            secret_name=f"{environment.names.prefix}/digest-key",
            description="Keys the digests that mock-read logs and prisma-shadow compares",
            generate_secret_string=secretsmanager.SecretStringGenerator(password_length=64, exclude_punctuation=True),
            removal_policy=RemovalPolicy.DESTROY,
        )
        acknowledge(
            secret,
            "AwsSolutions-SMG4",
            "NIST.800.53.R5-SecretsManagerRotationEnabled",
            reason="Both functions must hold the same key at once; it is renewed by a deployment, which moves both.",
        )
        acknowledge(
            secret,
            "NIST.800.53.R5-SecretsManagerUsingKMSKey",
            reason="The key only blinds digests in our own logs; Secrets Manager's own key protects it well enough.",
        )
        self.value = secret.secret_value.unsafe_unwrap()
