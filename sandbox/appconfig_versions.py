"""Hosted configuration versions with their descriptions and their lock, neither of which MiniStack keeps.

Whoever creates a version may name the latest one that they know: where there is a later one by then, AppConfig answers
ConflictException, and nobody's change is overwritten unseen.
https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_CreateHostedConfigurationVersion.html
"""

import re
from typing import Any, Final

from ministack.services import appconfig

from sandbox.aws_api import AwsError, Extension, Proceed, Request, Response, error_response

_PATH: Final = re.compile(
    r"/applications/(?P<application>[^/]+)/configurationprofiles/(?P<profile>[^/]+)"
    r"/hostedconfigurationversions(?:/(?P<version>\d+))?"
)
_LOCK: Final = "latest-version-number"
_CREATED: Final = 201
_OK: Final = 200


def extension() -> Extension:
    """Answers CreateHostedConfigurationVersion and GetHostedConfigurationVersion by asking MiniStack."""

    async def answer(request: Request, proceed: Proceed) -> Response:
        match = _PATH.fullmatch(request.path)
        if match is None:
            return await proceed(request)
        profile = f"{match['application']}/{match['profile']}"
        if request.method == "POST":
            return await _create(request, proceed, profile)
        response = await proceed(request)
        if request.method == "GET" and match["version"] and response[0] == _OK:
            return _described(response, _version(f"{profile}/{match['version']}"))
        return response

    return answer


async def _create(request: Request, proceed: Proceed, profile: str) -> Response:
    expected = request.headers.get(_LOCK)
    # Nothing is awaited between this look and MiniStack's own change: its handler runs to its end at once.
    latest = appconfig._latest_hosted_version_number(*profile.split("/"))  # noqa: SLF001 - there is no public way
    if expected is not None and expected != str(latest):
        message = f"LatestVersionNumber {expected} is not the latest version of the profile, which is {latest}."
        return error_response(AwsError("ConflictException", message, status=409))
    response = await proceed(request)
    if response[0] != _CREATED:
        return response
    version = _version(f"{profile}/{response[1]['Version-Number']}")
    version["Description"] = request.headers.get("description", "")
    return _described(response, version)


def _version(key: str) -> dict[str, Any]:
    version: dict[str, Any] = appconfig._hosted_versions[key]  # noqa: SLF001 - as above
    return version


def _described(response: Response, version: dict[str, Any]) -> Response:
    status, headers, body = response
    description = version.get("Description")
    return status, {**headers, **({"Description": description} if description else {})}, body
