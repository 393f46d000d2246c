"""The reader's role on a real PostgreSQL: it reads every table, writes none, and its password is nowhere to be read."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pg8000.native import DatabaseError

from prisma_read.admin_connection import AdminConnection, admin_connection, sqlstate
from prisma_read.database_target import DatabaseTarget
from prisma_read.migration_plan import MigrationError, load_migrations
from prisma_read.migration_run import apply_migrations
from prisma_read.reader_role import ensure_reader_role
from tests.lambda_support.prisma_database import MIGRATIONS, admin_of
from tests.postgres_server import PostgresServer


@pytest.fixture
def admin(postgres: PostgresServer) -> DatabaseTarget:
    return admin_of(postgres, postgres.create_database())


@pytest.fixture
def connection(admin: DatabaseTarget) -> Iterator[AdminConnection]:
    with admin_connection(admin) as connection:
        apply_migrations(connection, load_migrations(MIGRATIONS))
        yield connection


@pytest.fixture
def reader(admin: DatabaseTarget) -> DatabaseTarget:
    """Whose name wants to be quoted."""
    return replace(admin, user=f'reader"; DROP TABLE users; -- {admin.database}', password="'p@ss\\ É\u2168")


def assert_refused(reader: DatabaseTarget, statement: str) -> None:
    with admin_connection(reader) as connection:
        # The second safety is one that every session may switch off.
        connection.run("SET default_transaction_read_only TO off")
        with pytest.raises(DatabaseError) as raised:
            connection.run(statement)
    assert sqlstate(raised.value) == "42501"


def test_the_reader_reads_every_table_with_the_secrets_password(
    connection: AdminConnection, reader: DatabaseTarget
) -> None:
    ensure_reader_role(connection, reader)
    with admin_connection(reader) as reading:
        for table in ("users", "profiles", "subscriptions"):
            assert reading.run(f"SELECT count(*) FROM {table}") == [[0]]  # noqa: S608 — the names above


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO profiles VALUES ('a', 'b', NULL, 'c', 'd', now())",
        "UPDATE users SET points = 0",
        "DELETE FROM users",
        "TRUNCATE users",
        "DROP TABLE users",
        "CREATE TABLE public.t ()",
        "CREATE ROLE other",
        "SELECT * FROM _prisma_migrations",
        "SELECT * FROM pg_authid",
    ],
)
def test_the_reader_may_do_nothing_else(connection: AdminConnection, reader: DatabaseTarget, statement: str) -> None:
    ensure_reader_role(connection, reader)
    assert_refused(reader, statement)


def test_the_readers_transactions_are_read_only_to_begin_with(
    connection: AdminConnection, reader: DatabaseTarget
) -> None:
    ensure_reader_role(connection, reader)
    with admin_connection(reader) as reading:
        assert reading.run("SHOW transaction_read_only") == [["on"]]


def test_tables_of_later_migrations_can_be_read_too(connection: AdminConnection, reader: DatabaseTarget) -> None:
    ensure_reader_role(connection, reader)
    connection.run("CREATE TABLE later (n INT)")
    with admin_connection(reader) as reading:
        assert reading.run("SELECT * FROM later") == []


def test_a_second_run_follows_the_secrets_password(connection: AdminConnection, reader: DatabaseTarget) -> None:
    ensure_reader_role(connection, reader)
    rotated = replace(reader, password="the next")
    ensure_reader_role(connection, rotated)
    with admin_connection(rotated):
        pass


def test_the_password_itself_is_in_no_statement(reader: DatabaseTarget) -> None:
    class Recorder:
        def __init__(self) -> None:
            self.statements: list[str] = []

        def run(self, sql: str, **params: object) -> object:
            self.statements.append(f"{sql} {params}")
            return [["admin", "app"]] if "current_user" in sql else []

    recorder = Recorder()
    ensure_reader_role(recorder, replace(reader, password="s3cret"))
    assert any("PASSWORD 'SCRAM-SHA-256$4096:" in statement for statement in recorder.statements)
    assert not any("s3cret" in statement for statement in recorder.statements)


def test_an_administrator_is_no_reader(
    connection: AdminConnection, admin: DatabaseTarget, postgres: PostgresServer
) -> None:
    with pytest.raises(MigrationError, match="names an administrator"):
        ensure_reader_role(connection, admin)
    postgres.run(f"CREATE ROLE super_{admin.database} SUPERUSER")
    with pytest.raises(MigrationError, match="names an administrator"):
        ensure_reader_role(connection, replace(admin, user=f"super_{admin.database}"))


def test_rights_are_given_all_or_none(connection: AdminConnection, reader: DatabaseTarget) -> None:
    connection.run("DROP TABLE _prisma_migrations")
    with pytest.raises(DatabaseError):
        ensure_reader_role(connection, reader)
    assert connection.run("SELECT 1 FROM pg_roles WHERE rolname = :name", name=reader.user) == []
