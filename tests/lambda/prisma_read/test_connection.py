"""What is done when the engine, the database or the secret fails: a state machine, without any of the three."""

import pytest

from prisma_read.connection import Connection, UserRow
from prisma_read.read_error import Code, ReadError
from shared.deadline import Deadline
from tests.lambda_support.prisma_fakes import (
    CLOSED_CONNECTION,
    DEAD_ENGINE,
    HANGING_ENGINE,
    PATIENCE_MS,
    REFUSED_PASSWORD,
    ROTATED,
    SLOW_STATEMENT,
    TARGET,
    FakeEngine,
    FakeEngines,
    FakeSecret,
)

ROW: UserRow = {"id": "user-7"}
QUERY_TIMEOUT_MS = 800


def connection_of(
    *engines: FakeEngine | Exception, secret: FakeSecret | None = None
) -> tuple[Connection, FakeEngines, FakeSecret]:
    fakes = FakeEngines(list(engines))
    secret = secret or FakeSecret()
    return Connection(secret=secret, connect=fakes.connect, query_timeout_ms=QUERY_TIMEOUT_MS), fakes, secret


def read(connection: Connection, deadline: Deadline | None = None) -> UserRow | None:
    return connection.run(
        lambda engine, timeout_s: engine.find_user("user-7", timeout_s), deadline or Deadline(PATIENCE_MS)
    )


def assert_fails(connection: Connection, code: str) -> None:
    with pytest.raises(ReadError) as raised:
        read(connection)
    assert raised.value.code == code


def test_reads_share_one_engine() -> None:
    engine = FakeEngine([ROW])
    connection, engines, _ = connection_of(engine)
    assert [read(connection), read(connection)] == [ROW, ROW]
    assert len(engines.urls) == 1
    assert engines.urls[0].startswith("postgresql://reader:first@db.example:5432/app?connection_limit=1&")


def test_opening_ahead_of_the_first_read_leaves_that_nothing_to_start() -> None:
    connection, engines, _ = connection_of(FakeEngine([ROW]))
    connection.open(Deadline(PATIENCE_MS))
    assert len(engines.urls) == 1
    assert read(connection) == ROW
    assert len(engines.urls) == 1


def test_a_dead_engine_is_replaced_within_the_read() -> None:
    dead, fresh = FakeEngine([ROW, DEAD_ENGINE]), FakeEngine([ROW])
    connection, _, _ = connection_of(dead, fresh)
    assert [read(connection), read(connection)] == [ROW, ROW]
    assert (dead.closed, fresh.closed) == (1, 0)


def test_an_engine_that_does_not_start_is_started_once_more() -> None:
    connection, _, _ = connection_of(DEAD_ENGINE, FakeEngine([ROW]))
    assert read(connection) == ROW


def test_a_second_dead_engine_in_one_read_is_the_reads_failure_and_leaves_nothing_behind() -> None:
    dead, second = FakeEngine([DEAD_ENGINE]), FakeEngine([DEAD_ENGINE])
    connection, _, _ = connection_of(dead, second, FakeEngine([ROW]))
    assert_fails(connection, "engine-dead")
    assert (dead.closed, second.closed) == (1, 1)
    assert read(connection) == ROW


def test_a_closed_database_connection_is_another_attempt_of_the_same_engine() -> None:
    engine = FakeEngine([CLOSED_CONNECTION, ROW])
    connection, engines, _ = connection_of(engine)
    assert read(connection) == ROW
    assert (len(engines.urls), engine.closed) == (1, 0)


def test_a_database_that_stays_away_is_not_asked_a_third_time() -> None:
    engine = FakeEngine([CLOSED_CONNECTION])
    connection, _, _ = connection_of(engine)
    assert_fails(connection, "db-unreachable")
    assert len(engine.asked) == 2


def test_a_rotated_password_is_fetched_and_used_within_the_read() -> None:
    old, new = FakeEngine([REFUSED_PASSWORD]), FakeEngine([ROW])
    connection, engines, _ = connection_of(old, new, secret=FakeSecret([TARGET, ROTATED]))
    assert read(connection) == ROW
    assert old.closed == 1
    assert ":second@" in engines.urls[1]


def test_a_password_refused_at_the_connect_is_fetched_again_too() -> None:
    connection, engines, _ = connection_of(REFUSED_PASSWORD, FakeEngine([ROW]), secret=FakeSecret([TARGET, ROTATED]))
    assert read(connection) == ROW
    assert ":second@" in engines.urls[1]


def test_a_rotation_that_ends_the_session_under_a_query_is_survived_by_the_read() -> None:
    old, new = FakeEngine([CLOSED_CONNECTION, REFUSED_PASSWORD]), FakeEngine([ROW])
    connection, _, _ = connection_of(old, new, secret=FakeSecret([TARGET, ROTATED]))
    assert read(connection) == ROW
    assert (len(old.asked), old.closed) == (2, 1)


def test_the_same_password_is_not_tried_again() -> None:
    connection, engines, secret = connection_of(REFUSED_PASSWORD, FakeEngine([ROW]))
    assert_fails(connection, "db-auth")
    assert (len(engines.urls), secret.renewals) == (1, 1)
    assert read(connection) == ROW


def test_a_secret_that_cannot_be_fetched_is_the_reads_failure_and_tried_by_the_next() -> None:
    connection, _, secret = connection_of(FakeEngine([ROW]), secret=FakeSecret([ReadError(Code.SECRET)]))
    assert_fails(connection, "secret")
    secret.versions = [TARGET]
    assert read(connection) == ROW


def test_a_slow_statement_is_not_repeated_and_keeps_its_engine() -> None:
    engine = FakeEngine([SLOW_STATEMENT, ROW])
    connection, _, _ = connection_of(engine)
    assert_fails(connection, "db-timeout")
    assert read(connection) == ROW
    assert engine.closed == 0


def test_a_hanging_engine_is_not_asked_again_and_replaced_for_the_next_read() -> None:
    hanging, fresh = FakeEngine([HANGING_ENGINE]), FakeEngine([ROW])
    connection, _, _ = connection_of(hanging, fresh)
    assert_fails(connection, "db-timeout")
    assert (len(hanging.asked), hanging.closed, fresh.asked) == (1, 1, [])
    assert read(connection) == ROW


def test_a_query_has_its_own_limit_or_what_is_left_of_the_invocation() -> None:
    engine = FakeEngine([ROW])
    connection, engines, _ = connection_of(engine)
    read(connection, Deadline(PATIENCE_MS))
    read(connection, Deadline(QUERY_TIMEOUT_MS / 2))
    [(_, unhurried_s), (_, hurried_s)] = engine.asked
    assert unhurried_s == QUERY_TIMEOUT_MS / 1000
    assert 0 < hurried_s <= QUERY_TIMEOUT_MS / 2000
    assert 0 < engines.timeouts_s[0] <= PATIENCE_MS / 1000


def test_without_time_left_nothing_is_begun_nor_repeated() -> None:
    engine = FakeEngine([ROW])
    connection, engines, _ = connection_of(engine)
    with pytest.raises(ReadError, match=r"^db-timeout$"):
        read(connection, Deadline(-1))
    assert (engines.urls, engine.asked) == ([], [])


def test_a_failure_that_used_up_the_time_is_reported_as_a_timeout() -> None:
    class SpentDeadline(Deadline):
        """Has time for a connection and a query, and no more."""

        left = 2

        def remaining_s(self) -> float:
            self.left -= 1
            if self.left < 0:
                raise TimeoutError
            return 1.0

    connection, _, _ = connection_of(FakeEngine([DEAD_ENGINE]), FakeEngine([ROW]))
    with pytest.raises(ReadError, match=r"^db-timeout$"):
        read(connection, SpentDeadline(0))


def test_an_unforeseen_exception_passes_through() -> None:
    connection, _, _ = connection_of(FakeEngine([LookupError()]))
    with pytest.raises(LookupError):
        read(connection)


def test_a_closed_connection_opens_again() -> None:
    first, second = FakeEngine([ROW]), FakeEngine([ROW])
    connection, _, _ = connection_of(first, second)
    read(connection)
    connection.close()
    connection.close()
    assert first.closed == 1
    assert read(connection) == ROW
