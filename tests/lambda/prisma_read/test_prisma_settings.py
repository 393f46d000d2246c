"""The environment variables: a wrong one ends the cold start with its name."""

from pathlib import Path

import pytest

from prisma_read.settings import DatabaseSettings, MigrateSettings, ReadSettings
from shared.environ import SettingsError

READ = {
    "HUNTAZE_ENVIRONMENT": "beta",
    "AWS_LAMBDA_FUNCTION_VERSION": "7",
    "HUNTAZE_DATABASE_SECRET_ID": "reader",
    "HUNTAZE_QUERY_TIMEOUT_MS": "800",
    "PRISMA_QUERY_ENGINE_BINARY": "/var/task/query-engine",
}
MIGRATE = {
    "HUNTAZE_ENVIRONMENT": "beta",
    "AWS_LAMBDA_FUNCTION_VERSION": "7",
    "HUNTAZE_DATABASE_ADMIN_SECRET_ID": "admin",
    "HUNTAZE_DATABASE_SECRET_ID": "reader",
}


def test_every_setting_of_a_read_comes_from_its_variable() -> None:
    database = DatabaseSettings(secret_id="reader", query_timeout_ms=800, engine=Path("/var/task/query-engine"))
    expected = ReadSettings(environment="beta", function_version="7", database=database)
    assert ReadSettings.from_environ(READ) == expected


@pytest.mark.parametrize("name", sorted(READ))
def test_a_missing_variable_of_a_read_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} is not set"):
        ReadSettings.from_environ({**READ, name: ""})


def test_a_time_limit_that_is_none_is_named_with_its_value() -> None:
    with pytest.raises(SettingsError, match=r"^HUNTAZE_QUERY_TIMEOUT_MS is '0'"):
        ReadSettings.from_environ({**READ, "HUNTAZE_QUERY_TIMEOUT_MS": "0"})


def test_migrations_are_beside_the_code_unless_a_variable_says_otherwise() -> None:
    settings = MigrateSettings.from_environ(MIGRATE)
    assert settings.migrations.name == "migrations"
    assert (settings.migrations.parent / "prisma_read" / "settings.py").is_file()
    elsewhere = MigrateSettings.from_environ({**MIGRATE, "HUNTAZE_MIGRATIONS_DIR": "/elsewhere"})
    assert elsewhere.migrations == Path("/elsewhere")


@pytest.mark.parametrize(("value", "allowed"), [("1", True), ("", False), ("0", False), ("true", False)])
def test_made_up_users_need_an_explicit_one(value: str, allowed: bool) -> None:  # noqa: FBT001 — the case
    assert MigrateSettings.from_environ({**MIGRATE, "HUNTAZE_ALLOW_SEED": value}).seed_allowed is allowed
    assert not MigrateSettings.from_environ(MIGRATE).seed_allowed


@pytest.mark.parametrize("name", sorted(MIGRATE))
def test_a_missing_variable_of_a_migration_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} is not set"):
        MigrateSettings.from_environ({key: MIGRATE[key] for key in MIGRATE if key != name})
