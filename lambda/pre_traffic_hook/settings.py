"""What the function is told by its environment variables, checked once at the cold start."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from shared.environ import required


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    environment: str
    function_version: str

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Raises SettingsError."""
        return cls(
            environment=required(environ, "HUNTAZE_ENVIRONMENT"),
            function_version=required(environ, "AWS_LAMBDA_FUNCTION_VERSION"),
        )
