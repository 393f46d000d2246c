"""Migrations on a real PostgreSQL: recorded as Prisma records them, whole or not at all, one run at a time."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from prisma_read.admin_connection import AdminConnection, admin_connection
from prisma_read.database_target import DatabaseTarget
from prisma_read.migration_plan import Migration, MigrationError, load_migrations
from prisma_read.migration_run import apply_migrations, current_plan, lock_migrations
from tests.lambda_support.prisma_database import MIGRATIONS, admin_of
from tests.postgres_server import PostgresServer

TABLE = Migration.from_bytes("1_table", b"CREATE TABLE a (n INT);\nINSERT INTO a VALUES (1);\n")
# As they are in the documentation of Prisma's engine: name, type, nullable, default.
PRISMAS_TABLE = [
    ["id", "character varying(36)", False, None],
    ["checksum", "character varying(64)", False, None],
    ["finished_at", "timestamp with time zone", True, None],
    ["migration_name", "character varying(255)", False, None],
    ["logs", "text", True, None],
    ["rolled_back_at", "timestamp with time zone", True, None],
    ["started_at", "timestamp with time zone", False, "now()"],
    ["applied_steps_count", "integer", False, "0"],
]
COLUMNS = """
SELECT attname::text, format_type(atttypid, atttypmod), NOT attnotnull, pg_get_expr(adbin, adrelid)
FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE attrelid = '_prisma_migrations'::regclass AND attnum > 0 ORDER BY attnum
"""


@pytest.fixture
def target(postgres: PostgresServer) -> DatabaseTarget:
    return admin_of(postgres, postgres.create_database())


@pytest.fixture
def connection(target: DatabaseTarget) -> Iterator[AdminConnection]:
    with admin_connection(target) as connection:
        yield connection


def records(connection: AdminConnection) -> Any:
    return connection.run(
        "SELECT migration_name, checksum, finished_at >= started_at, applied_steps_count, logs, rolled_back_at "
        "FROM _prisma_migrations ORDER BY started_at"
    )


def migration(name: str, script: str) -> Migration:
    return Migration.from_bytes(name, script.encode())


def assert_refused(connection: AdminConnection, *migrations: Migration, code: str) -> MigrationError:
    with pytest.raises(MigrationError) as raised:
        apply_migrations(connection, migrations)
    assert raised.value.code == code
    return raised.value


def test_our_migrations_are_applied_and_recorded_as_prisma_records_them(connection: AdminConnection) -> None:
    migrations = load_migrations(MIGRATIONS)
    outcome = apply_migrations(connection, migrations)
    assert outcome.applied == tuple(migration.name for migration in migrations)
    assert outcome.already_applied == ()
    assert records(connection) == [[m.name, m.checksum, True, 1, None, None] for m in migrations]
    assert connection.run(COLUMNS) == PRISMAS_TABLE
    assert connection.run("SELECT count(*) FROM users") == [[0]]


def test_a_second_run_has_nothing_to_do(connection: AdminConnection) -> None:
    apply_migrations(connection, [TABLE])
    outcome = apply_migrations(connection, [TABLE])
    assert (outcome.applied, outcome.already_applied) == ((), ("1_table",))
    assert connection.run("SELECT * FROM a") == [[1]]


def test_what_prisma_has_applied_is_not_applied_again(connection: AdminConnection) -> None:
    apply_migrations(connection, [TABLE])
    connection.run("UPDATE _prisma_migrations SET id = gen_random_uuid(), logs = ''")
    assert apply_migrations(connection, [TABLE]).applied == ()


def test_an_edited_migration_is_refused_before_anything_runs(connection: AdminConnection) -> None:
    apply_migrations(connection, [TABLE])
    later = migration("2_later", "CREATE TABLE b ()")
    assert_refused(connection, migration("1_table", "CREATE TABLE a ()"), later, code="migration-edited")
    assert connection.run("SELECT to_regclass('b')::text") == [[None]]


def test_a_migration_that_fails_leaves_nothing_and_tells_where(connection: AdminConnection) -> None:
    broken = migration("2_broken", "CREATE TABLE b (n INT);\nINSERT INTO b VALUES ('s3cret');\n")
    error = assert_refused(connection, TABLE, broken, code="migration-failed")
    assert error.details == {"migration": "2_broken", "sqlstate": "22P02", "line": 2}
    assert "s3cret" not in str(error)
    assert [name for name, *_ in records(connection)] == ["1_table"]
    assert connection.run("SELECT to_regclass('b')::text") == [[None]]
    mended = migration("2_broken", "CREATE TABLE b (n INT)")
    assert apply_migrations(connection, [TABLE, mended]).applied == ("2_broken",)


def test_a_run_that_is_killed_half_way_leaves_nothing_and_can_run_again(
    connection: AdminConnection, target: DatabaseTarget, postgres: PostgresServer
) -> None:
    apply_migrations(connection, [TABLE])
    slow = migration("2_slow", "CREATE TABLE b (); SELECT pg_sleep(600)")
    with admin_connection(target) as doomed:
        [[pid]] = doomed.run("SELECT pg_backend_pid()")
        failures: list[BaseException] = []
        runner = threading.Thread(target=lambda: _collect(failures, lambda: apply_migrations(doomed, [TABLE, slow])))
        runner.start()
        while not connection.run("SELECT 1 FROM pg_stat_activity WHERE pid = :pid AND wait_event = 'PgSleep'", pid=pid):
            pass
        connection.run("SELECT pg_terminate_backend(:pid, 60000)", pid=pid)
        runner.join()
    assert failures
    assert [name for name, *_ in records(connection)] == ["1_table"]
    assert apply_migrations(connection, [TABLE, migration("2_slow", "CREATE TABLE b ()")]).applied == ("2_slow",)


def test_what_cannot_run_in_a_transaction_runs_without_one(connection: AdminConnection) -> None:
    index = migration("2_index", "CREATE INDEX CONCURRENTLY a_n_idx ON a (n);\n")
    assert apply_migrations(connection, [TABLE, index]).applied == ("1_table", "2_index")
    assert records(connection)[1] == ["2_index", index.checksum, True, 1, None, None]
    assert connection.run("SELECT to_regclass('a_n_idx')::text") == [["a_n_idx"]]


def test_what_fails_without_a_transaction_stays_unfinished_and_is_refused_from_then_on(
    connection: AdminConnection,
) -> None:
    connection.run("CREATE TABLE a (n INT); INSERT INTO a VALUES (1), (1)")
    index = migration("1_index", "CREATE UNIQUE INDEX CONCURRENTLY a_n_idx ON a (n)")
    assert_refused(connection, index, code="migration-failed")
    assert_refused(connection, index, code="migration-unfinished")
    connection.run("UPDATE _prisma_migrations SET rolled_back_at = now()")
    connection.run("DROP INDEX a_n_idx; TRUNCATE a")
    assert apply_migrations(connection, [index]).applied == ("1_index",)


def test_a_script_that_ends_the_transaction_itself_is_applied(connection: AdminConnection) -> None:
    own = migration("1_own", "BEGIN; CREATE TABLE b (); COMMIT; CREATE TABLE c ();")
    assert apply_migrations(connection, [own]).applied == ("1_own",)
    assert records(connection) == [["1_own", own.checksum, True, 1, None, None]]


def test_a_script_that_fails_after_it_ended_the_transaction_stays_unfinished(connection: AdminConnection) -> None:
    own = migration("1_own", "CREATE TABLE b (); COMMIT; SELECT 1 / 0")
    assert_refused(connection, own, code="migration-failed")
    assert_refused(connection, own, code="migration-unfinished")


def test_a_script_that_ended_the_transaction_is_not_begun_again(connection: AdminConnection) -> None:
    apply_migrations(connection, [TABLE])
    own = migration("2_own", "INSERT INTO a VALUES (2); COMMIT; CREATE INDEX CONCURRENTLY ON a (n)")
    error = assert_refused(connection, TABLE, own, code="migration-failed")
    assert error.details["sqlstate"] == "25001"
    assert connection.run("SELECT n FROM a") == [[1], [2]]
    assert [name for name, *_ in records(connection)] == ["1_table", "2_own"]


def test_a_script_with_colons_quotes_and_dollars_passes_as_it_is(connection: AdminConnection) -> None:
    script = """CREATE TABLE b (t TEXT);
        DO $body$ DECLARE x TEXT := ':name'; BEGIN INSERT INTO b VALUES (x || E'\\'' || $$%s é$$); END $body$;"""
    apply_migrations(connection, [migration("1_text", script)])
    assert connection.run("SELECT t FROM b") == [[":name'%s é"]]


def test_the_plan_of_an_empty_database_is_told_without_writing_to_it(connection: AdminConnection) -> None:
    plan = current_plan(connection, [TABLE])
    assert (plan.applied, plan.pending) == ((), (TABLE,))
    assert connection.run("SELECT to_regclass('_prisma_migrations')::text") == [[None]]
    apply_migrations(connection, [TABLE])
    assert current_plan(connection, [TABLE]).applied == (TABLE,)


def test_runs_wait_for_each_other(connection: AdminConnection, target: DatabaseTarget) -> None:
    lock_migrations(connection)
    outcomes: list[Any] = []

    def other_run() -> None:
        with admin_connection(target) as other:
            lock_migrations(other)
            outcomes.append(apply_migrations(other, [TABLE]))

    runner = threading.Thread(target=other_run)
    runner.start()
    while runner.is_alive() and not connection.run(
        "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 72707369 AND NOT granted"
    ):
        pass
    assert apply_migrations(connection, [TABLE]).applied == ("1_table",)
    connection.run("SELECT pg_advisory_unlock(72707369)")
    runner.join()
    assert [(outcome.applied, outcome.already_applied) for outcome in outcomes] == [((), ("1_table",))]


def test_a_run_does_not_wait_for_ever(connection: AdminConnection, target: DatabaseTarget) -> None:
    lock_migrations(connection)
    with admin_connection(target) as other, pytest.raises(MigrationError, match="Another run"):
        lock_migrations(other, timeout_s=1)


def _collect(failures: list[BaseException], run: Any) -> None:
    try:
        run()
    except Exception as error:  # noqa: BLE001 — whatever ended it
        failures.append(error)
