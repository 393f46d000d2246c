"""The limits that every connection has, and that a secret may have its own."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from prisma_read.connection_url import engine_url
from prisma_read.database_target import DatabaseTarget

SESSION = "-c statement_timeout=720 -c default_transaction_read_only=on"


def parameters(secret: str, query_timeout_ms: int = 800) -> dict[str, str]:
    url = engine_url(DatabaseTarget.from_secret(secret), query_timeout_ms=query_timeout_ms)
    pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    assert len(pairs) == len(dict(pairs))
    return dict(pairs)


def test_a_secret_without_parameters_gets_every_limit() -> None:
    assert parameters("postgresql://reader:x@db.example/app") == {
        "connection_limit": "1",
        "pool_timeout": "5",
        "connect_timeout": "3",
        "socket_timeout": "1",
        "sslmode": "require",
        "sslaccept": "strict",
        "options": SESSION,
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("connection_limit", "3"),
        ("pool_timeout", "9"),
        ("connect_timeout", "20"),
        ("socket_timeout", "60"),
        ("sslmode", "disable"),
        ("sslaccept", "accept_invalid_certs"),
        ("schema", "other"),
    ],
)
def test_what_the_secret_says_itself_stays(name: str, value: str) -> None:
    limits = parameters("postgresql://reader:x@db.example/app")
    assert parameters(f"postgresql://reader:x@db.example/app?{name}={value}") == {**limits, name: value}


def test_session_settings_join_those_of_the_secret() -> None:
    given = "postgresql://reader:x@db.example/app?options=-c%20work_mem%3D64MB"
    assert parameters(given)["options"] == f"-c work_mem=64MB {SESSION}"
    own = "postgresql://reader:x@db.example/app?options=-c%20statement_timeout%3D5"
    assert parameters(own)["options"] == "-c statement_timeout=5 -c default_transaction_read_only=on"


@pytest.mark.parametrize(("query_timeout_ms", "socket_timeout_s"), [(1, "1"), (1000, "1"), (1001, "2"), (2500, "3")])
def test_the_socket_waits_whole_seconds_and_never_less_than_the_query(
    query_timeout_ms: int, socket_timeout_s: str
) -> None:
    limits = parameters("postgresql://reader:x@db.example/app", query_timeout_ms)
    assert limits["socket_timeout"] == socket_timeout_s


def test_the_server_ends_a_statement_before_the_query_times_out_and_always_has_a_limit() -> None:
    assert "statement_timeout=900 " in parameters("postgresql://r:x@db/app", 1000)["options"]
    # 0 would be no limit at all.
    assert "statement_timeout=1 " in parameters("postgresql://r:x@db/app", 1)["options"]
