"""What the function is told by its environment variables, checked once at the cold start."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from shared.environ import required
from shared.names import ResourceNames


@dataclass(frozen=True, slots=True, kw_only=True)
class DialIds:
    environment_id: str
    profile_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """AppConfig's ids, because policies and calls go by ids. `topic_arn` is of the reports' topic."""

    environment: str
    function_version: str
    application_id: str
    strategy_id: str
    switch: DialIds
    flag: DialIds
    topic_arn: str

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Raises SettingsError."""
        return cls(
            environment=required(environ, "HUNTAZE_ENVIRONMENT"),
            function_version=required(environ, "AWS_LAMBDA_FUNCTION_VERSION"),
            application_id=required(environ, "HUNTAZE_APPLICATION_ID"),
            strategy_id=required(environ, "HUNTAZE_IMMEDIATE_STRATEGY_ID"),
            switch=DialIds(
                environment_id=required(environ, "HUNTAZE_KILL_SWITCH_ENVIRONMENT_ID"),
                profile_id=required(environ, "HUNTAZE_KILL_SWITCH_PROFILE_ID"),
            ),
            flag=DialIds(
                environment_id=required(environ, "HUNTAZE_FLAG_ENVIRONMENT_ID"),
                profile_id=required(environ, "HUNTAZE_FLAG_PROFILE_ID"),
            ),
            topic_arn=required(environ, "HUNTAZE_ROLLBACK_TOPIC_ARN"),
        )

    @property
    def names(self) -> ResourceNames:
        return ResourceNames(self.environment)
