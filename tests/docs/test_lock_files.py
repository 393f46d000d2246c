"""What is locked is what was asked for, and what ships is a part of what is tested."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).resolve().parents[2]
LOCK = REPOSITORY / "requirements.lock"
FUNCTION_LOCKS = sorted((REPOSITORY / "lambda").glob("*/requirements.lock"))
# Each with the lock file that `make lock` makes of it.
ASKED = [
    (REPOSITORY / "requirements.txt", LOCK),
    (REPOSITORY / "requirements-dev.txt", LOCK),
    *((lock.with_suffix(".txt"), lock) for lock in FUNCTION_LOCKS),
]


def named(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def requirements(path: Path) -> list[Requirement]:
    """The requirements of a file, with the hashes and options of each line left out."""
    lines = path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    texts = (line.split(" --hash")[0].split(" #")[0].strip() for line in lines)
    return [Requirement(text) for text in texts if text and not text.startswith(("#", "-"))]


def pins(path: Path) -> dict[str, set[str]]:
    """The versions of each package; more than one where they differ by platform or Python."""
    found: dict[str, set[str]] = {}
    for requirement in requirements(path):
        found.setdefault(canonicalize_name(requirement.name), set()).add(str(requirement.specifier))
    return found


def read_json(name: str) -> dict[str, Any]:
    return dict(json.loads((REPOSITORY / name).read_text(encoding="utf-8")))


@pytest.mark.parametrize(("asked", "lock"), ASKED, ids=named)
def test_every_pin_is_locked_at_its_version(asked: Path, lock: Path) -> None:
    locked = pins(lock)
    assert pins(asked)
    for package, versions in pins(asked).items():
        assert versions <= locked.get(package, set()), f"{package} of {named(asked)}: make lock"


@pytest.mark.parametrize("lock", [LOCK, *FUNCTION_LOCKS], ids=named)
def test_every_locked_package_has_one_exact_version_and_hashes(lock: Path) -> None:
    entries = lock.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    for entry in entries:
        assert "==" in entry.split(" --hash")[0], entry
        assert "--hash=sha256:" in entry, entry


@pytest.mark.parametrize("lock", FUNCTION_LOCKS, ids=named)
def test_a_function_ships_the_versions_that_are_tested(lock: Path) -> None:
    tested = pins(LOCK)
    for package, versions in pins(lock).items():
        assert versions <= tested.get(package, set()), f"{package} of {named(lock)}: make lock"


def test_npm_s_lock_file_is_of_this_package() -> None:
    package, locked = read_json("package.json"), read_json("package-lock.json")["packages"]
    for kind in ("dependencies", "devDependencies"):
        assert locked[""][kind] == package[kind], "npm install --package-lock-only"
        for name, version in package[kind].items():
            assert locked[f"node_modules/{name}"]["version"] == version


def test_prisma_s_packages_stay_at_the_client_s_release() -> None:
    dependencies = read_json("package.json")["dependencies"]
    versions = {version for name, version in dependencies.items() if "prisma" in name}
    assert versions == {"5.17.0"}


def test_hooks_run_the_tools_that_are_locked_and_fetch_nothing() -> None:
    (repository,) = yaml.safe_load((REPOSITORY / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert repository["repo"] == "local"
    for hook in repository["hooks"]:
        assert hook["language"] == "system"
        tool = hook["entry"].split()[0]
        assert tool in {".venv/bin/ruff", ".venv/bin/mypy", ".venv/bin/python"}


def test_what_updates_must_leave_alone_is_left_alone() -> None:
    updates = yaml.safe_load((REPOSITORY / ".github" / "dependabot.yml").read_text(encoding="utf-8"))["updates"]
    ignored = {
        update["package-ecosystem"]: {rule["dependency-name"] for rule in update.get("ignore", [])}
        for update in updates
    }
    assert "prisma" in ignored["pip"]
    assert {"prisma", "@prisma/*"} <= ignored["npm"]


def test_updates_look_at_every_folder_that_asks_for_packages() -> None:
    updates = yaml.safe_load((REPOSITORY / ".github" / "dependabot.yml").read_text(encoding="utf-8"))["updates"]
    (of_python,) = (update for update in updates if update["package-ecosystem"] == "pip")
    folders = {f"/{asked.parent.relative_to(REPOSITORY).as_posix()}".replace("/.", "/") for asked, _ in ASKED}
    assert set(of_python["directories"]) == folders


def test_the_project_has_the_release_that_the_changelog_expects() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] in (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
