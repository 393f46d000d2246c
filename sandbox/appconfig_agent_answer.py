"""What the AppConfig Agent answers to a request, as a function of the configuration it holds.

https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-agent-how-to-use.html
https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-integration-OpenAPI.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from sandbox.appconfig_agent_cache import RetrievalError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.appconfig_agent_cache import Configuration

# The names the OpenAPI document gives the codes.
_ERROR_NAMES: Final = {
    HTTPStatus.BAD_REQUEST: "BadRequestException",
    HTTPStatus.NOT_FOUND: "ResourceNotFoundException",
    HTTPStatus.INTERNAL_SERVER_ERROR: "InternalServerException",
    HTTPStatus.BAD_GATEWAY: "BadGatewayException",
    HTTPStatus.GATEWAY_TIMEOUT: "GatewayTimeoutException",
}


@dataclass(frozen=True)
class Answer:
    status: HTTPStatus
    content_type: str
    body: bytes


def error_answer(status: HTTPStatus, message: str) -> Answer:
    return Answer(status, "application/text", f"{_ERROR_NAMES[status]}: {message}".encode())


def configuration_answer(configuration: Configuration, flags: Sequence[str]) -> Answer:
    """The whole configuration, one flag's bare object, or a map of several flags.

    AWS documents no code for a flag that does not exist; here it is 404, and 400 when the configuration holds
    no flags at all.

    :raises RetrievalError: the configuration cannot answer for these flags
    """
    if not flags:
        return Answer(HTTPStatus.OK, configuration.content_type, configuration.content)
    try:
        document = json.loads(configuration.content)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise RetrievalError(HTTPStatus.BAD_REQUEST, "the configuration is no feature flag configuration")
    missing = [flag for flag in flags if flag not in document]
    if missing:
        raise RetrievalError(HTTPStatus.NOT_FOUND, f"no such flag: {', '.join(missing)}")
    found = document[flags[0]] if len(flags) == 1 else {flag: document[flag] for flag in flags}
    return Answer(HTTPStatus.OK, "application/json", json.dumps(found).encode())
