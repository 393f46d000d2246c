"""Turning the path dial and the kill switch through AppConfig's own API: a new version, and its deployment."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playbook.live_state import id_of, newest_deployment
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
    values = {
        "enabled": True,
        "percent": position.percent,
        "splitBy": position.split_by,
        "shadowPercent": position.shadow_percent,
    }
    dial = _Dial(names.appconfig_environment, PROFILE_FEATURE_FLAGS, FLAG_PRISMA_ADAPTER)
    return _deploy(client, names, dial, values, strategy=strategy, description=str(position))


def deploy_kill_switch(client: "AppConfigClient", names: ResourceNames, *, enabled: bool) -> int:
    """Set or release the kill switch, for everybody at once; returns the deployment's number."""
    dial = _Dial(names.kill_switch_environment, PROFILE_KILL_SWITCH, FLAG_KILL_SWITCH)
    description = "set" if enabled else "released"
    return _deploy(
        client, names, dial, {"enabled": enabled}, strategy=names.immediate_strategy, description=description
    )


@dataclass(frozen=True)
class _Dial:
    environment: str
    profile: str
    flag: str


def _deploy(
    client: "AppConfigClient",
    names: ResourceNames,
    dial: _Dial,
    values: dict[str, Any],
    *,
    strategy: str,
    description: str,
) -> int:
    application_id = id_of(client.get_paginator("list_applications").paginate(), names.appconfig_application)
    environment_id = id_of(
        client.get_paginator("list_environments").paginate(ApplicationId=application_id), dial.environment
    )
    profile_id = id_of(
        client.get_paginator("list_configuration_profiles").paginate(ApplicationId=application_id), dial.profile
    )
    strategy_id = id_of(client.get_paginator("list_deployment_strategies").paginate(), strategy)
    latest = newest_deployment(client, application_id, environment_id, dial.profile)
    deployed = client.get_hosted_configuration_version(
        ApplicationId=application_id,
        ConfigurationProfileId=profile_id,
        VersionNumber=int(latest["ConfigurationVersion"]),
    )
    document: dict[str, Any] = json.loads(deployed["Content"].read())
    document["values"][dial.flag] |= values
    version = client.create_hosted_configuration_version(
        ApplicationId=application_id,
        ConfigurationProfileId=profile_id,
        Content=json.dumps(document).encode(),
        ContentType="application/json",
        Description=description,
    )
    started = client.start_deployment(
        ApplicationId=application_id,
        EnvironmentId=environment_id,
        ConfigurationProfileId=profile_id,
        ConfigurationVersion=str(version["VersionNumber"]),
        DeploymentStrategyId=strategy_id,
        Description=description,
    )
    return started["DeploymentNumber"]
