"""Faults between two reads of one execution environment, on a real engine and a real PostgreSQL."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from prisma_read import engine_start
from prisma_read.connection import Connection
from prisma_read.prisma_reader import PrismaReader
from prisma_read.read_error import ReadError
from shared.canonical import canonical_text
from shared.deadline import Deadline
from shared.mock_reader import MockReader
from tests.lambda_support.prisma_database import ENGINE, RotatingSecret, SeededDatabase, seeded_database
from tests.postgres_server import PostgresServer, running_postgres

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("client")]


PATIENCE_MS = 30_000
LIMIT_MS = 2000


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """To be stopped and started."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def database(server: PostgresServer) -> SeededDatabase:
    return seeded_database(server)


@dataclass
class Environment:
    """An execution environment: what reads share."""

    secret: RotatingSecret
    query_timeout_ms: int = PATIENCE_MS
    engines: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.connection = Connection(secret=self.secret, connect=self._connect, query_timeout_ms=self.query_timeout_ms)
        self.reader = PrismaReader(self.connection, timeout_ms=PATIENCE_MS)

    def _connect(self, url: str, timeout_s: float) -> Any:
        engine = engine_start.connect(ENGINE, url, timeout_s)
        self.engines.append(engine)
        return engine

    def assert_reads(self) -> None:
        document, expected = self.reader.read("user-7"), MockReader().read("user-7")
        assert document is not None
        assert expected is not None
        assert canonical_text(document) == canonical_text(expected)

    def assert_fails(self, code: str, deadline: Deadline | None = None) -> None:
        with pytest.raises(ReadError) as raised:
            self.reader.read("user-7", deadline)
        assert raised.value.code == code


@pytest.fixture
def environment(database: SeededDatabase) -> Iterator[Environment]:
    environment = Environment(RotatingSecret(database.reader))
    yield environment
    environment.connection.close()


@pytest.fixture
def hurried(database: SeededDatabase) -> Iterator[Environment]:
    """With a limit that is worth waiting for."""
    environment = Environment(RotatingSecret(database.reader), query_timeout_ms=LIMIT_MS)
    yield environment
    environment.connection.close()


def test_a_killed_engine_costs_no_read(environment: Environment) -> None:
    environment.assert_reads()
    os.kill(environment.engines[0].process.pid, signal.SIGKILL)
    environment.assert_reads()
    environment.assert_reads()
    assert len(environment.engines) == 2


def test_a_hanging_engine_costs_one_read_in_its_limit(hurried: Environment) -> None:
    hurried.assert_reads()
    hung = hurried.engines[0].process.pid
    os.kill(hung, signal.SIGSTOP)
    started_s = time.monotonic()
    hurried.assert_fails("db-timeout")
    assert time.monotonic() - started_s < 10
    with pytest.raises(ProcessLookupError):
        os.kill(hung, 0)
    hurried.assert_reads()


def test_a_server_that_was_restarted_costs_no_read(environment: Environment, server: PostgresServer) -> None:
    environment.assert_reads()
    server.stop()
    server.start()
    environment.assert_reads()
    assert len(environment.engines) == 1


def test_a_server_that_crashed_and_is_back_costs_no_read(environment: Environment, server: PostgresServer) -> None:
    environment.assert_reads()
    server.stop("immediate")
    server.start()
    environment.assert_reads()


def test_a_session_that_was_ended_costs_no_read(environment: Environment, server: PostgresServer) -> None:
    environment.assert_reads()
    server.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = :user",
        user=environment.secret.current.user,
    )
    environment.assert_reads()


def test_a_server_that_is_down_fails_each_read_until_it_is_back(
    environment: Environment, server: PostgresServer
) -> None:
    environment.assert_reads()
    server.stop()
    try:
        environment.assert_fails("db-unreachable")
        environment.assert_fails("db-unreachable")
    finally:
        server.start()
    environment.assert_reads()


def test_a_server_that_is_down_at_the_cold_start_is_found_when_it_is_up(
    environment: Environment, server: PostgresServer
) -> None:
    server.stop()
    try:
        with pytest.raises(ReadError, match=r"^db-unreachable$"):
            environment.connection.open(Deadline(PATIENCE_MS))
    finally:
        server.start()
    environment.assert_reads()


def test_a_rotated_password_costs_no_read(
    environment: Environment, server: PostgresServer, database: SeededDatabase
) -> None:
    environment.assert_reads()
    rotate(environment, database, secret_follows=True)
    environment.assert_reads()
    assert len(environment.engines) == 2


def test_a_password_that_the_secret_does_not_know_yet_fails_until_it_does(
    environment: Environment, database: SeededDatabase
) -> None:
    environment.assert_reads()
    rotated = rotate(environment, database, secret_follows=False)
    environment.assert_fails("db-auth")
    environment.secret.current = rotated
    environment.assert_reads()


def rotate(environment: Environment, database: SeededDatabase, *, secret_follows: bool) -> Any:
    """A new password, and no session of the old one left."""
    rotated = replace(environment.secret.current, password="the next")
    database.run(f"ALTER ROLE \"{rotated.user}\" PASSWORD '{rotated.password}'")
    database.server.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = :user", user=rotated.user
    )
    if secret_follows:
        environment.secret.current = rotated
    return rotated


def test_queries_slower_than_the_limit_fail_within_it_and_keep_their_engine(
    hurried: Environment, database: SeededDatabase
) -> None:
    hurried.assert_reads()
    with database.locked():
        for _ in range(2):
            started_s = time.monotonic()
            hurried.assert_fails("db-timeout")
            assert time.monotonic() - started_s < 10
    hurried.assert_reads()
    assert len(hurried.engines) == 1


def test_a_read_ends_with_its_invocation_whatever_the_limit(environment: Environment, database: SeededDatabase) -> None:
    environment.assert_reads()
    with database.locked():
        started_s = time.monotonic()
        environment.assert_fails("db-timeout", Deadline(300))
        assert 0.3 <= time.monotonic() - started_s < 10
    environment.assert_reads()


def test_faults_leave_no_engine_behind(environment: Environment, server: PostgresServer) -> None:
    environment.assert_reads()
    os.kill(environment.engines[0].process.pid, signal.SIGKILL)
    environment.assert_reads()
    environment.connection.close()
    for engine in environment.engines:
        with suppress(ProcessLookupError):
            os.kill(engine.process.pid, 0)
            pytest.fail("an engine still runs")
