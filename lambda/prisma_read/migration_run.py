"""Applies migrations, one at a time and one run at a time."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pg8000.native import DatabaseError

from prisma_read.admin_connection import AdminConnection, position, sqlstate
from prisma_read.migration_plan import Migration, MigrationError, Plan, Record, plan_migrations

# Prisma's own lock, so that neither `prisma migrate` nor another run of ours comes in between.
# https://www.prisma.io/docs/orm/prisma-migrate/workflows/development-and-production#advisory-locking
_LOCK: Final = 72707369
_LOCK_TIMEOUT_S: Final = 10

_LOCK_NOT_AVAILABLE: Final = "55P03"
_ACTIVE_SQL_TRANSACTION: Final = "25001"

_CREATE_TABLE: Final = """
CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                  VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum            VARCHAR(64) NOT NULL,
    finished_at         TIMESTAMPTZ,
    migration_name      VARCHAR(255) NOT NULL,
    logs                TEXT,
    rolled_back_at      TIMESTAMPTZ,
    started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
)
"""
_SELECT_RECORDS: Final = """
SELECT migration_name, checksum, finished_at IS NOT NULL FROM _prisma_migrations WHERE rolled_back_at IS NULL
ORDER BY started_at
"""
_BEGIN_RECORD: Final = """
INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at)
VALUES (:id, :checksum, :name, clock_timestamp())
"""
_FINISH_RECORD: Final = """
UPDATE _prisma_migrations SET applied_steps_count = 1, finished_at = clock_timestamp() WHERE id = :id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Names of migrations, in order."""

    applied: tuple[str, ...]
    already_applied: tuple[str, ...]


def current_plan(connection: AdminConnection, migrations: Sequence[Migration]) -> Plan:
    """What a run would do now; writes nothing. Raises MigrationError."""
    [[table]] = connection.run("SELECT to_regclass('_prisma_migrations')::text")
    return plan_migrations(migrations, [] if table is None else _records(connection))


def apply_migrations(connection: AdminConnection, migrations: Sequence[Migration]) -> Outcome:
    """Applies what is pending; lock first. Raises MigrationError at the first that cannot be applied."""
    connection.run(_CREATE_TABLE)
    plan = plan_migrations(migrations, _records(connection))
    for migration in plan.pending:
        _apply(connection, migration)
    return Outcome(
        applied=tuple(migration.name for migration in plan.pending),
        already_applied=tuple(migration.name for migration in plan.applied),
    )


def lock_migrations(connection: AdminConnection, *, timeout_s: int = _LOCK_TIMEOUT_S) -> None:
    """Keeps other runs out until the connection ends. Raises MigrationError when one of them does not end in time."""
    connection.run(f"SET lock_timeout TO '{timeout_s}s'")
    try:
        connection.run(f"SELECT pg_advisory_lock({_LOCK})")
    except DatabaseError as error:
        if sqlstate(error) != _LOCK_NOT_AVAILABLE:
            raise
        raise MigrationError(
            "migration-in-progress", "Another run is applying migrations; try again when it has ended."
        ) from None
    connection.run("RESET lock_timeout")


def _records(connection: AdminConnection) -> list[Record]:
    return [
        Record(name=name, checksum=checksum, finished=finished)
        for name, checksum, finished in connection.run(_SELECT_RECORDS)
    ]


def _apply(connection: AdminConnection, migration: Migration) -> None:
    """In one transaction with its record, so that a run that is killed leaves nothing behind."""
    record_id = str(uuid.uuid4())
    connection.run("START TRANSACTION")
    try:
        _execute(connection, migration, record_id)
        # Where the script has ended the transaction itself, this is a warning to nobody.
        connection.run("COMMIT")
    except DatabaseError as error:
        connection.run("ROLLBACK")
        if sqlstate(error) != _ACTIVE_SQL_TRANSACTION or _is_recorded(connection, record_id):
            raise _failure(migration, error) from None
        _apply_without_transaction(connection, migration, record_id)


def _apply_without_transaction(connection: AdminConnection, migration: Migration, record_id: str) -> None:
    """For what PostgreSQL refuses in a transaction, such as CREATE INDEX CONCURRENTLY: alone in its file.

    A run that is killed, or fails, leaves the record unfinished, and the next run refuses.
    """
    try:
        _execute(connection, migration, record_id)
    except DatabaseError as error:
        raise _failure(migration, error) from None


def _execute(connection: AdminConnection, migration: Migration, record_id: str) -> None:
    connection.run(_BEGIN_RECORD, id=record_id, checksum=migration.checksum, name=migration.name)
    connection.run(migration.script)
    connection.run(_FINISH_RECORD, id=record_id)


def _is_recorded(connection: AdminConnection, record_id: str) -> bool:
    return bool(connection.run("SELECT 1 FROM _prisma_migrations WHERE id = :id", id=record_id))


def _failure(migration: Migration, error: DatabaseError) -> MigrationError:
    """Without the server's message, which may quote values; its code and the line say where to look."""
    details: dict[str, str | int] = {"migration": migration.name, "sqlstate": sqlstate(error)}
    if (at := position(error)) is not None:
        details["line"] = migration.script.count("\n", 0, at - 1) + 1
    return MigrationError("migration-failed", f"PostgreSQL refused {migration.name}; its own log says more.", **details)
