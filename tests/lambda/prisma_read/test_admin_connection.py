"""The migrations' connection: what keeps it from opening is one of our words, and TLS is as the secret says."""

import ssl
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from prisma_read.admin_connection import _ssl_context, admin_connection
from prisma_read.database_target import DatabaseTarget
from prisma_read.rds_authorities import AUTHORITIES, authorities_file
from prisma_read.read_error import ReadError
from stacks.environments import BundlePlatform
from stacks.extension_layers import Architecture
from stacks.rds_authorities import RdsAuthorities
from tests.lambda_support.prisma_database import admin_of
from tests.postgres_server import PostgresServer

RDS_HOST = "db.cluster-c0ffee.eu-west-1.rds.amazonaws.com"


@pytest.fixture
def target(postgres: PostgresServer) -> DatabaseTarget:
    return admin_of(postgres, "postgres")


def test_a_script_runs_in_the_schema_public_even_if_the_role_has_its_own(
    target: DatabaseTarget, postgres: PostgresServer
) -> None:
    target = replace(target, database=postgres.create_database())
    postgres.run(f"CREATE SCHEMA {target.user}", target.database)
    with admin_connection(target) as connection:
        connection.run("CREATE TEMPORARY TABLE t (n INT); INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)")
        assert connection.run("SELECT count(*), current_schema()::text FROM t") == [[2, "public"]]


def test_a_connection_ends_with_its_block(target: DatabaseTarget, postgres: PostgresServer) -> None:
    with admin_connection(target) as connection:
        [[pid]] = connection.run("SELECT pg_backend_pid()")
    # The server may take a moment to notice.
    while postgres.run("SELECT 1 FROM pg_stat_activity WHERE pid = :pid", pid=pid):
        pass


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"password": "another"}, "db-auth"),
        ({"user": "nobody"}, "db-auth"),
        ({"database": "none"}, "db-error"),
        ({"port": 1}, "db-unreachable"),
        # The wheel's server cannot do TLS.
        ({"parameters": ()}, "db-unreachable"),
    ],
)
def test_what_keeps_a_connection_from_opening_is_a_word(
    target: DatabaseTarget, change: dict[str, object], code: str
) -> None:
    with pytest.raises(ReadError) as raised, admin_connection(replace(target, **change)):  # type: ignore[arg-type] # by case
        pytest.fail("there is no connection")
    assert raised.value.code == code
    assert raised.value.__suppress_context__


def test_without_a_word_of_the_secret_a_certificate_must_hold_and_be_the_hosts() -> None:
    context = _ssl_context({}, None)
    assert isinstance(context, ssl.SSLContext)
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def _authorities(folder: Path) -> Path:
    RdsAuthorities().add_to(folder, BundlePlatform.LAMBDA, Architecture.ARM64)
    file = authorities_file(RDS_HOST)
    assert file is not None
    return folder / file.relative_to(AUTHORITIES.parent)


def test_a_host_of_rds_must_be_vouched_for_by_amazon_and_by_nobody_else(tmp_path: Path) -> None:
    context = _ssl_context({}, _authorities(tmp_path))
    assert isinstance(context, ssl.SSLContext)
    # A certificate of Python's is a sequence of sequences of pairs, of which the types say less.
    subjects: list[Any] = [authority["subject"] for authority in context.get_ca_certs()]
    names = [dict(part[0] for part in subject)["commonName"] for subject in subjects]
    # RDS's in this region, and those of RDS Proxy.
    assert sorted(names) == [
        "Amazon RDS eu-west-1 Root CA ECC384 G1",
        "Amazon RDS eu-west-1 Root CA RSA2048 G1",
        "Amazon RDS eu-west-1 Root CA RSA4096 G1",
        *(f"Amazon Root CA {number}" for number in range(1, 5)),
        "Starfield Services Root Certificate Authority - G2",
    ]


def test_without_the_authorities_file_no_host_of_rds_is_trusted() -> None:
    with pytest.raises(FileNotFoundError):
        _ssl_context({}, authorities_file(RDS_HOST))


def test_a_file_that_the_secret_names_comes_first(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        _ssl_context({"sslcert": str(tmp_path / "own.pem")}, _authorities(tmp_path))


@pytest.mark.parametrize(
    ("parameters", "words_of_pg8000"),
    [
        ({"sslmode": "disable"}, False),
        ({"sslmode": "disable", "sslaccept": "strict"}, False),
        ({"sslaccept": "accept_invalid_certs"}, True),
        ({"sslmode": "prefer"}, None),
    ],
)
def test_a_secret_may_ask_for_less(parameters: dict[str, str], words_of_pg8000: object) -> None:
    assert _ssl_context(parameters, None) is words_of_pg8000
