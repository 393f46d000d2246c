"""A real PostgreSQL, and the real client on the engine that stands in for Prisma's binary."""

import importlib
from collections.abc import Iterator
from types import ModuleType

import pytest

from stacks.prisma_client import generate_client
from tests.lambda_support.prisma_database import SeededDatabase, seeded_database
from tests.postgres_server import PostgresServer, running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server of this test process: make databases of your own, and leave it running."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def seeded(postgres: PostgresServer) -> SeededDatabase:
    """To be read only."""
    return seeded_database(postgres)


@pytest.fixture(scope="session")
def client() -> Iterator[ModuleType]:
    """`prisma_read.client` over the generated package, as in the bundle."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(generate_client())
        module = importlib.import_module("prisma_read.client")
        assert hasattr(module.prisma, "types"), "prisma was imported before, from the ungenerated package"
        yield module
