"""Which parts make prisma-migrate."""

from collections.abc import Mapping

from prisma_read.admin_connection import admin_connection
from prisma_read.database_secret import DatabaseSecret
from prisma_read.migrate_service import MigrateService
from prisma_read.secrets_client import secrets_manager
from prisma_read.settings import MigrateSettings
from shared.event_log import EventLog
from shared.names import ResourceNames


def build_migrate_service(environ: Mapping[str, str]) -> MigrateService:
    """Raises SettingsError when a variable is missing or unusable."""
    settings = MigrateSettings.from_environ(environ)
    client = secrets_manager()
    reader = DatabaseSecret(settings.reader_secret_id, client)
    return MigrateService(
        admin=DatabaseSecret(settings.admin_secret_id, client, same_database=reader.fetch),
        reader=reader,
        open_connection=admin_connection,
        migrations=settings.migrations,
        seed_allowed=settings.seed_allowed,
        log=EventLog(
            environment=settings.environment,
            function=ResourceNames(settings.environment).prisma_migrate_function,
            version=settings.function_version,
        ),
    )
