"""What a function is told by its environment variables, checked once at the cold start."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from shared.environ import positive, required

_MIGRATIONS: Final = Path(__file__).parents[1] / "migrations"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSettings:
    """What every reader of the database needs.

    `secret_id` names the reader's secret, `query_timeout_ms` is what one query may take, and `engine` the program
    that runs it.
    """

    secret_id: str
    query_timeout_ms: int
    engine: Path

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Raises SettingsError."""
        return cls(
            secret_id=required(environ, "HUNTAZE_DATABASE_SECRET_ID"),
            query_timeout_ms=positive(environ, "HUNTAZE_QUERY_TIMEOUT_MS"),
            engine=Path(required(environ, "PRISMA_QUERY_ENGINE_BINARY")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSettings:
    """prisma-read's."""

    environment: str
    function_version: str
    database: DatabaseSettings

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Raises SettingsError."""
        return cls(
            environment=required(environ, "HUNTAZE_ENVIRONMENT"),
            function_version=required(environ, "AWS_LAMBDA_FUNCTION_VERSION"),
            database=DatabaseSettings.from_environ(environ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrateSettings:
    """prisma-migrate's. The admin's secret opens the database, the reader's says which role may read it."""

    environment: str
    function_version: str
    admin_secret_id: str
    reader_secret_id: str
    migrations: Path
    seed_allowed: bool

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Raises SettingsError."""
        return cls(
            environment=required(environ, "HUNTAZE_ENVIRONMENT"),
            function_version=required(environ, "AWS_LAMBDA_FUNCTION_VERSION"),
            admin_secret_id=required(environ, "HUNTAZE_DATABASE_ADMIN_SECRET_ID"),
            reader_secret_id=required(environ, "HUNTAZE_DATABASE_SECRET_ID"),
            migrations=Path(environ.get("HUNTAZE_MIGRATIONS_DIR") or _MIGRATIONS),
            seed_allowed=environ.get("HUNTAZE_ALLOW_SEED") == "1",
        )
