"""The generated client on a real PostgreSQL, through the WebAssembly engine."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from prisma_read.seed import seed_users
from stacks.prisma_client import generate_client
from tests.postgres_server import PostgresServer, running_postgres

REPOSITORY = Path(__file__).parents[2]
MIGRATIONS = sorted((REPOSITORY / "prisma" / "migrations").glob("*/migration.sql"))
ENGINE = REPOSITORY / "sandbox" / "prisma_engine" / "query-engine"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server of this test process: make databases of your own, and leave it running."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def prisma() -> Iterator[ModuleType]:
    """The generated package, which nothing types: only `stacks` knows where it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRISMA_QUERY_ENGINE_BINARY", str(ENGINE))
        patch.syspath_prepend(generate_client())
        package = importlib.import_module("prisma")
        assert hasattr(package, "types"), "prisma was imported before, from the ungenerated package"
        yield package
        for name in [name for name in sys.modules if name.partition(".")[0] == "prisma"]:
            del sys.modules[name]


def migrated_database(postgres: PostgresServer) -> str:
    """A new database with the schema and no rows; its name."""
    database = postgres.create_database()
    for migration in MIGRATIONS:
        postgres.run(migration.read_text(encoding="utf-8"), database)
    return database


@contextmanager
def connected(prisma: ModuleType, url: str) -> Iterator[Any]:
    """A client that is connected, and disconnected whatever happens."""
    client = prisma.Prisma(use_dotenv=False, datasource={"url": url}, http={"trust_env": False, "timeout": 30})
    client.connect(timeout=timedelta(seconds=30))
    try:
        yield client
    finally:
        client.disconnect(timeout=timedelta(seconds=5))


@pytest.fixture(scope="session")
def seeded(postgres: PostgresServer) -> str:
    """A database with the fixture's users, to be read only; its name."""
    database = migrated_database(postgres)
    connection = postgres.connect(database)
    try:
        seed_users(connection)
    finally:
        connection.close()
    return database


@pytest.fixture(scope="session")
def reading_client(prisma: ModuleType, postgres: PostgresServer, seeded: str) -> Iterator[Any]:
    """A client of `seeded`."""
    with connected(prisma, postgres.url(seeded)) as client:
        yield client


@pytest.fixture(scope="module")
def database(postgres: PostgresServer) -> str:
    """A database for a module's tests to write to."""
    return migrated_database(postgres)


@pytest.fixture(scope="module")
def client(prisma: ModuleType, postgres: PostgresServer, database: str) -> Iterator[Any]:
    """A client of `database`."""
    with connected(prisma, postgres.url(database)) as client:
        yield client
