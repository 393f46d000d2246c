"""Databases with our schema on a real PostgreSQL, made the way prisma-migrate makes them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from prisma_read.admin_connection import admin_connection
from prisma_read.database_target import DatabaseTarget
from prisma_read.migration_plan import load_migrations
from prisma_read.migration_run import apply_migrations
from prisma_read.reader_role import ensure_reader_role
from prisma_read.seed import seed_users
from tests.postgres_server import PostgresServer

REPOSITORY = Path(__file__).parents[2]
MIGRATIONS = REPOSITORY / "prisma" / "migrations"
ENGINE = REPOSITORY / "sandbox" / "prisma_engine" / "query-engine"


@dataclass(frozen=True)
class SeededDatabase:
    """A database with the fixture's users, its administrator and its reader."""

    server: PostgresServer
    admin: DatabaseTarget
    reader: DatabaseTarget

    @property
    def name(self) -> str:
        return self.admin.database

    def run(self, script: str) -> None:
        self.server.run(script, self.name)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """No statement on users ends during the block."""
        with admin_connection(self.admin) as connection:
            connection.run("START TRANSACTION")
            connection.run("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
            yield
            connection.run("ROLLBACK")


def admin_of(server: PostgresServer, database: str) -> DatabaseTarget:
    # The wheel's server has no certificate.
    return DatabaseTarget.from_secret(server.url(database, sslmode="disable"))


def seeded_database(server: PostgresServer) -> SeededDatabase:
    """A new one; its reader is a role of its own."""
    admin = admin_of(server, server.create_database())
    reader = replace(admin, user=f"reader of {admin.database}", password="p@ss/w:rd?#%25 é")
    with admin_connection(admin) as connection:
        apply_migrations(connection, load_migrations(MIGRATIONS))
        ensure_reader_role(connection, reader)
        seed_users(connection)
    return SeededDatabase(server, admin, reader)


@dataclass
class RotatingSecret:
    """A Secret whose `current` a test changes; like the real one it is looked at again only when renewed."""

    current: DatabaseTarget
    known: DatabaseTarget | None = None

    def target(self) -> DatabaseTarget:
        self.known = self.known or self.current
        return self.known

    def renew(self) -> bool:
        before, self.known = self.known, self.current
        return self.known != before
