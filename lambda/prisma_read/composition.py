"""Which parts make the function. Built once per execution environment, at the cold start."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from prisma_read import engine_start
from prisma_read.connection import Connection
from prisma_read.database_secret import DatabaseSecret
from prisma_read.prisma_reader import PrismaReader
from prisma_read.read_log import ReadLog
from prisma_read.read_service import ReadService
from prisma_read.secrets_client import secrets_manager
from prisma_read.settings import DatabaseSettings, ReadSettings
from shared.names import ResourceNames
from shared.tracing import READ_THROUGH_PRISMA, XRayTracer

# For readers whose reads have no deadline of their own: two attempts, with a new connection between them.
_READ_TIMEOUT_MS: Final = 4_000


def build_read_service(environ: Mapping[str, str]) -> ReadService:
    """prisma-read. Raises SettingsError when a variable is missing or unusable."""
    settings = ReadSettings.from_environ(environ)
    connection = _connection(settings.database)
    return ReadService(
        reader=_reader(connection),
        connector=connection,
        log=ReadLog(
            environment=settings.environment,
            function=ResourceNames(settings.environment).prisma_read_function,
            version=settings.function_version,
        ),
        tracer=XRayTracer(version=settings.function_version, subsegment=READ_THROUGH_PRISMA),
    )


def build_prisma_reader(environ: Mapping[str, str]) -> PrismaReader:
    """A Reader for another function; it connects at its first read. Raises SettingsError."""
    return _reader(_connection(DatabaseSettings.from_environ(environ)))


def _connection(settings: DatabaseSettings) -> Connection:
    return Connection(
        secret=DatabaseSecret(settings.secret_id, secrets_manager()),
        connect=partial(engine_start.connect, settings.engine),
        query_timeout_ms=settings.query_timeout_ms,
    )


def _reader(connection: Connection) -> PrismaReader:
    return PrismaReader(connection, timeout_ms=_READ_TIMEOUT_MS)
