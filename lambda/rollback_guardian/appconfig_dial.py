"""A dial in AppConfig, by ids."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from rollback_guardian.dial import BusyError, Deployment, Document

if TYPE_CHECKING:
    from mypy_boto3_appconfig import AppConfigClient

# What AppConfig answers when something else moved the dial meanwhile.
_CONFLICT: Final = "ConflictException"
_CANNOT_STOP: Final = "BadRequestException"


class AppConfigDial:
    """One configuration profile in one environment. `strategy_id` is of deployments without duration and bake."""

    def __init__(
        self, client: "AppConfigClient", *, application_id: str, environment_id: str, profile_id: str, strategy_id: str
    ) -> None:
        self._client = client
        self._application_id = application_id
        self._environment_id = environment_id
        self._profile_id = profile_id
        self._strategy_id = strategy_id

    def deployments(self) -> Sequence[Deployment]:
        pages = self._client.get_paginator("list_deployments").paginate(
            ApplicationId=self._application_id, EnvironmentId=self._environment_id
        )
        deployments = [
            Deployment(
                number=item["DeploymentNumber"],
                version=int(item["ConfigurationVersion"]),
                state=item["State"],
                started_at=item["StartedAt"],
            )
            for page in pages
            for item in page["Items"]
        ]
        return sorted(deployments, key=lambda deployment: deployment.number, reverse=True)

    def document(self, version: int) -> Document:
        hosted = self._client.get_hosted_configuration_version(
            ApplicationId=self._application_id, ConfigurationProfileId=self._profile_id, VersionNumber=version
        )
        document: Document = json.loads(hosted["Content"].read())
        return document

    def description(self, deployment_number: int) -> str:
        return self._client.get_deployment(
            ApplicationId=self._application_id,
            EnvironmentId=self._environment_id,
            DeploymentNumber=deployment_number,
        ).get("Description", "")

    def add_version(self, document: Document, description: str) -> int:
        try:
            return self._client.create_hosted_configuration_version(
                ApplicationId=self._application_id,
                ConfigurationProfileId=self._profile_id,
                Content=json.dumps(document).encode(),
                ContentType="application/json",
                Description=description,
            )["VersionNumber"]
        except ClientError as error:
            raise _busy_or(error, _CONFLICT) from error

    def start(self, version: int, description: str) -> None:
        try:
            self._client.start_deployment(
                ApplicationId=self._application_id,
                EnvironmentId=self._environment_id,
                ConfigurationProfileId=self._profile_id,
                ConfigurationVersion=str(version),
                DeploymentStrategyId=self._strategy_id,
                Description=description,
            )
        except ClientError as error:
            raise _busy_or(error, _CONFLICT) from error

    def stop(self, deployment_number: int) -> None:
        """Also one that bakes, which AWS stops only where a revert is allowed.

        https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_StopDeployment.html
        """
        try:
            self._client.stop_deployment(
                ApplicationId=self._application_id,
                EnvironmentId=self._environment_id,
                DeploymentNumber=deployment_number,
                AllowRevert=True,
            )
        except ClientError as error:
            raise _busy_or(error, _CANNOT_STOP) from error


def _busy_or(error: ClientError, code: str) -> Exception:
    return BusyError(code) if error.response["Error"]["Code"] == code else error
