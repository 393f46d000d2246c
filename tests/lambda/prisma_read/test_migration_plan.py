"""Which migrations are applied, and when none is."""

import hashlib
from pathlib import Path

import pytest

from prisma_read.migration_plan import Migration, MigrationError, Record, load_migrations, plan_migrations
from tests.lambda_support.prisma_database import MIGRATIONS

FIRST = Migration.from_bytes("1_first", b"CREATE TABLE a ();\n")
SECOND = Migration.from_bytes("2_second", b"CREATE TABLE b ();\n")


def record_of(migration: Migration, *, checksum: str | None = None, finished: bool = True) -> Record:
    return Record(name=migration.name, checksum=checksum or migration.checksum, finished=finished)


def test_on_an_empty_database_everything_is_pending_in_order() -> None:
    plan = plan_migrations([FIRST, SECOND], [])
    assert (plan.applied, plan.pending, plan.unknown) == ((), (FIRST, SECOND), ())


def test_what_is_recorded_is_not_pending() -> None:
    plan = plan_migrations([FIRST, SECOND], [record_of(FIRST)])
    assert (plan.applied, plan.pending) == ((FIRST,), (SECOND,))


def test_an_older_bundle_does_not_know_the_latest_migration_and_may_run() -> None:
    plan = plan_migrations([FIRST], [record_of(FIRST), record_of(SECOND)])
    assert (plan.pending, plan.unknown) == ((), ("2_second",))


def test_an_edited_migration_is_refused_by_name() -> None:
    with pytest.raises(MigrationError, match="1_first was changed") as raised:
        plan_migrations([FIRST, SECOND], [record_of(FIRST, checksum="0" * 64)])
    assert (raised.value.code, raised.value.details) == ("migration-edited", {"migration": "1_first"})


@pytest.mark.parametrize("known", [True, False])
def test_an_unfinished_migration_is_refused_with_what_to_do_even_if_the_bundle_lacks_it(known: bool) -> None:  # noqa: FBT001 — the case
    with pytest.raises(MigrationError, match="prisma migrate resolve --applied 2_second") as raised:
        plan_migrations([FIRST, SECOND] if known else [FIRST], [record_of(FIRST), record_of(SECOND, finished=False)])
    assert raised.value.code == "migration-unfinished"


def test_migrations_are_read_in_the_order_of_their_names_with_prismas_checksum(tmp_path: Path) -> None:
    content = "-- é\r\nSELECT 1;\n".encode()
    for name in ("20250102_b", "20250101_a", "20241231_c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "migration.sql").write_bytes(content)
    (tmp_path / "migration_lock.toml").write_text('provider = "postgresql"\n', encoding="utf-8")
    (tmp_path / "empty").mkdir()
    migrations = load_migrations(tmp_path)
    assert [migration.name for migration in migrations] == ["20241231_c", "20250101_a", "20250102_b"]
    assert {migration.checksum for migration in migrations} == {hashlib.sha256(content).hexdigest()}
    assert migrations[0].script == "-- é\r\nSELECT 1;\n"


def test_a_bundle_without_migrations_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MigrationError, match="no migrations"):
        load_migrations(tmp_path / "absent")


def test_our_own_migrations_can_be_read() -> None:
    assert [migration.name for migration in load_migrations(MIGRATIONS)] == sorted(
        file.parent.name for file in MIGRATIONS.glob("*/migration.sql")
    )
