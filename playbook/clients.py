"""AWS clients of a rehearsal: one attempt a call, because what a caller sees is what is measured."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_appconfig import AppConfigClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_sts import STSClient


@dataclass(frozen=True)
class Clients:
    """The services that a rehearsal talks to, in one account and region."""

    account: str
    region: str
    functions: "LambdaClient"
    appconfig: "AppConfigClient"
    cloudwatch: "CloudWatchClient"
    logs: "CloudWatchLogsClient"
    secrets: "SecretsManagerClient"
    stacks: "CloudFormationClient"
    roles: "IAMClient"
    topics: "SNSClient"
    queues: "SQSClient"
    parameters: "SSMClient"
    identity: "STSClient"

    @classmethod
    def at(cls, endpoint_url: str) -> Self:
        """Clients with the caller's credentials and region, for one endpoint."""
        session = boto3.Session()
        config = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=320)
        identity = session.client("sts", endpoint_url=endpoint_url, config=config)
        return cls(
            account=identity.get_caller_identity()["Account"],
            region=session.region_name,
            functions=session.client("lambda", endpoint_url=endpoint_url, config=config),
            appconfig=session.client("appconfig", endpoint_url=endpoint_url, config=config),
            cloudwatch=session.client("cloudwatch", endpoint_url=endpoint_url, config=config),
            logs=session.client("logs", endpoint_url=endpoint_url, config=config),
            secrets=session.client("secretsmanager", endpoint_url=endpoint_url, config=config),
            stacks=session.client("cloudformation", endpoint_url=endpoint_url, config=config),
            roles=session.client("iam", endpoint_url=endpoint_url, config=config),
            topics=session.client("sns", endpoint_url=endpoint_url, config=config),
            queues=session.client("sqs", endpoint_url=endpoint_url, config=config),
            parameters=session.client("ssm", endpoint_url=endpoint_url, config=config),
            identity=identity,
        )
