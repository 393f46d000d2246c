"""prisma-migrate's actions on a real PostgreSQL, and its answers to whatever goes wrong."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from prisma_read.admin_connection import admin_connection
from prisma_read.database_target import DatabaseTarget
from prisma_read.migrate_service import Answer, MigrateService
from prisma_read.read_error import Code, ReadError
from shared.event_log import EventLog
from shared.mock_reader import FIXTURE
from tests.lambda_support.fakes import ENVIRONMENT, REQUEST_ID, VERSION, Log
from tests.lambda_support.prisma_database import MIGRATIONS, admin_of
from tests.lambda_support.prisma_fakes import FakeSecret
from tests.postgres_server import PostgresServer

NAMES = sorted(file.parent.name for file in MIGRATIONS.glob("*/migration.sql"))


@pytest.fixture
def admin(postgres: PostgresServer) -> DatabaseTarget:
    return admin_of(postgres, postgres.create_database())


@pytest.fixture
def reader(admin: DatabaseTarget) -> DatabaseTarget:
    return replace(admin, user=f"reader_{admin.database}", password="s3cret")


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def invoke(admin: DatabaseTarget, reader: DatabaseTarget, log: Log) -> Callable[..., Answer]:
    def handle(event: object, **parts: Any) -> Answer:
        service = MigrateService(
            **{
                "admin": FakeSecret([admin]),
                "reader": FakeSecret([reader]),
                "open_connection": admin_connection,
                "migrations": MIGRATIONS,
                "seed_allowed": True,
                "log": EventLog(
                    environment=ENVIRONMENT, function="huntaze-prisma-migrate", version=VERSION, write=log.lines.append
                ),
                **parts,
            }
        )
        answer = service.handle(event, REQUEST_ID)
        assert json.loads(json.dumps(answer)) == answer
        return answer

    return handle


def test_migrate_applies_what_is_pending_and_makes_the_reader(
    invoke: Callable[..., Answer], reader: DatabaseTarget, log: Log
) -> None:
    assert invoke({"action": "migrate"}) == {"statusCode": 200, "applied": NAMES, "alreadyApplied": []}
    assert invoke({"action": "migrate"}) == {"statusCode": 200, "applied": [], "alreadyApplied": NAMES}
    with admin_connection(reader) as connection:
        assert connection.run("SELECT count(*) FROM users") == [[0]]
    [event, _] = log.events
    assert event["message"] == "[PRISMA-MIGRATE] action: 'migrate'"
    assert (event["action"], event["applied"], event["requestId"]) == ("migrate", NAMES, REQUEST_ID)


def test_status_tells_what_migrate_would_do(invoke: Callable[..., Answer], tmp_path: Path) -> None:
    before = {"statusCode": 200, "alreadyApplied": [], "pending": NAMES, "unknown": []}
    assert [invoke({"action": "status"}), invoke({"action": "status"})] == [before, before]
    invoke({"action": "migrate"})
    assert invoke({"action": "status"}) == {**before, "alreadyApplied": NAMES, "pending": []}
    older = write_migration(tmp_path, "1_older", "SELECT 1")
    assert invoke({"action": "status"}, migrations=older) == {**before, "pending": ["1_older"], "unknown": NAMES}


def test_seed_brings_the_mocks_users_as_often_as_it_is_asked(
    invoke: Callable[..., Answer], admin: DatabaseTarget
) -> None:
    invoke({"action": "migrate"})
    assert [invoke({"action": "seed"}), invoke({"action": "seed"})] == [{"statusCode": 200}, {"statusCode": 200}]
    with admin_connection(admin) as connection:
        [[count]] = connection.run("SELECT count(*) FROM users")
    assert count == len(json.loads(FIXTURE.read_text(encoding="utf-8")))


def test_seed_is_refused_where_it_is_not_allowed(invoke: Callable[..., Answer], admin: DatabaseTarget) -> None:
    invoke({"action": "migrate"})
    answer = invoke({"action": "seed"}, seed_allowed=False)
    assert (answer["statusCode"], answer["error"]["code"]) == (403, "seed-not-allowed")
    with admin_connection(admin) as connection:
        assert connection.run("SELECT count(*) FROM users") == [[0]]


def test_seed_before_migrate_is_the_databases_error(invoke: Callable[..., Answer]) -> None:
    answer = invoke({"action": "seed"})
    assert (answer["statusCode"], answer["error"]["code"]) == (503, "db-error")


@pytest.mark.parametrize(
    "event", [None, [], "migrate", {}, {"action": None}, {"action": "s3cret"}, {"action": ["migrate"]}]
)
def test_any_other_event_is_refused_and_not_repeated(invoke: Callable[..., Answer], log: Log, event: object) -> None:
    answer = invoke(event)
    assert (answer["statusCode"], answer["error"]["code"]) == (400, "bad-request")
    assert "s3cret" not in json.dumps(answer)
    assert log.lines == []


def test_a_migration_that_fails_is_answered_and_logged_by_name_code_and_line(
    invoke: Callable[..., Answer], log: Log, tmp_path: Path
) -> None:
    broken = write_migration(tmp_path, "1_broken", "CREATE TABLE b (n INT);\nINSERT INTO b VALUES ('s3cret');")
    answer = invoke({"action": "migrate"}, migrations=broken)
    assert answer == {
        "statusCode": 409,
        "error": {
            "code": "migration-failed",
            "message": "PostgreSQL refused 1_broken; its own log says more.",
            "migration": "1_broken",
            "sqlstate": "22P02",
            "line": 2,
        },
    }
    [event] = log.events
    assert event["message"] == "[PRISMA-MIGRATE] action: 'migrate', code: 'migration-failed'"
    assert event["error"] == answer["error"]


def test_an_edited_migration_is_a_conflict(invoke: Callable[..., Answer], tmp_path: Path) -> None:
    invoke({"action": "migrate"}, migrations=write_migration(tmp_path / "as it was", "1_a", "CREATE TABLE a ()"))
    edited = write_migration(tmp_path / "edited", "1_a", "CREATE TABLE a (n INT)")
    for action in ("migrate", "status"):
        answer = invoke({"action": action}, migrations=edited)
        assert (answer["statusCode"], answer["error"]["code"]) == (409, "migration-edited")


def test_a_bundle_without_migrations_is_a_conflict(invoke: Callable[..., Answer], tmp_path: Path) -> None:
    answer = invoke({"action": "migrate"}, migrations=tmp_path)
    assert (answer["statusCode"], answer["error"]["code"]) == (409, "no-migrations")


@pytest.mark.parametrize("part", ["admin", "reader"])
def test_a_secret_that_cannot_be_had_is_a_typed_error(invoke: Callable[..., Answer], part: str) -> None:
    answer = invoke({"action": "migrate"}, **{part: FakeSecret([ReadError(Code.SECRET)])})
    assert (answer["statusCode"], answer["error"]["code"]) == (503, "secret")


def test_a_database_that_is_not_there_is_a_typed_error(invoke: Callable[..., Answer], admin: DatabaseTarget) -> None:
    answer = invoke({"action": "migrate"}, admin=FakeSecret([replace(admin, port=1)]))
    assert (answer["statusCode"], answer["error"]["code"]) == (503, "db-unreachable")


def test_an_unforeseen_exception_is_a_typed_error_that_repeats_nothing_of_it(
    invoke: Callable[..., Answer], log: Log
) -> None:
    def broken(_target: DatabaseTarget) -> Any:
        raise LookupError("s3cret")

    answer = invoke({"action": "status"}, open_connection=broken)
    assert (answer["statusCode"], answer["error"]["code"]) == (503, "unexpected")
    assert "s3cret" not in json.dumps(answer) + "".join(log.lines)


def test_a_rotated_secret_is_used_by_the_next_action(invoke: Callable[..., Answer], admin: DatabaseTarget) -> None:
    rotating = FakeSecret([replace(admin, password="the last"), admin])
    assert invoke({"action": "status"}, admin=rotating)["statusCode"] == 200


def write_migration(folder: Path, name: str, script: str) -> Path:
    (folder / name).mkdir(parents=True)
    (folder / name / "migration.sql").write_text(script, encoding="utf-8")
    return folder
