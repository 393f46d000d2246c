"""Versions of feature-flag profiles are checked when they are created, as AWS does; MiniStack takes anything.

Refusals have the shape of CreateHostedConfigurationVersion's BadRequestException: a `Reason` of
InvalidConfiguration and a detail for each problem.
https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_InvalidConfigurationDetail.html
"""

import json
from typing import Any, Final

from ministack.services import appconfig
from ministack.services.cloudformation import provisioners

from sandbox.appconfig_flag_document import Problem, document_problems

Response = tuple[int, dict[str, str], bytes]

_FEATURE_FLAGS: Final = "AWS.AppConfig.FeatureFlags"
_VERSION_TYPE: Final = "AWS::AppConfig::HostedConfigurationVersion"

_create_version = appconfig._create_hosted_configuration_version  # noqa: SLF001 - the operation has no public name
_create_resource = provisioners._RESOURCE_HANDLERS[_VERSION_TYPE]["create"]  # noqa: SLF001 - nor has the registry


def install() -> None:
    """Check versions made by the API and by templates. Installing twice does no harm."""
    appconfig._create_hosted_configuration_version = _create_valid_version  # noqa: SLF001
    provisioners._RESOURCE_HANDLERS[_VERSION_TYPE]["create"] = _create_valid_resource  # noqa: SLF001


def _create_valid_version(
    application_id: str, profile_id: str, content: bytes, content_type: str, version_label: str | None = None
) -> Response:
    problems = _problems(application_id, profile_id, content)
    if problems:
        return _refusal(problems)
    response: Response = _create_version(application_id, profile_id, content, content_type, version_label)
    return response


def _create_valid_resource(logical_id: str, properties: dict[str, Any], stack_name: str) -> tuple[str, dict[str, Any]]:
    content = properties.get("Content", "")
    text = content if isinstance(content, str) else json.dumps(content)
    problems = _problems(
        properties.get("ApplicationId", ""), properties.get("ConfigurationProfileId", ""), text.encode()
    )
    if problems:
        # A handler's ValueError is the resource's failure reason.
        raise ValueError(_message(problems))
    resource: tuple[str, dict[str, Any]] = _create_resource(logical_id, properties, stack_name)
    return resource


def _problems(application_id: str, profile_id: str, content: bytes) -> list[Problem]:
    profile = appconfig._config_profiles.get(f"{application_id}/{profile_id}") or {}  # noqa: SLF001
    return document_problems(content) if profile.get("Type") == _FEATURE_FLAGS else []


def _message(problems: list[Problem]) -> str:
    return "Invalid feature flag configuration: " + "; ".join(
        f"{problem.location or '/'}: {problem.reason}" for problem in problems
    )


def _refusal(problems: list[Problem]) -> Response:
    body = {
        "Message": _message(problems),
        "Reason": "InvalidConfiguration",
        "Details": {
            "InvalidConfiguration": [
                {"Constraint": problem.constraint, "Location": problem.location, "Reason": problem.reason}
                for problem in problems
            ]
        },
    }
    headers = {"Content-Type": "application/json", "x-amzn-errortype": "BadRequestException"}
    return 400, headers, json.dumps(body).encode()
