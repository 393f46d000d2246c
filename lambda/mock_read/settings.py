"""What the function is told by its environment variables, checked once at the cold start."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

# The extension's own default.
# https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-integration-lambda-extensions-config.html
_DEFAULT_AGENT_PORT: Final = "2772"
_HIGHEST_PORT: Final = 65535


class SettingsError(ValueError):
    """A variable is missing or unusable; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`flag_path` and `kill_switch_path` are the AppConfig agent's paths of the two configurations."""

    environment: str
    function_version: str
    flag_path: str
    kill_switch_path: str
    flag_timeout_ms: int
    flag_cache_ms: int
    agent_port: int

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Raises SettingsError."""
        return cls(
            environment=_required(environ, "HUNTAZE_ENVIRONMENT"),
            function_version=_required(environ, "AWS_LAMBDA_FUNCTION_VERSION"),
            flag_path=_path(environ, "HUNTAZE_FLAG_PATH"),
            kill_switch_path=_path(environ, "HUNTAZE_KILL_SWITCH_PATH"),
            flag_timeout_ms=_positive(environ, "HUNTAZE_FLAG_TIMEOUT_MS"),
            flag_cache_ms=_positive(environ, "HUNTAZE_FLAG_CACHE_MS"),
            agent_port=_port({"AWS_APPCONFIG_EXTENSION_HTTP_PORT": _DEFAULT_AGENT_PORT, **environ}),
        )


def _required(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "")
    if not value:
        raise SettingsError(f"{name} is not set")
    return value


def _path(environ: Mapping[str, str], name: str) -> str:
    path = _required(environ, name)
    if not path.startswith("/applications/"):
        raise SettingsError(f"{name} is {path!r}; it must begin with /applications/")
    return path


def _positive(environ: Mapping[str, str], name: str) -> int:
    text = _required(environ, name)
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise SettingsError(f"{name} is {text!r}; it must be a whole number above 0")
    return int(text)


def _port(environ: Mapping[str, str]) -> int:
    name = "AWS_APPCONFIG_EXTENSION_HTTP_PORT"
    port = _positive(environ, name)
    if port > _HIGHEST_PORT:
        raise SettingsError(f"{name} is {port}; it must be at most {_HIGHEST_PORT}")
    return port
