"""`playbook judge`, which needs nothing but a file."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from playbook import bundle as bundles
from playbook.bundle import Bundle, Gate
from playbook.cli import playbook
from tests.playbook.bundles import bundle, day, go, hold, rollback

GO, HOLD, ROLLBACK = go(), hold(), rollback()


def judged(folder: Path, written: Bundle, *options: str) -> Result:
    bundles.write(folder / "bundle.jsonl", written)
    return typed(folder, *options)


def typed(folder: Path, *options: str) -> Result:
    # Wherever the machine's own credentials would lead, nobody answers.
    nowhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "COLUMNS": "120"}
    return CliRunner(env=nowhere).invoke(playbook, ["judge", "--evidence", str(folder / "bundle.jsonl"), *options])


@pytest.mark.parametrize(
    ("written", "exit_code", "outcome"),
    [
        (GO, 0, "GO"),
        (HOLD, 10, "HOLD"),
        (bundle(minutes=day(differing=3)), 11, "INVESTIGATE"),
        (ROLLBACK, 12, "ROLLBACK"),
    ],
    ids=["go", "hold", "investigate", "rollback"],
)
def test_the_exit_code_is_the_outcomes(tmp_path: Path, written: Bundle, exit_code: int, outcome: str) -> None:
    result = judged(tmp_path, written, "--json")

    assert result.exit_code == exit_code
    document = json.loads(result.stdout)
    assert document["outcome"] == outcome
    assert [check["reason"] for check in document["checks"]] == [check.reason for check in written.verdict.checks]


def test_people_get_the_table_and_what_to_do(tmp_path: Path) -> None:
    result = judged(tmp_path, ROLLBACK)

    assert "│ canary error rate │ ROLLBACK" in result.stdout
    assert "Roll back now: `playbook rollback flag`." in result.stdout
    assert f"Evidence: {tmp_path / 'bundle.jsonl'}" in result.stdout
    assert "\x1b" not in result.stdout


def test_a_bundle_of_the_shadow_is_judged_without_the_canarys_checks(tmp_path: Path) -> None:
    result = judged(tmp_path, bundle(gate=Gate.SHADOW, minutes=day()), "--json")

    names = [check["name"] for check in json.loads(result.stdout)["checks"]]
    assert names == ["shadow diffs", "shadow errors", "shadow p95", "shadow coverage", "alarms"]


def test_a_recorded_verdict_that_does_not_follow_from_the_evidence_is_told(tmp_path: Path) -> None:
    result = judged(tmp_path, replace(ROLLBACK, verdict=GO.verdict), "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout)["outcome"] == "ROLLBACK"
    assert "the bundle records GO, and not this verdict" in result.stderr


def test_a_file_that_is_no_bundle_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "bundle.jsonl").write_text("hello\n")

    result = typed(tmp_path)

    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {tmp_path / 'bundle.jsonl'}, line 1: ")
    assert result.stdout == ""


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    assert typed(tmp_path).exit_code == 2
