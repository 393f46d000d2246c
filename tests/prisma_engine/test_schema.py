"""Schema, migrations, reader role and seed agree with each other."""

import re
from pathlib import Path

import pg8000.exceptions
import pytest

from prisma_read.seed import seed_users
from tests.postgres_server import PostgresServer
from tests.prisma_engine.conftest import MIGRATIONS, REPOSITORY, migrated_database

PRISMA = REPOSITORY / "prisma"
READER_ROLE = (PRISMA / "reader_role.sql").read_text(encoding="utf-8")

TABLES = {"users", "profiles", "subscriptions"}
# Prisma's own names, by which `prisma migrate` knows them again.
# https://www.prisma.io/docs/orm/prisma-schema/data-model/database-mapping#prisma-orms-default-naming-conventions-for-indexes-and-constraints
CONSTRAINTS = {
    "users_pkey",
    "profiles_pkey",
    "profiles_user_id_key",
    "profiles_user_id_fkey",
    "subscriptions_pkey",
    "subscriptions_user_id_idx",
    "subscriptions_user_id_fkey",
}


def test_the_folder_of_the_schema_is_no_package() -> None:
    assert not list(PRISMA.rglob("__init__.py"))  # it would hide the client, which is the package of that name


def test_migrations_are_named_by_their_time_and_end_with_a_line() -> None:
    assert MIGRATIONS
    for migration in MIGRATIONS:
        assert re.fullmatch(r"\d{14}_[a-z_]+", migration.parent.name)
        assert migration.read_bytes().endswith(b"\n")
    assert 'provider = "postgresql"' in Path(PRISMA / "migrations" / "migration_lock.toml").read_text(encoding="utf-8")


def test_constraints_and_indexes_bear_prismas_names(postgres: PostgresServer) -> None:
    names = postgres.run(
        """
        SELECT conname FROM pg_constraint WHERE connamespace = CAST('public' AS regnamespace) AND contype <> 'n'
        UNION SELECT indexname FROM pg_indexes WHERE schemaname = 'public'
        """,
        migrated_database(postgres),
    )
    assert {name for (name,) in names} == CONSTRAINTS


def test_columns_have_the_types_that_prisma_gives_them(postgres: PostgresServer) -> None:
    columns = postgres.run(
        """
        SELECT column_name, udt_name, is_nullable, coalesce(numeric_precision, datetime_precision), numeric_scale
        FROM information_schema.columns WHERE table_name = 'users' ORDER BY ordinal_position
        """,
        migrated_database(postgres),
    )
    assert columns == [
        ["id", "text", "NO", None, None],
        ["display_name", "text", "NO", None, None],
        ["nickname", "text", "YES", None, None],
        ["status", "user_status", "NO", None, None],
        ["balance", "numeric", "NO", 65, 30],
        ["created_at", "timestamptz", "NO", 3, None],
        ["last_seen_at", "timestamptz", "YES", 3, None],
        ["marketing_consent", "bool", "NO", None, None],
        ["points", "int4", "NO", 32, 0],
        ["tags", "_text", "YES", None, None],
        ["preferences", "jsonb", "NO", None, None],
    ]


def test_the_seed_can_be_repeated_and_mends_what_was_changed(postgres: PostgresServer) -> None:
    database = migrated_database(postgres)
    connection = postgres.connect(database)
    try:
        seed_users(connection)
        seeded = _contents(postgres, database)
        connection.run("UPDATE users SET balance = 1, tags = NULL, nickname = 'x' WHERE id = 'user-1'")
        connection.run("UPDATE profiles SET id = 'another' WHERE user_id = 'user-2'")
        connection.run("UPDATE subscriptions SET id = 'another' WHERE id = 'subscription-2-1'")
        connection.run("DELETE FROM users WHERE id = 'user-3'")
        connection.run("""
            INSERT INTO profiles (id, user_id, locale, avatar_colour, updated_at)
            SELECT 'surplus', id, 'fr-FR', '#000000', now() FROM users
            WHERE id NOT IN (SELECT user_id FROM profiles) LIMIT 1
        """)
        seed_users(connection)
    finally:
        connection.close()
    assert _contents(postgres, database) == seeded


def test_the_seed_leaves_other_users_alone(postgres: PostgresServer) -> None:
    database = migrated_database(postgres)
    postgres.run(
        """
        INSERT INTO users VALUES ('someone', '', NULL, 'ACTIVE', 0, now(), NULL, false, 0, NULL, 'null');
        INSERT INTO profiles VALUES ('theirs', 'someone', NULL, 'fr-FR', '#000000', now());
        """,
        database,
    )
    connection = postgres.connect(database)
    try:
        seed_users(connection)
    finally:
        connection.close()
    assert postgres.run("SELECT count(*) FROM users", database) == [[51]]
    assert postgres.run("SELECT id FROM profiles WHERE user_id = 'someone'", database) == [["theirs"]]


def test_a_seed_that_fails_leaves_everything_as_it_was(postgres: PostgresServer) -> None:
    database = migrated_database(postgres)
    postgres.run("DROP TABLE subscriptions", database)
    connection = postgres.connect(database)
    try:
        with pytest.raises(pg8000.exceptions.DatabaseError):
            seed_users(connection)
        assert connection.run("SELECT count(*) FROM users") == [[0]]
    finally:
        connection.close()


def test_a_reader_reads_present_and_later_tables_and_writes_nothing(postgres: PostgresServer) -> None:
    database = migrated_database(postgres)
    for _ in range(2):
        postgres.run(READER_ROLE, database)
    postgres.run(f"CREATE ROLE a_reader LOGIN PASSWORD '{postgres.password}' IN ROLE huntaze_reader")
    postgres.run("CREATE TABLE later (id text)", database)
    connection = postgres.connect(database, "a_reader")
    try:
        for table in (*sorted(TABLES), "later"):
            assert connection.run(f"SELECT count(*) FROM {table}") == [[0]]  # noqa: S608 — our own names
            for statement in (f"DELETE FROM {table}", f"INSERT INTO {table} (id) VALUES ('x')"):  # noqa: S608
                with pytest.raises(pg8000.exceptions.DatabaseError, match="permission denied"):
                    connection.run(statement)
        with pytest.raises(pg8000.exceptions.DatabaseError, match="permission denied"):
            connection.run("CREATE TABLE mine (id text)")
    finally:
        connection.close()


def _contents(postgres: PostgresServer, database: str) -> dict[str, list[str]]:
    return {
        table: [text for (text,) in postgres.run(f"SELECT CAST(t AS text) FROM {table} AS t ORDER BY id", database)]  # noqa: S608
        for table in TABLES
    }
