"""Whatever the schema's columns can hold comes out of the client as it went in, whoever wrote it.

The database's own time zone is not UTC, so that a time taken for what its text says would be hours off.
"""

import json
import string
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from types import ModuleType
from typing import Any

import pg8000.native
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.postgres_server import PostgresServer
from tests.prisma_engine.conftest import connected, migrated_database

# Prisma makes DECIMAL(65,30) of a Decimal.
decimals = st.builds(
    lambda sign, digits, scale: Decimal((sign, tuple(map(int, digits)), -scale)),
    st.sampled_from([0, 1]),
    st.text(string.digits, min_size=1, max_size=35),
    st.integers(0, 30),
)
offsets = st.builds(lambda minutes: timezone(timedelta(minutes=minutes)), st.integers(-14 * 60, 14 * 60))
instants = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=offsets)  # noqa: DTZ001 — naive limits
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def has_no_line_end_of_unicode(value: Any) -> bool:
    """The client indents the lines of a query, and to Python these end one, also in the middle of a value."""
    return not set(json.dumps(value, ensure_ascii=False)) & set("\x85\u2028\u2029")


texts_of_the_client = texts.filter(has_no_line_end_of_unicode)
json_of_the_client = json_values.filter(has_no_line_end_of_unicode)

# An example costs up to four round trips to the database.
some_examples = settings(max_examples=50)


@pytest.fixture(scope="module")
def database(postgres: PostgresServer) -> str:
    database = migrated_database(postgres)
    postgres.run(f"ALTER DATABASE {database} SET TimeZone = 'Asia/Kolkata'")
    postgres.run(
        """
        INSERT INTO users (id, display_name, status, balance, created_at, marketing_consent, points, preferences)
        VALUES ('user-1', '', 'ACTIVE', 0, '1970-01-01Z', false, 0, 'null')
        """,
        database,
    )
    return database


@pytest.fixture(scope="module")
def sql(postgres: PostgresServer, database: str) -> Iterator[pg8000.native.Connection]:
    """Another way to the same user."""
    connection = postgres.connect(database)
    connection.run("SET TimeZone = 'UTC'")
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def client(prisma: ModuleType, postgres: PostgresServer, database: str) -> Iterator[Any]:
    with connected(prisma, postgres.url(database)) as client:
        yield client


def read(client: Any) -> Any:
    return client.user.find_unique(where={"id": "user-1"})


def write(client: Any, **fields: Any) -> Any:
    return client.user.update(where={"id": "user-1"}, data=fields)


@some_examples
@given(decimals)
@example(Decimal("9" * 35 + "." + "9" * 30))
@example(Decimal("-1E-30"))
@example(Decimal("1E+34"))
def test_a_decimal_keeps_its_value(client: Any, sql: pg8000.native.Connection, value: Decimal) -> None:
    sql.run("UPDATE users SET balance = CAST(:value AS decimal)", value=str(value))
    assert read(client).balance == value
    write(client, balance=Decimal(0))
    assert write(client, balance=value).balance == value
    assert sql.run("SELECT balance FROM users") == [[value]]


@some_examples
@given(instants)
@example(datetime(1969, 12, 31, 23, 59, 59, 999000, UTC))
@example(datetime(2024, 2, 29, 23, 59, 59, 999500, timezone(timedelta(hours=-12))))
def test_an_instant_keeps_its_milliseconds(client: Any, sql: pg8000.native.Connection, value: datetime) -> None:
    sql.run("UPDATE users SET created_at = CAST(:value AS timestamptz)", value=value.isoformat())
    ((stored,),) = sql.run("SELECT created_at FROM users")
    assert abs(stored - value) <= timedelta(microseconds=500)
    assert read(client).createdAt == stored

    written = value.astimezone(UTC)
    written = written.replace(microsecond=written.microsecond // 1000 * 1000)
    assert write(client, createdAt=value).createdAt == written
    assert sql.run("SELECT created_at FROM users") == [[written]]


@some_examples
@given(texts)
def test_a_text_written_by_another_keeps_every_character(
    client: Any, sql: pg8000.native.Connection, value: str
) -> None:
    sql.run("UPDATE users SET display_name = CAST(:value AS text)", value=value)
    assert read(client).displayName == value


@some_examples
@given(texts_of_the_client)
def test_a_text_written_by_the_client_keeps_every_character(
    client: Any, sql: pg8000.native.Connection, value: str
) -> None:
    assert write(client, displayName=value).displayName == value
    assert sql.run("SELECT display_name FROM users") == [[value]]


@some_examples
@given(st.lists(texts_of_the_client, max_size=5))
def test_a_list_keeps_its_order_and_its_repetitions(
    client: Any, sql: pg8000.native.Connection, value: list[str]
) -> None:
    assert write(client, tags=value).tags == value
    ((stored,),) = sql.run("SELECT to_jsonb(tags) FROM users")
    assert stored == value


@some_examples
@given(st.integers(-(2**31), 2**31 - 1))
def test_a_whole_number_keeps_its_value(client: Any, value: int) -> None:
    assert write(client, points=value).points == value


@some_examples
@given(json_values)
@example(None)
@example([])
@example({"": {}})
@example({"$type": "Json", "value": "1"})
@example({"a": [None, True, 1, 1.0, "1", {"b": []}]})
def test_json_written_by_another_keeps_its_value(client: Any, sql: pg8000.native.Connection, value: Any) -> None:
    sql.run("UPDATE users SET preferences = CAST(:value AS jsonb)", value=json.dumps(value))
    assert_same_json(read(client).preferences, value)


@some_examples
@given(json_of_the_client)
@example(None)
@example({"$type": "Json", "value": "1"})
def test_json_written_by_the_client_keeps_its_value(client: Any, prisma: ModuleType, value: Any) -> None:
    assert_same_json(write(client, preferences=prisma.Json(value)).preferences, value)


def assert_same_json(actual: Any, expected: Any) -> None:
    """JSON has one type of number, which jsonb keeps in decimal: 1e16 comes back as 10000000000000000."""
    if isinstance(expected, dict):
        assert sorted(actual) == sorted(expected)
        for key, inner in expected.items():
            assert_same_json(actual[key], inner)
    elif isinstance(expected, list):
        assert len(actual) == len(expected)
        for actual_inner, expected_inner in zip(actual, expected, strict=True):
            assert_same_json(actual_inner, expected_inner)
    elif isinstance(expected, float):
        assert type(actual) in {int, float}
        assert float(actual) == expected
    else:
        assert (type(actual), actual) == (type(expected), expected)
