"""`python -m review` in a repository of its own, against the real app."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.review.checkouts import REPOSITORY, commit_all, copy_work_tree, link_dependencies

pytestmark = pytest.mark.slow

# File → what stands there, and what a careless change makes of it.
WIDENED: Final = (
    "stacks/observed_function.py",
    '"xray:PutTelemetryRecords"',
    '"xray:PutTelemetryRecords", "xray:Get*"',
)
LOWERED: Final = ("stacks/environments.py", "error_rate_limit_percent=2.0", "error_rate_limit_percent=1.0")
RENAMED: Final = ("lambda/shared/names.py", 'f"{self.prefix}-immediate"', 'f"{self.prefix}-at-once"')


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The work tree as one commit, with the packages that are built here."""
    folder = tmp_path_factory.mktemp("review") / "a checkout"
    copy_work_tree(folder)
    commit_all(folder, "base")
    link_dependencies(folder)
    (REPOSITORY / "build").mkdir(exist_ok=True)
    (folder / "build").symlink_to(REPOSITORY / "build", target_is_directory=True)
    return folder


@pytest.fixture
def base(repository: Path) -> Iterator[str]:
    """The first commit; the work tree is put back to it afterwards."""
    first = _git(repository, "rev-list", "--max-parents=0", "HEAD")
    yield first
    _git(repository, "reset", "--quiet", "--hard", first)


def _git(repository: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=repository, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _review(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [".venv/bin/python", "-m", "review", *arguments]
    return subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)


def _edit(repository: Path, file: str, old: str, new: str) -> None:
    text = (repository / file).read_text()
    assert old in text, f"{file} no longer says {old}"
    (repository / file).write_text(text.replace(old, new))


def test_a_wider_statement_a_lower_threshold_and_a_replacement_are_at_the_top(repository: Path, base: str) -> None:
    for change in (WIDENED, LOWERED, RENAMED):
        _edit(repository, *change)
    commit_all(repository, "careless")

    done = _review(repository, base)

    assert done.returncode == 0, done.stderr
    top, _, folded = done.stdout.partition("<details>")
    assert "statement `SendTraces` **wider**: Action + `xray:Get*` (dev, beta, prod)" in top
    assert "Threshold **lowered** `2` → `1` (dev, beta, prod)" in top
    assert "**will be replaced**, because `Name` differs (dev, beta, prod)" in top
    assert "[+] huntaze-at-once" in folded
    assert "sandbox" not in done.stdout


def test_a_comment_makes_no_difference_and_base_comes_from_the_cache(repository: Path, base: str) -> None:
    _review(repository, base)
    _edit(repository, "app.py", '"""CDK entry point', '# A remark.\n"""CDK entry point')

    done = _review(repository, base)

    assert done.returncode == 0, done.stderr
    assert "**no differences**" in done.stdout
    assert "base: synthesising" not in done.stderr


def test_json_is_one_document(repository: Path, base: str) -> None:
    _edit(repository, *LOWERED)

    done = _review(repository, base, "--json", "--output", "comment.md")

    document: dict[str, Any] = json.loads(done.stdout)
    assert document["differs"] is True
    assert {"alarms", "thresholds"} <= {remark["heading"] for remark in document["remarks"]}
    assert "### Read this first" in (repository / "comment.md").read_text()
    (repository / "comment.md").unlink()


def test_an_unknown_base_is_wrong_usage(repository: Path, base: str) -> None:
    done = _review(repository, "no-such-branch")

    assert done.returncode == 2
    assert "'no-such-branch' is no commit here" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_head_that_does_not_synthesise_fails_and_says_why(repository: Path, base: str) -> None:
    _edit(repository, *(LOWERED[0], LOWERED[1], "error_rate_limit_percent=0.0"))

    done = _review(repository, base)

    assert done.returncode == 1
    assert "**The head does not synthesise.**" in done.stdout
    assert "error_rate_limit_percent is 0.0; accepted: a number from 0.1 to 50" in done.stdout


def test_a_base_that_does_not_synthesise_is_said_and_head_is_shown(repository: Path, base: str) -> None:
    _edit(repository, "app.py", "import os\n", "import os\nimport no_such_module\n")
    broken = commit_all(repository, "broken")
    _git(repository, "revert", "--no-edit", "HEAD")

    done = _review(repository, broken)

    assert done.returncode == 0, done.stderr
    assert "**The base does not synthesise.**" in done.stdout
    assert "No module named 'no_such_module'" in done.stdout
    assert "AWS::CloudWatch::Alarm `huntaze-dev-lambda-error-rate-gt-2pct` **added**" in done.stdout


def test_dependencies_locked_otherwise_are_installed_for_base_alone(repository: Path, base: str) -> None:
    """With a lock of base's own that cannot be installed, since a whole install takes a minute."""
    _edit(repository, "requirements.lock", "aws-cdk-lib==", "aws-cdk-lib-of-another-name==")
    other = commit_all(repository, "another lock")
    _git(repository, "checkout", "--quiet", base, "--", "requirements.lock")
    commit_all(repository, "the lock of before")

    done = _review(repository, other)

    assert "base: installing its own requirements.lock" in done.stderr
    assert "its requirements.lock could not be installed" in done.stdout
    assert (repository / ".venv" / "bin" / "python").exists()
