"""What the function is told by its environment variables, checked once at the cold start."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from shared.environ import SettingsError, digest_key, positive, required

# The extension's own default.
# https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-integration-lambda-extensions-config.html
_DEFAULT_AGENT_PORT: Final = "2772"
_HIGHEST_PORT: Final = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`flag_path` and `kill_switch_path` are the AppConfig agent's paths of the two configurations.

    `candidate_timeout_ms` is how long a user waits for the candidate before the mock answers.
    """

    environment: str
    function_version: str
    flag_path: str
    kill_switch_path: str
    flag_timeout_ms: int
    flag_cache_ms: int
    agent_port: int
    candidate_function: str
    candidate_timeout_ms: int
    digest_key: str

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Raises SettingsError."""
        return cls(
            environment=required(environ, "HUNTAZE_ENVIRONMENT"),
            function_version=required(environ, "AWS_LAMBDA_FUNCTION_VERSION"),
            flag_path=_path(environ, "HUNTAZE_FLAG_PATH"),
            kill_switch_path=_path(environ, "HUNTAZE_KILL_SWITCH_PATH"),
            flag_timeout_ms=positive(environ, "HUNTAZE_FLAG_TIMEOUT_MS"),
            flag_cache_ms=positive(environ, "HUNTAZE_FLAG_CACHE_MS"),
            agent_port=_port({"AWS_APPCONFIG_EXTENSION_HTTP_PORT": _DEFAULT_AGENT_PORT, **environ}),
            candidate_function=required(environ, "HUNTAZE_CANDIDATE_FUNCTION"),
            candidate_timeout_ms=positive(environ, "HUNTAZE_CANDIDATE_TIMEOUT_MS"),
            digest_key=digest_key(environ),
        )


def _path(environ: Mapping[str, str], name: str) -> str:
    path = required(environ, name)
    if not path.startswith("/applications/"):
        raise SettingsError(f"{name} is {path!r}; it must begin with /applications/")
    return path


def _port(environ: Mapping[str, str]) -> int:
    name = "AWS_APPCONFIG_EXTENSION_HTTP_PORT"
    port = positive(environ, name)
    if port > _HIGHEST_PORT:
        raise SettingsError(f"{name} is {port}; it must be at most {_HIGHEST_PORT}")
    return port
