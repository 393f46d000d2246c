"""A configuration profile as an account has it once it is deployed, made with boto3."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mypy_boto3_appconfig import AppConfigClient

FEATURE_FLAGS: Final = "AWS.AppConfig.FeatureFlags"
FREEFORM: Final = "AWS.Freeform"


def deploy_profile(
    appconfig: "AppConfigClient",
    name: str,
    document: Mapping[str, Any],
    *,
    application_id: str,
    environment_id: str,
    strategy_id: str,
    kind: str = FEATURE_FLAGS,
) -> str:
    """Make a profile with the document as its first version, and deploy that; the profile's id."""
    profile_id = appconfig.create_configuration_profile(
        ApplicationId=application_id, Name=name, LocationUri="hosted", Type=kind
    )["Id"]
    version = appconfig.create_hosted_configuration_version(
        ApplicationId=application_id,
        ConfigurationProfileId=profile_id,
        Content=json.dumps(document).encode(),
        ContentType="application/json",
    )["VersionNumber"]
    appconfig.start_deployment(
        ApplicationId=application_id,
        EnvironmentId=environment_id,
        ConfigurationProfileId=profile_id,
        ConfigurationVersion=str(version),
        DeploymentStrategyId=strategy_id,
    )
    return profile_id
