"""Both forms of a secret say the same, whatever characters a password has, and no error repeats any of it."""

import json
import traceback
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prisma_read.database_target import DatabaseTarget, DatabaseTargetError

# Any text that can be in UTF-8, for that is what a secret is.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
RDS = {
    "username": "reader",
    "password": "p@ss/w:rd?#%25 é",
    "engine": "postgres",
    "host": "db.example",
    "port": 5433,
    "dbname": "app",
    "dbInstanceIdentifier": "db",
}
EXPECTED = DatabaseTarget(user="reader", password="p@ss/w:rd?#%25 é", host="db.example", port=5433, database="app")


def test_the_json_of_rds_becomes_a_url_with_everything_encoded() -> None:
    target = DatabaseTarget.from_secret(json.dumps(RDS))
    assert target == EXPECTED
    assert target.url() == "postgresql://reader:p%40ss%2Fw%3Ard%3F%23%2525%20%C3%A9@db.example:5433/app"


def test_a_url_is_the_same_target() -> None:
    assert DatabaseTarget.from_secret(EXPECTED.url()) == EXPECTED


@given(user=TEXTS, password=TEXTS, database=TEXTS)
def test_any_name_and_password_survives_both_forms(user: str, password: str, database: str) -> None:
    secret = {**RDS, "username": user, "password": password, "dbname": database}
    target = DatabaseTarget.from_secret(json.dumps(secret))
    assert (target.user, target.password, target.database) == (user, password, database)
    assert DatabaseTarget.from_secret(target.url()) == target
    url = urlsplit(target.url())
    assert (url.hostname, url.port, url.query, url.fragment) == ("db.example", 5433, "", "")
    assert unquote(url.password or "") == password


def test_a_port_and_a_database_have_postgresqls_defaults() -> None:
    without = {name: value for name, value in RDS.items() if name not in {"port", "dbname"}}
    target = DatabaseTarget.from_secret(json.dumps(without))
    assert (target.port, target.database) == (5432, "postgres")
    assert DatabaseTarget.from_secret("postgres://reader@db.example/app").port == 5432


def test_a_port_may_be_a_string_as_older_secrets_have_it() -> None:
    assert DatabaseTarget.from_secret(json.dumps({**RDS, "port": "5433"})) == EXPECTED


def test_the_secret_of_a_password_that_rds_manages_borrows_the_rest_from_another_secret() -> None:
    managed = json.dumps({"username": "admin", "password": "s3cret"})
    reader = DatabaseTarget.from_secret("postgresql://reader:x@db.example:5433/app?sslmode=disable")
    admin = DatabaseTarget.from_secret(managed, same_database=lambda: reader)
    assert (admin.user, admin.password) == ("admin", "s3cret")
    assert (admin.host, admin.port, admin.database, admin.parameters) == (
        reader.host,
        reader.port,
        reader.database,
        reader.parameters,
    )


@pytest.mark.parametrize("secret", [json.dumps(RDS), EXPECTED.url()])
def test_a_secret_that_names_its_host_borrows_nothing(secret: str) -> None:
    def unasked() -> DatabaseTarget:
        pytest.fail("nobody needs the other secret")

    assert DatabaseTarget.from_secret(secret, same_database=unasked) == EXPECTED


def test_parameters_are_kept_in_their_order() -> None:
    target = DatabaseTarget.from_secret("postgresql://reader:x@db.example/app?schema=a%20b&sslmode=disable&empty=")
    assert target.parameters == (("schema", "a b"), ("sslmode", "disable"), ("empty", ""))
    assert target.url().endswith("/app?schema=a%20b&sslmode=disable&empty=")


def test_an_ipv6_address_keeps_its_brackets() -> None:
    target = DatabaseTarget.from_secret("postgresql://reader:x@[::1]:5433/app")
    assert target.host == "::1"
    assert target.url() == "postgresql://reader:x@[::1]:5433/app"


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "s3cret",
        "mysql://reader:s3cret@db.example/app",
        "postgresql://reader:s3cret@db.example:port/app",
        "postgresql://reader:s3cret@db.example:99999/app",
        "postgresql://reader:s3cret@/app",
        "postgresql://:s3cret@db.example/app",
        "postgresql://reader:s3cret@db.example",
        "postgresql://reader:s3cret%ff@db.example/app",
        "postgresql://reader:s3cret@[db.example/app",
        '{"username": "reader", "password": "s3cret"}',
        '{"username": "reader", "password": "s3cret", "host": "db.example", "port": "s3cret"}',
        '{"username": "reader", "password": ["s3cret"], "host": "db.example"}',
        '{"username": "reader", "password": "s3cret", "host": ""}',
        '{"username": "reader", "password": "s3cret"',
        '["s3cret"]',
    ],
)
def test_what_is_no_secret_is_an_error_that_repeats_nothing(secret: str) -> None:
    with pytest.raises(DatabaseTargetError) as raised:
        DatabaseTarget.from_secret(secret)
    assert "s3cret" not in "".join(traceback.format_exception(raised.value))


def test_a_target_does_not_show_its_password() -> None:
    assert "p@ss" not in repr(EXPECTED)
