"""Which migrations are to be applied, decided from the files of a bundle and the rows of `_prisma_migrations`.

The table is Prisma's, so that `prisma migrate deploy` sees what was applied here and the other way round. Where Prisma
keeps silent we refuse: an applied migration whose file has changed since is no longer what the database holds.
https://www.prisma.io/docs/orm/prisma-migrate/workflows/troubleshooting
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self


class MigrationError(Exception):
    """Why nothing more is applied. The message says what to do; `code` is one short word."""

    def __init__(self, code: str, message: str, **details: str | int) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """`checksum` is Prisma's: SHA-256 of the file's bytes, in lower-case hex."""

    name: str
    script: str
    checksum: str

    @classmethod
    def from_bytes(cls, name: str, content: bytes) -> Self:
        return cls(name=name, script=content.decode(), checksum=hashlib.sha256(content).hexdigest())


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A row of `_prisma_migrations` that was not rolled back."""

    name: str
    checksum: str
    finished: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`applied` are the bundle's; `unknown` are the database's alone, as after a bundle older than the last."""

    applied: tuple[Migration, ...]
    pending: tuple[Migration, ...]
    unknown: tuple[str, ...]


def load_migrations(folder: Path) -> list[Migration]:
    """The migrations in `<folder>/<name>/migration.sql`, in the order of their names. Raises MigrationError."""
    files = sorted(folder.glob("*/migration.sql"), key=lambda file: file.parent.name)
    if not files:
        raise MigrationError("no-migrations", "The bundle holds no migrations; build it again.")
    return [Migration.from_bytes(file.parent.name, file.read_bytes()) for file in files]


def plan_migrations(migrations: Sequence[Migration], records: Iterable[Record]) -> Plan:
    """Raises MigrationError for an unfinished and for an edited migration."""
    recorded = {record.name: record for record in records}
    for record in recorded.values():
        if not record.finished:
            raise MigrationError(
                "migration-unfinished",
                f"{record.name} was begun and not finished, so only a part of it may be in the database. Complete or "
                f"undo it by hand, then say which: `prisma migrate resolve --applied {record.name}` or "
                f"`prisma migrate resolve --rolled-back {record.name}`.",
                migration=record.name,
            )
    applied = tuple(migration for migration in migrations if migration.name in recorded)
    for migration in applied:
        if recorded[migration.name].checksum != migration.checksum:
            raise MigrationError(
                "migration-edited",
                f"{migration.name} was changed after it was applied. Restore the file and put the change into a new "
                "migration.",
                migration=migration.name,
            )
    names = {migration.name for migration in migrations}
    return Plan(
        applied=applied,
        pending=tuple(migration for migration in migrations if migration.name not in recorded),
        unknown=tuple(sorted(recorded.keys() - names)),
    )
