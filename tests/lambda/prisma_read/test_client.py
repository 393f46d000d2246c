"""The generated client on a real engine and a real PostgreSQL: users as the mock has them, failures as our words."""

import json
import logging
import os
import signal
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from types import ModuleType
from typing import Any

import pydantic
import pytest

from prisma_read import engine_start
from prisma_read.connection_url import engine_url
from prisma_read.database_target import DatabaseTarget
from prisma_read.read_error import ReadError, Remedy
from prisma_read.user_document import user_document
from shared.canonical import canonical_text
from shared.mock_reader import FIXTURE, MockReader
from shared.user_shape import is_user
from tests.lambda_support.prisma_database import ENGINE, SeededDatabase, seeded_database
from tests.postgres_server import PostgresServer

USER_IDS = [user["id"] for user in json.loads(FIXTURE.read_text(encoding="utf-8"))]
# The generated package is to be found by whoever starts an engine.
pytestmark = pytest.mark.usefixtures("client")

PATIENCE_S = 30
PATIENCE_MS = PATIENCE_S * 1000


@pytest.fixture
def connect() -> Iterator[Callable[..., Any]]:
    """Starts engines and ends them."""
    engines = []

    def start(target: DatabaseTarget, *, query_timeout_ms: int = PATIENCE_MS) -> Any:
        engine = engine_start.connect(ENGINE, engine_url(target, query_timeout_ms=query_timeout_ms), PATIENCE_S)
        engines.append(engine)
        return engine

    yield start
    for engine in engines:
        engine.close()


@pytest.fixture(scope="module")
def engine(seeded: SeededDatabase) -> Iterator[Any]:
    """Of the seeded database, as its reader."""
    engine = engine_start.connect(ENGINE, engine_url(seeded.reader, query_timeout_ms=PATIENCE_MS), PATIENCE_S)
    yield engine
    engine.close()


def assert_fails(call: Callable[[], object], code: str, remedy: Remedy) -> None:
    with pytest.raises(ReadError) as raised:
        call()
    assert (raised.value.code, raised.value.remedy) == (code, remedy)
    assert raised.value.__suppress_context__, "the cause may hold values"


@pytest.mark.parametrize("user_id", USER_IDS)
def test_a_user_is_the_mocks_user_in_canonical_form(engine: Any, user_id: str) -> None:
    document = user_document(engine.find_user(user_id, PATIENCE_S))
    expected = MockReader().read(user_id)
    assert expected is not None
    assert canonical_text(document) == canonical_text(expected)
    assert is_user(document)
    assert list(document) == list(expected)
    assert json.loads(json.dumps(document)) == document


def test_subscriptions_come_in_the_order_of_their_ids(engine: Any) -> None:
    for user_id in USER_IDS:
        ids = [
            subscription["id"] for subscription in user_document(engine.find_user(user_id, PATIENCE_S))["subscriptions"]
        ]
        assert ids == sorted(ids)


@pytest.mark.parametrize("user_id", ["user-99", "'; DROP TABLE users; --", '"', "\\", "é\U0001f991"])
def test_whoever_is_not_there_is_none(engine: Any, user_id: str) -> None:
    assert engine.find_user(user_id, PATIENCE_S) is None


def test_the_engine_runs_no_sql_that_comes_as_text(engine: Any) -> None:
    query = 'mutation { result: executeRaw(query: "SELECT 1", parameters: "[]") }'
    request = urllib.request.Request(  # noqa: S310 — loopback
        engine.process.url, data=json.dumps({"query": query, "variables": {}}).encode()
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as response:  # noqa: S310 — loopback
        assert "errors" in json.load(response)


def test_an_engine_has_one_connection(engine: Any, seeded: SeededDatabase) -> None:
    assert engine.find_user("user-7", PATIENCE_S)
    sessions = seeded.server.run("SELECT pid FROM pg_stat_activity WHERE usename = :user", user=seeded.reader.user)
    assert len(sessions) == 1


def test_not_even_an_administrator_may_write_through_the_engine(
    connect: Callable[..., Any], seeded: SeededDatabase
) -> None:
    engine = connect(seeded.admin)
    assert engine.find_user("user-7", PATIENCE_S)
    with pytest.raises(Exception, match="25006"):
        engine._client.user.delete(where={"id": "user-7"})
    assert engine.find_user("user-7", PATIENCE_S)


def test_a_statement_that_takes_too_long_is_ended_by_the_server(
    connect: Callable[..., Any], seeded: SeededDatabase
) -> None:
    engine = connect(seeded.reader, query_timeout_ms=500)
    with seeded.locked():
        assert_fails(lambda: engine.find_user("user-7", PATIENCE_S), "db-timeout", Remedy.NONE)
    assert engine.find_user("user-7", PATIENCE_S)


def test_an_engine_that_hangs_is_a_timeout_that_asks_for_another_engine(
    connect: Callable[..., Any], seeded: SeededDatabase
) -> None:
    engine = connect(seeded.reader)
    os.kill(engine.process.pid, signal.SIGSTOP)
    assert_fails(lambda: engine.find_user("user-7", 0.2), "db-timeout", Remedy.REPLACE_ENGINE)
    engine.close()


def test_a_killed_engine_is_dead_at_the_first_and_at_every_later_read(
    connect: Callable[..., Any], seeded: SeededDatabase
) -> None:
    engine = connect(seeded.reader)
    assert engine.find_user("user-7", PATIENCE_S)
    os.kill(engine.process.pid, signal.SIGKILL)
    for _ in range(2):
        assert_fails(lambda: engine.find_user("user-7", PATIENCE_S), "engine-dead", Remedy.RECONNECT)
    engine.close()


def test_a_wrong_password_is_known_at_the_connect(connect: Callable[..., Any], seeded: SeededDatabase) -> None:
    wrong = replace(seeded.reader, password="another")
    assert_fails(lambda: connect(wrong), "db-auth", Remedy.RENEW_SECRET)


def test_a_database_that_is_not_there_is_known_at_the_connect(
    connect: Callable[..., Any], seeded: SeededDatabase
) -> None:
    assert_fails(lambda: connect(replace(seeded.reader, port=1)), "db-unreachable", Remedy.NONE)
    assert_fails(lambda: connect(replace(seeded.reader, database="none")), "db-error", Remedy.NONE)


def test_tls_is_required_unless_the_secret_says_otherwise(connect: Callable[..., Any], seeded: SeededDatabase) -> None:
    assert_fails(lambda: connect(replace(seeded.reader, parameters=())), "db-unreachable", Remedy.NONE)


def test_an_engine_that_cannot_be_run_is_dead(seeded: SeededDatabase) -> None:
    absent = ENGINE.with_name("absent")
    url = engine_url(seeded.reader, query_timeout_ms=PATIENCE_MS)
    assert_fails(lambda: engine_start.connect(absent, url, PATIENCE_S), "engine-dead", Remedy.RECONNECT)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            "ALTER TYPE user_status ADD VALUE 'S3CRET'; COMMIT; UPDATE users SET status = 'S3CRET'", id="enum"
        ),
        # After the last of Python's.
        pytest.param("UPDATE users SET created_at = '20000-01-01'", id="year"),
        pytest.param("UPDATE users SET tags = ARRAY['S3CRET', NULL]", id="null in a list"),
    ],
)
def test_a_row_that_the_schema_does_not_admit_is_the_databases_error(
    connect: Callable[..., Any], postgres: PostgresServer, change: str
) -> None:
    database = seeded_database(postgres)
    database.run(f"{change} WHERE id = 'user-7'")
    engine = connect(database.reader)
    assert_fails(lambda: engine.find_user("user-7", PATIENCE_S), "db-error", Remedy.NONE)
    assert engine.find_user("user-8", PATIENCE_S)


def test_a_row_that_only_the_client_refuses_is_the_databases_error_too(client: ModuleType) -> None:
    """The engine that stands in refuses all of the above itself; another need not."""
    with pytest.raises(pydantic.ValidationError) as refused:
        pydantic.TypeAdapter(datetime).validate_python("+20000-01-01T00:00:00.000Z")
    error = client._failure(refused.value)
    assert (error.code, error.remedy) == ("db-error", Remedy.NONE)


def test_a_missing_table_is_the_databases_error(connect: Callable[..., Any], postgres: PostgresServer) -> None:
    database = seeded_database(postgres)
    database.run("ALTER TABLE profiles RENAME TO others")
    engine = connect(database.reader)
    assert_fails(lambda: engine.find_user("user-7", PATIENCE_S), "db-error", Remedy.NONE)


def test_whatever_the_log_level_no_url_and_no_value_is_logged(
    connect: Callable[..., Any],
    seeded: SeededDatabase,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with caplog.at_level(logging.DEBUG):
        engine = connect(seeded.reader)
        assert engine.find_user("user-7", PATIENCE_S)
        os.kill(engine.process.pid, signal.SIGKILL)
        assert_fails(lambda: engine.find_user("user-7", PATIENCE_S), "engine-dead", Remedy.RECONNECT)
        engine.close()
    assert caplog.text == ""
    assert capfd.readouterr() == ("", "")
