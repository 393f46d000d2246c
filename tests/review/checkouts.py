"""Checkouts of the work tree as it is, committed or not, with the dependencies that are installed here."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).resolve().parents[2]
_IDENTITY: Final = {"user.name": "Tests", "user.email": "tests@example.com", "commit.gpgSign": "false"}


def copy_work_tree(folder: Path, *, last_first: bool = False) -> None:
    """What git would commit, in a folder that does not exist yet. The order may decide in which order folders list."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    for name in sorted(filter(None, listed), reverse=last_first):
        if (REPOSITORY / name).is_file():
            copy = folder / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, copy)


def link_dependencies(folder: Path) -> None:
    """What `make setup` installs."""
    for name in (".venv", "node_modules"):
        (folder / name).symlink_to(REPOSITORY / name, target_is_directory=True)


def commit_all(folder: Path, message: str) -> str:
    """Commit everything, in a repository made here if need be. Returns the commit."""
    if not (folder / ".git").exists():
        subprocess.run(["git", "init", "--quiet", "--initial-branch", "main"], cwd=folder, check=True)
        for name, value in _IDENTITY.items():
            subprocess.run(["git", "config", name, value], cwd=folder, check=True)
        with (folder / ".git" / "info" / "exclude").open("a") as exclude:
            # Linked here, and the ignore file names folders.
            exclude.write(".venv\nnode_modules\nbuild\n")
    subprocess.run(["git", "add", "--all"], cwd=folder, check=True)
    subprocess.run(["git", "commit", "--quiet", "--message", message], cwd=folder, check=True)
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()
