"""What prisma-read needs around it: a seeded PostgreSQL, the secret that names it, and an engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tests.bench.account import candidate_environment
from tests.lambda_support.prisma_database import ENGINE, seeded_database
from tests.postgres_server import running_postgres
from tests.sandbox_process import running_sandbox

_SECRET: Final = "bench/database/reader"


@contextmanager
def candidate_database() -> Iterator[dict[str, str]]:
    """The environment of prisma-read, and of a client that looks for DATABASE_URL."""
    with running_postgres() as server, running_sandbox() as sandbox:
        reader = seeded_database(server).reader.url()
        sandbox.client("secretsmanager").create_secret(Name=_SECRET, SecretString=reader)
        environment = candidate_environment(sandbox, secret_id=_SECRET, engine=str(ENGINE))
        yield {**environment, "DATABASE_URL": reader}
