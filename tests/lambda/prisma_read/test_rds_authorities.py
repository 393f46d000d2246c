"""Which hosts are checked against Amazon's own authorities, by the engine, too."""

from pathlib import Path

import pytest

from prisma_read.database_target import DatabaseTarget
from prisma_read.engine_start import engine_command
from prisma_read.rds_authorities import AUTHORITIES, authorities_file


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("db.cluster-c0ffee.eu-west-1.rds.amazonaws.com", "eu-west-1"),
        ("DB.c0ffee.US-EAST-1.RDS.amazonaws.com", "us-east-1"),
        ("reads.proxy-c0ffee.us-east-1.rds.amazonaws.com", "us-east-1"),
    ],
)
def test_hosts_of_rds_are_checked_against_their_regions_file_in_the_package(host: str, region: str) -> None:
    assert authorities_file(host) == AUTHORITIES / f"{region}.pem"
    url = DatabaseTarget(user="reader", password="a@b", host=host, port=5432, database="app").url()
    assert engine_command(Path("engine"), url).authorities == AUTHORITIES / f"{region}.pem"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "::1",
        "db.example",
        "db.eu-west-1.rds.amazonaws.com.example",
        "eu-west-1.evil-rds.amazonaws.com",
    ],
)
def test_any_other_host_is_checked_against_the_systems(host: str) -> None:
    assert authorities_file(host) is None
    url = DatabaseTarget(user="reader", password="a@b", host=host, port=5432, database="app").url()
    assert engine_command(Path("engine"), url).authorities is None
