"""The engine as a process: its command line and environment, its HTTP protocol, its end."""

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stacks.prisma_client import engine_commit
from tests.postgres_server import PostgresServer
from tests.prisma_engine.engine_process import (
    ENGINE,
    REPOSITORY,
    SCHEMA,
    TIMEOUT_S,
    RunningEngine,
    environment,
    free_port,
    is_listening,
    run_engine,
    running_engine,
    wait_until,
)

COUNT_USERS = "query { result: aggregateUser { _count { _all } } }"
RAW_QUERY = 'mutation { result: queryRaw(query: "SELECT 1 AS one", parameters: "[]") }'


@pytest.fixture(scope="module")
def engine(postgres: PostgresServer, seeded: str) -> Iterator[RunningEngine]:
    with running_engine(environment(postgres.url(seeded))) as engine:
        yield engine


def test_the_version_is_that_of_the_engines_the_client_is_made_for() -> None:
    done = run_engine("--version")
    assert (done.returncode, done.stdout) == (0, f"query-engine {engine_commit()}\n")


@pytest.mark.parametrize(
    ("arguments", "env", "message"),
    [
        (["--enable-telepathy"], {}, "--enable-telepathy"),
        (["--port", "70000"], {}, "70000 is no port"),
        ([], {}, "set PRISMA_DML_PATH"),
        ([], {"PRISMA_DML_PATH": "/nowhere/schema.prisma"}, "/nowhere/schema.prisma"),
        ([], {"PRISMA_DML_PATH": str(SCHEMA), "OVERWRITE_DATASOURCES": "{}"}, "OVERWRITE_DATASOURCES"),
    ],
)
def test_a_command_line_it_does_not_understand_ends_it_with_a_clear_error(
    arguments: list[str], env: dict[str, str], message: str
) -> None:
    done = run_engine(*arguments, env={"PATH": os.environ["PATH"], **env})
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert message in done.stderr


def test_it_says_that_it_is_ready(engine: RunningEngine) -> None:
    assert engine.request("/status") == (200, {"status": "ok"})


def test_the_schema_may_come_as_text_and_the_datasource_from_the_environment(
    postgres: PostgresServer, seeded: str
) -> None:
    datasources = json.dumps([{"name": "db", "url": postgres.url(seeded)}])
    env = {
        "PATH": os.environ["PATH"],
        "PRISMA_DML": base64.b64encode(SCHEMA.read_bytes()).decode(),
        "OVERWRITE_DATASOURCES": base64.b64encode(datasources.encode()).decode(),
    }
    with running_engine(env) as engine:
        assert engine.query(COUNT_USERS) == {"data": {"result": {"_count": {"_all": 50}}}}


def test_raw_queries_are_refused_unless_enabled(engine: RunningEngine, postgres: PostgresServer, seeded: str) -> None:
    assert engine.query(RAW_QUERY)["data"]["result"]["rows"] == [[1]]
    with running_engine(environment(postgres.url(seeded)), options=[]) as without:
        (error,) = without.query(RAW_QUERY)["errors"]
        assert "queryRaw" in error["error"]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("query { findUniqueUser(", "no GraphQL"),
        ("query { a: findManyUser { id } b: findManyUser { id } }", "more than a field"),
        ("query { findManyUser { id } } query { findManyUser { id } }", "more than an operation"),
        ("fragment F on User { id }", "more than an operation"),
        ("subscription { findManyUser { id } }", "a subscription"),
        ("query { findManyUser { ...F } }", "a fragment"),
        ("query { findManyUser { name: id } }", "a second name"),
        ("query ($id: String) { findUniqueUser(where: {id: $id}) { id } }", "a variable"),
        ("query { findNothingUser { id } }", "the operation findNothingUser"),
        ("query { findManyUnicorn { id } }", "Unicorn"),
    ],
)
def test_a_query_it_does_not_take_is_an_error_of_that_query_alone(
    engine: RunningEngine, query: str, message: str
) -> None:
    (error,) = engine.query(query)["errors"]
    assert message in error["user_facing_error"]["message"]
    assert error["user_facing_error"]["is_panic"] is False
    assert engine.request("/status") == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("path", "body", "status"), [("/", b"no json", 400), ("/nowhere", None, 404), ("/metrics?format=json", None, 501)]
)
def test_other_requests_are_refused_with_a_status(
    engine: RunningEngine, path: str, body: bytes | None, status: int
) -> None:
    assert engine.request(path, body)[0] == status


def test_it_writes_nothing_about_queries(
    postgres: PostgresServer, seeded: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with running_engine(environment(postgres.url(seeded))) as engine:
        assert engine.query('query { findUniqueUser(where: {id: "user-1"}) { displayName } }')["data"]
        assert engine.query('mutation { createOneUser(data: {displayName: "Brisk"}) { id } }')["errors"]
        assert engine.query('mutation { queryRaw(query: "SELECT $1", parameters: "[{}, 1]") }')["errors"]
        assert engine.query('mutation { executeRaw(query: "SELECT 1/0", parameters: "[]") }')["errors"]
    assert capfd.readouterr() == ("", "")


def test_it_runs_from_a_path_with_spaces(tmp_path: Path, postgres: PostgresServer, seeded: str) -> None:
    folder = tmp_path / "a folder"
    shutil.copytree(ENGINE.parent, folder / "prisma engine")
    (folder / "node_modules").symlink_to(REPOSITORY / "node_modules")
    with running_engine(environment(postgres.url(seeded)), engine=folder / "prisma engine" / "query-engine") as engine:
        assert engine.query(COUNT_USERS)["data"]["result"]["_count"]["_all"] == 50


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it(postgres: PostgresServer, seeded: str, number: signal.Signals) -> None:
    with running_engine(environment(postgres.url(seeded))) as engine:
        engine.process.send_signal(number)
        assert engine.process.wait(TIMEOUT_S) == 0


def test_it_ends_with_its_parent(postgres: PostgresServer, seeded: str) -> None:
    port = free_port()
    start = "import subprocess, sys; subprocess.Popen(sys.argv[1:]); input()"
    command = [sys.executable, "-c", start, str(ENGINE), "--port", str(port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment(postgres.url(seeded))) as parent:
        wait_until(lambda: is_listening(port))
        parent.kill()
        parent.wait(TIMEOUT_S)
        wait_until(lambda: not is_listening(port))


def test_a_busy_port_is_a_clear_error(engine: RunningEngine, postgres: PostgresServer, seeded: str) -> None:
    done = run_engine("--port", str(engine.port), env=environment(postgres.url(seeded)))
    assert done.returncode == 1
    assert "EADDRINUSE" in json.loads(done.stderr)["message"]
