"""The data plane of AppConfig is authorized as in AWS: by action, on the configuration that is asked for.

MiniStack authorizes neither StartConfigurationSession nor GetLatestConfiguration, because SDKs sign them as
`appconfig`, whose operations it looks them up among. AWS checks both on the resource type `configuration`.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsappconfig.html
"""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ministack.core import iam_actions
from ministack.services import appconfig

_SERVICES: Final = frozenset({"appconfig", "appconfigdata"})
_START_SESSION: Final = ("POST", "/configurationsessions")
_GET_LATEST: Final = ("GET", "/configuration")


@dataclass(frozen=True)
class ConfigurationIds:
    application_id: str
    environment_id: str
    profile_id: str

    def arn(self, region: str, account_id: str) -> str:
        return (
            f"arn:aws:appconfig:{region}:{account_id}:application/{self.application_id}"
            f"/environment/{self.environment_id}/configuration/{self.profile_id}"
        )


@functools.cache
def install() -> None:
    """Authorize the data plane when IAM is enforced. Installing twice does no harm."""
    extract_action, extract_arn = iam_actions.extract_iam_action, iam_actions.extract_resource_arn

    def action(  # noqa: PLR0917 - MiniStack's signature
        service: str, method: str, path: str, headers: Any, body: bytes, query_params: dict[str, Any]
    ) -> str | None:
        if service in _SERVICES and (method, path) == _START_SESSION:
            return "appconfig:StartConfigurationSession"
        if service in _SERVICES and (method, path) == _GET_LATEST:
            # A spent or foreign token stands for no configuration: the service itself refuses it.
            return "appconfig:GetLatestConfiguration" if _ids_of_token(query_params) else None
        found: str | None = extract_action(service, method, path, headers, body, query_params)
        return found

    def resource_arn(  # noqa: PLR0917 - MiniStack's signature
        service: str,
        method: str,
        path: str,
        headers: Any,
        body: bytes,
        query_params: dict[str, Any],
        region: str,
        account_id: str,
    ) -> str:
        ids = None
        if service in _SERVICES and (method, path) == _START_SESSION:
            ids = _ids_of_names(body)
        elif service in _SERVICES and (method, path) == _GET_LATEST:
            ids = _ids_of_token(query_params)
        if ids is not None:
            return ids.arn(region, account_id)
        arn: str = extract_arn(service, method, path, headers, body, query_params, region, account_id)
        return arn

    iam_actions.extract_iam_action = action
    iam_actions.extract_resource_arn = resource_arn


def _ids_of_names(body: bytes) -> ConfigurationIds | None:
    """The ids behind the names of a request; an unknown name stands for itself, so only `*` allows it."""
    try:
        request = json.loads(body)
        application, environment, profile = (
            request[f"{kind}Identifier"] for kind in ("Application", "Environment", "ConfigurationProfile")
        )
    except (ValueError, KeyError, TypeError):
        return None
    # MiniStack resolves names with these when it serves the request.
    application_id = appconfig._resolve_application_id(application) or application  # noqa: SLF001
    environment_id = appconfig._resolve_environment_id(application_id, environment)  # noqa: SLF001
    profile_id = appconfig._resolve_configuration_profile_id(application_id, profile)  # noqa: SLF001
    return ConfigurationIds(application_id, environment_id or environment, profile_id or profile)


def _ids_of_token(query_params: Mapping[str, Any]) -> ConfigurationIds | None:
    token = query_params.get("configuration_token", "")
    session = appconfig._sessions.get(token[0] if isinstance(token, list) else token)  # noqa: SLF001
    if session is None:
        return None
    return ConfigurationIds(
        session["ApplicationIdentifier"],
        session["EnvironmentIdentifier"],
        session["ConfigurationProfileIdentifier"],
    )
