"""What the AppConfig Agent of a Lambda function is told: its layer, its environment variables, its paths.

https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-integration-lambda-extensions-config.html
"""

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self
from urllib.parse import unquote

_LOG = logging.getLogger(__name__)

LAYER_NAME: Final = "AWS-AppConfig-Extension"
DEFAULT_POLL_INTERVAL_SECONDS: Final = 45
DEFAULT_POLL_TIMEOUT_MS: Final = 3000

_PREFIX: Final = "AWS_APPCONFIG_EXTENSION_"
_PATH: Final = re.compile(r"/applications/([^/]+)/environments/([^/]+)/configurations/([^/]+)")


@dataclass(frozen=True)
class ConfigurationPath:
    """A configuration as its caller names it; each part is a name or an id."""

    application: str
    environment: str
    profile: str

    @classmethod
    def parse(cls, path: str) -> Self | None:
        """The configuration of an agent path, None for any other path. A name's `/` comes percent-encoded."""
        match = _PATH.fullmatch(path)
        return cls(*(unquote(part) for part in match.groups())) if match else None

    def __str__(self) -> str:
        return f"{self.application}:{self.environment}:{self.profile}"


@dataclass(frozen=True)
class AgentSettings:
    """One function's agent: whose role polls, what is fetched beforehand, how often and how patiently.

    `AWS_APPCONFIG_EXTENSION_HTTP_PORT` is not among them: it tells the function where to call, and the
    sandbox's one agent listens where it is started.
    """

    function_name: str
    prefetch: tuple[ConfigurationPath, ...]
    poll_interval_seconds: int
    poll_timeout_ms: int
    # What identifies the function and its role, as the Lambda API describes them.
    function_arn: str
    role_arn: str
    # Two descriptions with the same settings are the same agent.
    description: Mapping[str, Any] = field(compare=False, repr=False)

    @classmethod
    def of_function(cls, description: Mapping[str, Any]) -> Self | None:
        """The settings of a function as `GetFunctionConfiguration` describes it; None without the layer."""
        if not any(LAYER_NAME in layer["Arn"] for layer in description.get("Layers", [])):
            return None
        variables = description.get("Environment", {}).get("Variables", {})
        return cls(
            function_name=description["FunctionName"],
            prefetch=tuple(_prefetch_list(variables.get(f"{_PREFIX}PREFETCH_LIST", ""))),
            poll_interval_seconds=_whole_number(variables, "POLL_INTERVAL_SECONDS", DEFAULT_POLL_INTERVAL_SECONDS),
            poll_timeout_ms=_whole_number(variables, "POLL_TIMEOUT_MILLIS", DEFAULT_POLL_TIMEOUT_MS),
            function_arn=description["FunctionArn"],
            role_arn=description["Role"],
            description=description,
        )


def _prefetch_list(value: str) -> Iterable[ConfigurationPath]:
    for entry in filter(None, (part.strip() for part in value.split(","))):
        path = ConfigurationPath.parse(entry)
        if path is None:
            _LOG.warning("not a configuration path in the prefetch list: %s", entry)
        else:
            yield path


def _whole_number(variables: Mapping[str, str], name: str, default: int) -> int:
    value = variables.get(f"{_PREFIX}{name}", "")
    if re.fullmatch(r"[1-9]\d*", value):
        return int(value)
    if value:
        _LOG.warning("%s%s is not a whole number above 0, so %d stands: %s", _PREFIX, name, default, value)
    return default
