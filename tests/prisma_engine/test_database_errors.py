"""What goes wrong between engine and database has the code that Prisma's native engine gives it.

https://www.prisma.io/docs/orm/reference/error-reference
"""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import ModuleType
from typing import Any

import httpx
import pytest

from tests.postgres_server import HOST, PostgresServer, running_postgres
from tests.prisma_engine.conftest import connected, migrated_database
from tests.prisma_engine.engine_process import environment, run_engine, running_engine, wait_until

pytestmark = pytest.mark.slow


ONE_SECOND, TEN_SECONDS = timedelta(seconds=1), timedelta(seconds=10)
SLEEP = "SELECT 1 AS slept FROM (SELECT pg_sleep({seconds})) AS sleep"


def code_at_start(url: str) -> str:
    """The code of the error that keeps the engine from starting; the binary, too, writes it to stderr and ends."""
    done = run_engine("--port", "0", env=environment(url))
    assert (done.returncode, done.stdout) == (1, "")
    return str(json.loads(done.stderr)["error_code"])


@pytest.fixture(scope="module")
def restartable() -> Iterator[PostgresServer]:
    """A server that a test may stop, if it leaves it running."""
    with running_postgres() as server:
        yield server


def test_a_wrong_password_is_p1000(postgres: PostgresServer, seeded: str) -> None:
    assert code_at_start(postgres.url(seeded, password="wrong")) == "P1000"


def test_a_server_that_is_not_there_is_p1001() -> None:
    with socket.socket() as bound:  # and not listening
        bound.bind((HOST, 0))
        assert code_at_start(f"postgresql://reader:secret@{HOST}:{bound.getsockname()[1]}/users") == "P1001"


def test_a_server_that_says_nothing_is_p1001_after_the_connect_timeout() -> None:
    with socket.create_server((HOST, 0)) as silent:
        url = f"postgresql://reader:secret@{HOST}:{silent.getsockname()[1]}/users?connect_timeout=1"
        assert code_at_start(url) == "P1001"


def test_a_database_that_is_not_there_is_p1003(postgres: PostgresServer) -> None:
    assert code_at_start(postgres.url("nowhere")) == "P1003"


def test_a_server_without_tls_is_p1011_if_tls_is_required(postgres: PostgresServer, seeded: str) -> None:
    assert code_at_start(postgres.url(seeded, sslmode="require")) == "P1011"


def test_a_missing_url_is_p1012(postgres: PostgresServer, seeded: str) -> None:
    env = {name: value for name, value in environment("").items() if name != "DATABASE_URL"}
    done = run_engine(env=env)
    assert json.loads(done.stderr)["error_code"] == "P1012"
    assert "DATABASE_URL is not set" in done.stderr


@pytest.mark.parametrize(
    "url", ["mysql://localhost/users", "no url", "postgresql://localhost/users?connection_limit=x"]
)
def test_a_url_that_is_none_is_p1013(url: str) -> None:
    assert code_at_start(url) == "P1013"


def test_a_role_without_connections_left_is_p2037(postgres: PostgresServer, seeded: str) -> None:
    postgres.run(f"CREATE ROLE crowded LOGIN PASSWORD '{postgres.password}' CONNECTION LIMIT 0")
    assert code_at_start(postgres.url(seeded, user="crowded")) == "P2037"


def test_the_password_may_hold_any_character(postgres: PostgresServer, seeded: str) -> None:
    postgres.run("CREATE ROLE awkward LOGIN PASSWORD 'p@ss/w:rd?#%é'")
    with pytest.raises(AssertionError, match="the engine has ended"):
        _start(postgres.url(seeded, user="awkward", password="p%40ss"))
    _start(postgres.url(seeded, user="awkward", password="p%40ss%2Fw%3Ard%3F%23%25%C3%A9"))


def test_a_query_past_the_socket_timeout_is_p1008_and_the_next_one_works(
    prisma: ModuleType, postgres: PostgresServer, seeded: str
) -> None:
    with connected(prisma, postgres.url(seeded, socket_timeout="1", connection_limit="1")) as client:
        with pytest.raises(prisma.errors.DataError) as caught:
            client.query_raw(SLEEP.format(seconds=30))
        assert caught.value.code == "P1008"
        assert client.user.count() == 50


def test_a_transaction_past_the_socket_timeout_is_p1008_and_frees_its_connection(
    prisma: ModuleType, postgres: PostgresServer, seeded: str
) -> None:
    with connected(prisma, postgres.url(seeded, socket_timeout="1", connection_limit="1")) as client:
        with pytest.raises(prisma.errors.DataError) as caught, client.tx() as transaction:
            transaction.query_raw(SLEEP.format(seconds=30))
        assert caught.value.code == "P1008"
        assert client.user.count() == 50


def test_a_query_past_the_statement_timeout_is_cancelled_by_the_server(
    prisma: ModuleType, postgres: PostgresServer, seeded: str
) -> None:
    with connected(prisma, postgres.url(seeded, options="-c statement_timeout=200")) as client:
        with pytest.raises(prisma.errors.RawQueryError) as caught:
            client.query_raw(SLEEP.format(seconds=30))
        assert caught.value.meta["code"] == "57014"
        assert client.user.count() == 50


def test_waiting_too_long_for_a_connection_is_p2024(prisma: ModuleType, postgres: PostgresServer, seeded: str) -> None:
    url = postgres.url(seeded, connection_limit="1", pool_timeout="1")
    with connected(prisma, url) as client, client.tx(timeout=TEN_SECONDS) as transaction:
        assert transaction.user.count() == 50
        with pytest.raises(prisma.errors.DataError) as caught:
            client.user.count()
        assert caught.value.code == "P2024"
        assert caught.value.meta == {"connection_limit": 1, "timeout": 1}


def test_no_more_connections_are_opened_than_the_limit(
    prisma: ModuleType, postgres: PostgresServer, seeded: str
) -> None:
    url = postgres.url(seeded, connection_limit="2", application_name="limited")
    with connected(prisma, url) as client, ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: client.query_raw(SLEEP.format(seconds=0.05)), range(16)))
        assert postgres.run("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'limited'") == [[2]]


def test_a_missing_table_is_told_apart(prisma: ModuleType, postgres: PostgresServer) -> None:
    with connected(prisma, postgres.url(postgres.create_database())) as client:
        with pytest.raises(prisma.errors.TableNotFoundError) as caught:
            client.user.count()
        assert caught.value.code == "P2021"


def test_another_schema_is_read_if_the_url_names_it(prisma: ModuleType, postgres: PostgresServer) -> None:
    database = migrated_database(postgres)
    postgres.run("ALTER SCHEMA public RENAME TO elsewhere", database)
    with connected(prisma, postgres.url(database, schema="elsewhere")) as client:
        assert client.user.count() == 0
        assert client.query_raw("SELECT count(*) AS users FROM users") == [{"users": 0}]


def test_a_stopped_server_is_p1001_and_a_restarted_one_is_used_again(
    prisma: ModuleType, restartable: PostgresServer
) -> None:
    with connected(prisma, restartable.url(migrated_database(restartable))) as client:
        assert client.user.count() == 0
        restartable.stop()
        try:
            for _ in range(3):
                with pytest.raises(prisma.errors.DataError) as caught:
                    client.user.count()
                assert caught.value.code == "P1001"
            with pytest.raises(prisma.engine.errors.EngineRequestError, match="P1001"):
                client.tx().start()
        finally:
            restartable.start()
        assert client.user.count() == 0


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_server_that_stops_during_a_query_is_an_error_and_the_next_query_works(
    prisma: ModuleType, restartable: PostgresServer, mode: Any
) -> None:
    with (
        connected(prisma, restartable.url(migrated_database(restartable), application_name="sleeper")) as client,
        ThreadPoolExecutor(1) as thread,
    ):
        sleeping = thread.submit(client.query_raw, SLEEP.format(seconds=60))
        wait_until(lambda: _is_sleeping(restartable))
        restartable.stop(mode)
        restartable.start()
        with pytest.raises(prisma.errors.DataError):
            sleeping.result()
        assert client.user.count() == 0


def test_a_transaction_whose_server_stops_is_an_error_and_the_next_one_works(
    prisma: ModuleType, restartable: PostgresServer
) -> None:
    with connected(prisma, restartable.url(migrated_database(restartable), connection_limit="1")) as client:
        transaction = client.tx().start()
        assert transaction.user.count() == 0
        restartable.stop()
        restartable.start()
        with pytest.raises(prisma.errors.DataError):
            transaction.user.count()
        with client.tx() as transaction:
            assert transaction.user.count() == 0


def test_an_engine_that_was_killed_is_replaced_by_connecting_again(
    prisma: ModuleType, postgres: PostgresServer, seeded: str
) -> None:
    with connected(prisma, postgres.url(seeded)) as client:
        assert client.user.count() == 50
        client._engine.process.kill()
        client._engine.process.wait()
        with pytest.raises(httpx.TransportError):
            client.user.count()
        client.disconnect(timeout=ONE_SECOND)
        client.connect()
        assert client.user.count() == 50


def _is_sleeping(postgres: PostgresServer) -> bool:
    return bool(
        postgres.run("SELECT 1 FROM pg_stat_activity WHERE application_name = 'sleeper' AND wait_event = 'PgSleep'")
    )


def _start(url: str) -> None:
    with running_engine(environment(url)):
        pass
