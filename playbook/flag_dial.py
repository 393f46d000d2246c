"""Turning the path dial through AppConfig's own API: a new version of the flag, and its deployment."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playbook.live_state import id_of, newest_deployment
from shared.names import FLAG_PRISMA_ADAPTER, PROFILE_FEATURE_FLAGS, ResourceNames

if TYPE_CHECKING:
    from mypy_boto3_appconfig import AppConfigClient


@dataclass(frozen=True)
class FlagPosition:
    """Where the dial is to stand."""

    percent: float
    split_by: str
    shadow_percent: float

    def __str__(self) -> str:
        return f"{self.percent:g} % by {self.split_by}, shadow {self.shadow_percent:g} %"


def deploy_flag(client: "AppConfigClient", names: ResourceNames, position: FlagPosition, *, strategy: str) -> int:
    """Deploy the flag at `position` with the strategy of that name; returns the deployment's number.

    The new version is made from the deployed one, so constraints, seed and allowed users stay as they are.
    """
    application_id = id_of(client.get_paginator("list_applications").paginate(), names.appconfig_application)
    environment_id = id_of(
        client.get_paginator("list_environments").paginate(ApplicationId=application_id), names.appconfig_environment
    )
    profile_id = id_of(
        client.get_paginator("list_configuration_profiles").paginate(ApplicationId=application_id),
        PROFILE_FEATURE_FLAGS,
    )
    strategy_id = id_of(client.get_paginator("list_deployment_strategies").paginate(), strategy)
    latest = newest_deployment(client, application_id, environment_id, PROFILE_FEATURE_FLAGS)
    deployed = client.get_hosted_configuration_version(
        ApplicationId=application_id,
        ConfigurationProfileId=profile_id,
        VersionNumber=int(latest["ConfigurationVersion"]),
    )
    document: dict[str, Any] = json.loads(deployed["Content"].read())
    document["values"][FLAG_PRISMA_ADAPTER] |= {
        "enabled": True,
        "percent": position.percent,
        "splitBy": position.split_by,
        "shadowPercent": position.shadow_percent,
    }
    version = client.create_hosted_configuration_version(
        ApplicationId=application_id,
        ConfigurationProfileId=profile_id,
        Content=json.dumps(document).encode(),
        ContentType="application/json",
        Description=str(position),
    )
    started = client.start_deployment(
        ApplicationId=application_id,
        EnvironmentId=environment_id,
        ConfigurationProfileId=profile_id,
        ConfigurationVersion=str(version["VersionNumber"]),
        DeploymentStrategyId=strategy_id,
        Description=str(position),
    )
    return started["DeploymentNumber"]
