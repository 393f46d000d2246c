import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from playbook import bundle as bundles
from playbook.cli import playbook
from tests.playbook.bundles import rollback


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    path = tmp_path / "bundle.jsonl"
    bundles.write(path, rollback())
    return path


def _report(*arguments: str | Path) -> Result:
    return CliRunner().invoke(playbook, ["report", *map(str, arguments)])


def test_a_bundle_becomes_a_page_with_the_bundle_beside_it(evidence: Path, tmp_path: Path) -> None:
    result = _report("--evidence", evidence, "--out", tmp_path / "made" / "report")

    assert result.exit_code == 0
    page, copy = (tmp_path / "made" / "report" / f"beta-20261124T110000Z.{kind}" for kind in ("html", "jsonl"))
    assert sorted((tmp_path / "made" / "report").iterdir()) == [page, copy]
    assert page.read_text().startswith("<!doctype html>")
    assert bundles.read(copy) == rollback()
    assert f"ROLLBACK: {page}" in result.output.replace("\n", "")


def test_said_again_it_writes_the_same(evidence: Path, tmp_path: Path) -> None:
    _report("--evidence", evidence, "--out", tmp_path / "report")
    written = {file: file.read_bytes() for file in (tmp_path / "report").iterdir()}

    assert _report("--evidence", evidence, "--out", tmp_path / "report").exit_code == 0
    assert {file: file.read_bytes() for file in (tmp_path / "report").iterdir()} == written


def test_programs_are_told_where_the_files_are(evidence: Path, tmp_path: Path) -> None:
    document = json.loads(_report("--json", "--evidence", evidence, "--out", tmp_path / "report").output)

    assert document == {
        "outcome": "ROLLBACK",
        "page": str(tmp_path / "report" / "beta-20261124T110000Z.html"),
        "evidence": str(tmp_path / "report" / "beta-20261124T110000Z.jsonl"),
    }


def test_a_file_that_is_no_bundle_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "other.jsonl").write_text("{}\n")

    result = _report("--evidence", tmp_path / "other.jsonl", "--out", tmp_path / "report")

    assert result.exit_code == 1
    assert "other.jsonl, line 1" in result.output
    assert not (tmp_path / "report").exists()
