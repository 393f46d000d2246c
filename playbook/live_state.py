"""Where the dials stand and what the alarms say, read from the account."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from shared.names import LIVE_ALIAS, PROFILE_FEATURE_FLAGS, PROFILE_KILL_SWITCH, ResourceNames

if TYPE_CHECKING:
    from mypy_boto3_appconfig import AppConfigClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_lambda import LambdaClient


# https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_DeploymentSummary.html
TAKEN_BACK: Final = frozenset({"ROLLING_BACK", "ROLLED_BACK", "REVERTED"})


class NotDeployedError(RuntimeError):
    """A part of the stacks is not in this account and region."""


@dataclass(frozen=True)
class DeployedFlag:
    """The deployment of a flag that counts. `values` are the flags of the deployed version, by key."""

    deployment_number: int
    state: str
    version: str
    values: Mapping[str, Any]


def alias_weights(client: "LambdaClient", function_name: str) -> dict[str, float]:
    """Share of `live` by version; the shares sum to 1."""
    alias = client.get_alias(FunctionName=function_name, Name=LIVE_ALIAS)
    additional = dict(alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {}))
    return {alias["FunctionVersion"]: 1 - sum(additional.values()), **additional}


def alarm_states(client: "CloudWatchClient", names: ResourceNames) -> dict[str, str]:
    """State by alarm name, of every alarm of the environment.

    Raises NotDeployedError when an alarm that must be there is not.
    """
    wanted = [*names.rollback_alarms, *names.investigate_alarms]
    pages = client.get_paginator("describe_alarms").paginate(AlarmNames=wanted)
    states: dict[str, str] = {
        alarm["AlarmName"]: alarm["StateValue"] for page in pages for alarm in page["MetricAlarms"]
    }
    for name in wanted:
        if name not in states:
            raise NotDeployedError(f"there is no alarm {name}; deploy the stacks first")
    return states


def deployed_feature_flags(client: "AppConfigClient", names: ResourceNames) -> DeployedFlag:
    return _deployed(client, names.appconfig_application, names.appconfig_environment, PROFILE_FEATURE_FLAGS)


def deployed_kill_switch(client: "AppConfigClient", names: ResourceNames) -> DeployedFlag:
    return _deployed(client, names.appconfig_application, names.kill_switch_environment, PROFILE_KILL_SWITCH)


def _deployed(client: "AppConfigClient", application: str, environment: str, profile: str) -> DeployedFlag:
    application_id = id_of(client.get_paginator("list_applications").paginate(), application)
    environment_id = id_of(
        client.get_paginator("list_environments").paginate(ApplicationId=application_id), environment
    )
    profile_id = id_of(
        client.get_paginator("list_configuration_profiles").paginate(ApplicationId=application_id), profile
    )
    latest = newest_deployment(client, application_id, environment_id, profile)
    version = client.get_hosted_configuration_version(
        ApplicationId=application_id,
        ConfigurationProfileId=profile_id,
        VersionNumber=int(latest["ConfigurationVersion"]),
    )
    return DeployedFlag(
        deployment_number=latest["DeploymentNumber"],
        state=latest["State"],
        version=latest["ConfigurationVersion"],
        values=json.loads(version["Content"].read())["values"],
    )


def newest_deployment(client: "AppConfigClient", application_id: str, environment_id: str, profile: str) -> Any:
    """The deployment of a profile that counts, as ListDeployments has it: the latest that was not taken back.

    Raises NotDeployedError.
    """
    pages = client.get_paginator("list_deployments").paginate(
        ApplicationId=application_id, EnvironmentId=environment_id
    )
    deployments = [
        item
        for page in pages
        for item in page["Items"]
        if item["ConfigurationName"] == profile and item["State"] not in TAKEN_BACK
    ]
    if not deployments:
        raise NotDeployedError(f"{profile} was never deployed here; deploy the stacks first")
    return max(deployments, key=lambda item: item["DeploymentNumber"])


def id_of(pages: Any, name: str) -> str:
    """The id of the item of that name in AppConfig's listing. Raises NotDeployedError."""
    for page in pages:
        for item in page["Items"]:
            if item["Name"] == name:
                return str(item["Id"])
    raise NotDeployedError(f"AppConfig knows no {name!r} here; deploy the stacks first")
