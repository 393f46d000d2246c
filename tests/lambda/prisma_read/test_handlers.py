"""The functions as Lambda starts them: fresh interpreters, the embedded AWS's Secrets Manager, a real database."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from prisma_read.database_secret import DatabaseSecret
from prisma_read.database_target import DatabaseTarget
from prisma_read.read_error import ReadError
from shared.canonical import canonical_text
from shared.mock_reader import FIXTURE, MockReader
from stacks.prisma_client import generate_client
from tests.lambda_support.fakes import ENVIRONMENT, VERSION
from tests.lambda_support.prisma_database import ENGINE, MIGRATIONS, REPOSITORY, SeededDatabase, admin_of
from tests.postgres_server import PostgresServer
from tests.sandbox_process import RunningSandbox

USER_IDS = [user["id"] for user in json.loads(FIXTURE.read_text(encoding="utf-8"))]

# As Lambda's runtime: imports the handler, then answers event after event. Its log is its stderr here.
RUNTIME = """
import importlib, json, sys, types
answers, sys.stdout = sys.stdout, sys.stderr
handler = importlib.import_module(sys.argv[1]).lambda_handler
for line in sys.stdin:
    context = types.SimpleNamespace(aws_request_id="request-1", get_remaining_time_in_millis=lambda: 60_000)
    print(json.dumps(handler(json.loads(line), context)), file=answers, flush=True)
"""


@dataclass
class Function:
    process: subprocess.Popen[str]

    def invoke(self, event: object) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(event) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self) -> list[dict[str, Any]]:
        """The lines of its log."""
        _, log = self.process.communicate()
        assert self.process.returncode == 0, log
        return [json.loads(line) for line in log.splitlines()]


@contextmanager
def running(module: str, sandbox: RunningSandbox, **variables: str) -> Iterator[Function]:
    environment = {
        **sandbox.environment,
        "HUNTAZE_ENVIRONMENT": ENVIRONMENT,
        "AWS_LAMBDA_FUNCTION_VERSION": VERSION,
        "HUNTAZE_QUERY_TIMEOUT_MS": "20000",
        "PRISMA_QUERY_ENGINE_BINARY": str(ENGINE),
        "LAMBDA_TASK_ROOT": str(REPOSITORY / "lambda"),
        "PYTHONPATH": os.pathsep.join([str(generate_client()), str(REPOSITORY / "lambda")]),
        **variables,
    }
    with subprocess.Popen(
        [sys.executable, "-c", RUNTIME, module],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Function(process)
        finally:
            if process.poll() is None:
                process.kill()


@pytest.fixture
def put_secret(sandbox: RunningSandbox) -> Callable[[str, str], None]:
    client = sandbox.client("secretsmanager")

    def put(name: str, value: str) -> None:
        try:
            client.put_secret_value(SecretId=name, SecretString=value)
        except client.exceptions.ResourceNotFoundException:
            client.create_secret(Name=name, SecretString=value)

    return put


@pytest.fixture
def secret_id() -> str:
    """Of no secret yet."""
    return f"prisma-read-{secrets.token_hex(4)}"


@pytest.fixture
def start(sandbox: RunningSandbox) -> Iterator[Callable[..., Function]]:
    with ExitStack() as functions:
        yield lambda module, **variables: functions.enter_context(running(module, sandbox, **variables))


def test_migrate_and_seed_make_a_database_that_every_read_is_served_from(
    start: Callable[..., Function], put_secret: Callable[[str, str], None], secret_id: str, postgres: PostgresServer
) -> None:
    admin = admin_of(postgres, postgres.create_database())
    reader = replace(admin, user=f"reader_{admin.database}", password="p@ss/w:rd")
    put_secret(f"{secret_id}-admin", admin.url())
    put_secret(secret_id, reader.url())
    secret_ids = {
        "HUNTAZE_DATABASE_ADMIN_SECRET_ID": f"{secret_id}-admin",
        "HUNTAZE_DATABASE_SECRET_ID": secret_id,
    }
    migrate = start(
        "prisma_read.migrate_handler",
        **secret_ids,
        HUNTAZE_MIGRATIONS_DIR=str(MIGRATIONS),
        HUNTAZE_ALLOW_SEED="1",
    )
    assert migrate.invoke({"action": "migrate"})["applied"]
    assert migrate.invoke({"action": "seed"}) == {"statusCode": 200}
    assert [event["event"] for event in migrate.end()] == ["PRISMA-MIGRATE", "PRISMA-MIGRATE"]

    read = start("prisma_read.handler", **secret_ids)
    for user_id in USER_IDS:
        answer, expected = read.invoke({"userId": user_id}), MockReader().read(user_id)
        assert answer["statusCode"] == 200
        assert expected is not None
        assert canonical_text(answer["user"]) == canonical_text(expected)
    assert read.invoke({"userId": "user-99"})["error"]["code"] == "USER_NOT_FOUND"
    assert read.invoke(None)["error"]["code"] == "bad-request"
    assert [event.get("code") for event in read.end()] == [None] * len(USER_IDS) + [None, "bad-request"]


def test_a_cold_start_without_a_secret_answers_and_recovers_when_there_is_one(
    start: Callable[..., Function],
    put_secret: Callable[[str, str], None],
    secret_id: str,
    seeded: SeededDatabase,
) -> None:
    read = start("prisma_read.handler", HUNTAZE_DATABASE_SECRET_ID=secret_id)
    assert read.invoke({"userId": "user-7"})["error"]["code"] == "secret"
    put_secret(secret_id, seeded.reader.url())
    assert read.invoke({"userId": "user-7"})["statusCode"] == 200
    log = read.end()
    told = [(event.get("phase"), event.get("code")) for event in log]
    assert told == [("init", "secret"), (None, "secret"), (None, None)]


def test_a_connection_at_the_cold_start_serves_the_first_read(
    start: Callable[..., Function], put_secret: Callable[[str, str], None], secret_id: str, seeded: SeededDatabase
) -> None:
    put_secret(secret_id, seeded.reader.url())
    read = start("prisma_read.handler", HUNTAZE_DATABASE_SECRET_ID=secret_id)
    read.invoke(None)
    # The cold start is over, and what it would need for a connection is gone.
    put_secret(secret_id, "no longer of use")
    assert read.invoke({"userId": "user-7"})["statusCode"] == 200


def test_a_missing_variable_ends_the_cold_start_with_its_name(start: Callable[..., Function], secret_id: str) -> None:
    function = start("prisma_read.handler", HUNTAZE_DATABASE_SECRET_ID=secret_id, HUNTAZE_QUERY_TIMEOUT_MS="")
    _, log = function.process.communicate()
    assert "SettingsError: HUNTAZE_QUERY_TIMEOUT_MS is not set" in log


def test_the_real_client_of_secrets_manager_sees_a_rotation(
    sandbox: RunningSandbox, put_secret: Callable[[str, str], None], secret_id: str
) -> None:
    target = DatabaseTarget.from_secret("postgresql://reader:first@db.example/app")
    rds = {"username": "reader", "password": "second", "host": "db.example", "port": 5432, "dbname": "app"}
    secret = DatabaseSecret(secret_id, sandbox.client("secretsmanager"))
    with pytest.raises(ReadError, match=r"^secret$"):
        secret.target()
    put_secret(secret_id, target.url())
    assert secret.target() == target
    put_secret(secret_id, json.dumps(rds))
    assert secret.target() == target
    assert secret.renew()
    assert secret.target() == replace(target, password="second")
