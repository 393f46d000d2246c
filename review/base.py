"""The commit to compare with: found, unpacked beside its dependencies, synthesised, and kept for the next time."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from review.assembly import Assembly, AssemblyError, read_assembly
from review.synthesis import FINGERPRINT, SynthesisError, synthesise

_CACHE: Final = Path(".cache") / "review"
_KEPT_ASSEMBLIES: Final = 20
# Folder that `make` installs into → what decides its content.
_INSTALLED: Final = {".venv": "requirements.lock", "node_modules": "package-lock.json"}
# What an assembly is read from; templates lie beside their manifests.
_READ: Final = ("*.template.json", "manifest.json", "validation-report.json")


class UnknownBaseError(ValueError):
    """There is nothing to compare with under that name; the message says what to do."""


@dataclass(frozen=True)
class Base:
    """A commit of the repository, as a full hash."""

    repository: Path
    commit: str


def find_base(repository: Path, name: str) -> Base:
    """Where the work tree's history and `name` part, so that what others landed since is not shown as undone.

    Raises UnknownBaseError.
    """
    commit = _git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if commit is None:
        raise UnknownBaseError(
            f"{name!r} is no commit here; fetch it first, or say another: make diff BASE=origin/main"
        )
    parted = _git(repository, "merge-base", commit, "HEAD")
    if parted is None:
        raise UnknownBaseError(
            f"{name!r} and HEAD share no history here; in a shallow clone, say git fetch --unshallow"
        )
    return Base(repository, parted)


def synthesise_base(base: Base, *, on_step: Callable[[str], None]) -> Assembly:
    """From the cache where it was synthesised before. Raises SynthesisError."""
    kept = base.repository / _CACHE / _key(base.commit)
    try:
        assembly = read_assembly(kept)
    except AssemblyError:
        pass
    else:
        kept.touch()
        return assembly
    (base.repository / _CACHE).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=base.repository / _CACHE, prefix="unfinished-") as workplace:
        tree, output = Path(workplace) / "tree", Path(workplace) / "cdk.out"
        _unpack(base, tree)
        _install(base.repository, tree, on_step=on_step)
        on_step("base: synthesising")
        assembly = synthesise(tree, output)
        _keep(output, kept)
    return assembly


def _git(repository: Path, *arguments: str) -> str | None:
    done = subprocess.run(["git", *arguments], cwd=repository, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def _key(commit: str) -> str:
    circumstances = f"{FINGERPRINT} {sys.version_info.major}.{sys.version_info.minor}"
    return f"{commit}-{hashlib.sha256(circumstances.encode()).hexdigest()[:8]}"


def _unpack(base: Base, tree: Path) -> None:
    tree.mkdir()
    archive = tree.with_suffix(".tar")
    subprocess.run(["git", "archive", "--output", str(archive), base.commit], cwd=base.repository, check=True)
    subprocess.run(["tar", "-xf", str(archive), "-C", str(tree)], check=True)


def _install(repository: Path, tree: Path, *, on_step: Callable[[str], None]) -> None:
    """Head's dependencies where they are locked alike, else the base's own. Raises SynthesisError."""
    for folder, lock in _INSTALLED.items():
        if _same(repository / lock, tree / lock):
            (tree / folder).symlink_to(repository / folder, target_is_directory=True)
            continue
        on_step(f"base: installing its own {lock} (once for this commit)")
        done = subprocess.run(
            ["make", f"{folder}/.ready"], cwd=tree, capture_output=True, text=True, check=False, env=_plain_make()
        )
        if done.returncode != 0:
            raise SynthesisError(f"its {lock} could not be installed:\n{done.stderr.strip()}")
    # The functions' packages are named by all that goes into them, so both sides can share them.
    (repository / "build").mkdir(exist_ok=True)
    (tree / "build").symlink_to(repository / "build", target_is_directory=True)


def _plain_make() -> dict[str, str]:
    """Without what a make that runs us hands to the makes below it."""
    return {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}


def _same(one: Path, other: Path) -> bool:
    return one.is_file() and other.is_file() and one.read_bytes() == other.read_bytes()


def _keep(output: Path, kept: Path) -> None:
    """Publish what is read of the assembly, and forget the oldest."""
    lean = output.with_name("kept")
    for pattern in _READ:
        for source in output.rglob(pattern):
            copy = lean / source.relative_to(output)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
    try:
        lean.rename(kept)
    except OSError:
        if not kept.is_dir():  # another process was first, with the same content
            raise
    assemblies = sorted(kept.parent.glob("[0-9a-f]*"), key=lambda folder: folder.stat().st_mtime, reverse=True)
    for old in assemblies[_KEPT_ASSEMBLIES:]:
        shutil.rmtree(old, ignore_errors=True)
