"""The account that a command works on: its clients, its names, its clock, and who is asking.

Credentials, region and endpoint are found as every AWS tool finds them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config

from playbook.live_state import NotDeployedError
from playbook.settings import Settings, parse_settings
from shared.names import ResourceNames

if TYPE_CHECKING:
    from mypy_boto3_appconfig import AppConfigClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_codedeploy import CodeDeployClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_sts import STSClient
    from mypy_boto3_xray import XRayClient

# Throttling is waited out by the SDK's own standard mode; a command that waits for minutes helps nobody at hour two.
_CONFIG: Final = Config(
    retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=5, read_timeout=60, max_pool_connections=16
)


@dataclass(frozen=True)
class Account:
    """One environment in one account and region.

    Whatever a property or a client's call raises is botocore's own, but NotDeployedError and InvalidSettingsError.
    """

    environment: str
    session: boto3.Session

    @property
    def names(self) -> ResourceNames:
        return ResourceNames(self.environment)

    @cached_property
    def settings(self) -> Settings:
        """What the deployed stacks say of themselves."""
        try:
            answer = self.parameters.get_parameter(Name=self.names.settings_parameter)
        except self.parameters.exceptions.ParameterNotFound as error:
            raise NotDeployedError(
                f"{self.environment} is not deployed in {self.session.region_name}: there is no parameter "
                f"{self.names.settings_parameter}; is it the right region and account, and did `cdk deploy` succeed?"
            ) from error
        return parse_settings(answer["Parameter"]["Value"])

    def require_deployed(self) -> None:
        """For commands that go by none of the settings. Raises NotDeployedError."""
        _ = self.settings

    def now(self) -> datetime:
        """The account's own time, to the second: what its logs, deployments and alarms are stamped with.

        Not this machine's, which may be wrong, and in a rehearsal is not the one that counts.
        """
        headers = self.cloudwatch.describe_alarms(MaxRecords=1)["ResponseMetadata"]["HTTPHeaders"]
        return parsedate_to_datetime(headers["date"]).astimezone(UTC)

    @cached_property
    def operator(self) -> str:
        """The ARN of whose credentials these are: what CloudTrail knows them by, too."""
        return self.identity.get_caller_identity()["Arn"]

    @property
    def region(self) -> str:
        return self.session.region_name

    @cached_property
    def appconfig(self) -> "AppConfigClient":
        return self.session.client("appconfig", config=_CONFIG)

    @cached_property
    def cloudwatch(self) -> "CloudWatchClient":
        return self.session.client("cloudwatch", config=_CONFIG)

    @cached_property
    def codedeploy(self) -> "CodeDeployClient":
        return self.session.client("codedeploy", config=_CONFIG)

    @cached_property
    def functions(self) -> "LambdaClient":
        return self.session.client("lambda", config=_CONFIG)

    @cached_property
    def identity(self) -> "STSClient":
        return self.session.client("sts", config=_CONFIG)

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        return self.session.client("logs", config=_CONFIG)

    @cached_property
    def parameters(self) -> "SSMClient":
        return self.session.client("ssm", config=_CONFIG)

    @cached_property
    def secrets(self) -> "SecretsManagerClient":
        return self.session.client("secretsmanager", config=_CONFIG)

    @cached_property
    def topics(self) -> "SNSClient":
        return self.session.client("sns", config=_CONFIG)

    @cached_property
    def traces(self) -> "XRayClient":
        return self.session.client("xray", config=_CONFIG)
