"""A dial as AppConfig has it: which deployment counts, what it holds, and which numbers its locks go by."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from playbook.dial_note import DialNote
from playbook.live_state import id_of
from playbook.step import counting_deployment
from shared.names import (
    FLAG_KILL_SWITCH,
    FLAG_PRISMA_ADAPTER,
    PROFILE_FEATURE_FLAGS,
    PROFILE_KILL_SWITCH,
    ResourceNames,
)

if TYPE_CHECKING:
    from mypy_boto3_appconfig import AppConfigClient


@dataclass(frozen=True)
class Dial:
    """One flag in one AppConfig environment, by their names."""

    application: str
    environment: str
    profile: str
    flag: str


def path_dial(names: ResourceNames) -> Dial:
    return Dial(names.appconfig_application, names.appconfig_environment, PROFILE_FEATURE_FLAGS, FLAG_PRISMA_ADAPTER)


def kill_switch(names: ResourceNames) -> Dial:
    return Dial(names.appconfig_application, names.kill_switch_environment, PROFILE_KILL_SWITCH, FLAG_KILL_SWITCH)


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One that counts, with what it said of itself. `state` is AppConfig's word."""

    number: int
    version: str
    state: str
    started_at: datetime
    description: str


@dataclass(frozen=True, kw_only=True)
class PendingVersion:
    """A version newer than any that was ever deployed. `document` is its whole content."""

    number: int
    description: str
    document: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True, kw_only=True)
class DialIds:
    """By what AppConfig knows a dial."""

    application_id: str
    environment_id: str
    profile_id: str


@dataclass(frozen=True, kw_only=True)
class DialReading:
    """A dial as it was read. `document` is the content of the deployment that counts.

    `latest_deployment` and `latest_version` are numbers, and what AppConfig's locks go by; `latest_deployment` may have
    been taken back.
    """

    dial: Dial
    ids: DialIds
    counting: Deployment
    latest_deployment: int
    latest_version: int
    pending: PendingVersion | None
    document: Mapping[str, Any] = field(hash=False)

    @property
    def values(self) -> Mapping[str, Any]:
        values: Mapping[str, Any] = self.document["values"][self.dial.flag]
        return values

    def stands_at(self, wanted: Mapping[str, Any]) -> bool:
        """Whether the deployment that counts, be it complete or not, has these values."""
        return wanted.items() <= self.values.items()


def dial_ids(client: "AppConfigClient", dial: Dial) -> DialIds:
    """Raises NotDeployedError and botocore's errors."""
    application_id = id_of(client.get_paginator("list_applications").paginate(), dial.application)
    environments = client.get_paginator("list_environments").paginate(ApplicationId=application_id)
    profiles = client.get_paginator("list_configuration_profiles").paginate(ApplicationId=application_id)
    return DialIds(
        application_id=application_id,
        environment_id=id_of(environments, dial.environment),
        profile_id=id_of(profiles, dial.profile),
    )


def strategy_id(client: "AppConfigClient", name: str) -> str:
    """Raises NotDeployedError and botocore's errors."""
    return id_of(client.get_paginator("list_deployment_strategies").paginate(), name)


def read_dial(client: "AppConfigClient", dial: Dial) -> DialReading:
    """Raises NotDeployedError and botocore's errors."""
    ids = dial_ids(client, dial)

    def document(version: int) -> dict[str, Any]:
        hosted = client.get_hosted_configuration_version(
            ApplicationId=ids.application_id, ConfigurationProfileId=ids.profile_id, VersionNumber=version
        )
        content: dict[str, Any] = json.loads(hosted["Content"].read())
        return content

    # Versions first: one that is created and deployed meanwhile must not look as though it were only created.
    version_pages = client.get_paginator("list_hosted_configuration_versions").paginate(
        ApplicationId=ids.application_id, ConfigurationProfileId=ids.profile_id
    )
    latest = max(
        (item for page in version_pages for item in page["Items"]), key=lambda item: int(item["VersionNumber"])
    )
    deployment_pages = client.get_paginator("list_deployments").paginate(
        ApplicationId=ids.application_id, EnvironmentId=ids.environment_id
    )
    deployments = [item for page in deployment_pages for item in page["Items"]]
    listed = [item for item in deployments if item["ConfigurationName"] == dial.profile]
    number, _ = counting_deployment(listed)
    deployed = client.get_deployment(
        ApplicationId=ids.application_id, EnvironmentId=ids.environment_id, DeploymentNumber=number
    )
    ever_deployed = max(int(item["ConfigurationVersion"]) for item in listed)
    pending = None
    if latest["VersionNumber"] > ever_deployed:
        pending = PendingVersion(
            number=latest["VersionNumber"],
            description=latest.get("Description", ""),
            document=document(latest["VersionNumber"]),
        )
    return DialReading(
        dial=dial,
        ids=ids,
        counting=deployment_of(deployed),
        latest_deployment=max(item["DeploymentNumber"] for item in deployments),
        latest_version=latest["VersionNumber"],
        pending=pending,
        document=document(int(deployed["ConfigurationVersion"])),
    )


def said_by(description: str) -> str:
    """Who and what, for people."""
    note = DialNote.parse(description)
    if note is not None:
        return f'"{note.what}" by {note.operator} at {note.at:%Y-%m-%d %H:%M:%S} UTC'
    return f'"{description}"' if description else "without a word of whose it is"


def deployment_of(answer: Mapping[str, Any]) -> Deployment:
    """From GetDeployment's or StartDeployment's answer."""
    return Deployment(
        number=answer["DeploymentNumber"],
        version=answer["ConfigurationVersion"],
        state=answer["State"],
        started_at=answer["StartedAt"],
        description=answer.get("Description", ""),
    )
