"""The functions' deployment packages, built without Docker and the same on every machine.

A package holds our own packages from `lambda/`, the dependencies of a lock file, and what its parts bring besides. It
is named by the hash of all that goes in, so a second build finds the first, and two processes that build at once
cannot disturb each other.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from stacks.bytecode import Bytecode
from stacks.environments import BundlePlatform
from stacks.extension_layers import Architecture
from stacks.wheels import install_wheels, target_key

REPOSITORY: Final = Path(__file__).resolve().parent.parent
LAMBDA_ROOT: Final = REPOSITORY / "lambda"
BUILD: Final = REPOSITORY / "build"


class Part(Protocol):
    """Something a package holds besides code and wheels."""

    def identity(self, target: BundlePlatform, architecture: Architecture) -> bytes:
        """What tells this part from any other, without building it."""

    def add_to(self, folder: Path, target: BundlePlatform, architecture: Architecture) -> None:
        """Put the part into the package's folder. Raises BundleError."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What a package is made of: folders of `lambda/`, a lock file, and parts in the order they are added.

    `lock` None is a package that needs nothing but what Lambda's runtime brings, boto3 among it.
    """

    name: str
    packages: Sequence[str]
    lock: Path | None
    parts: Sequence[Part] = ()

    def digest(self, target: BundlePlatform, architecture: Architecture) -> str:
        """Hex SHA-256 of everything that goes in; the same on every machine for Lambda's platform."""
        digest = hashlib.sha256("\n".join((target_key(target, architecture), self._locked())).encode())
        for source in self.sources():
            digest.update(f"{source.relative_to(LAMBDA_ROOT).as_posix()}\0".encode())
            digest.update(source.read_bytes())
        for part in self.parts:
            digest.update(part.identity(target, architecture))
        return digest.hexdigest()

    def _locked(self) -> str:
        return "" if self.lock is None else self.lock.read_text()

    def sources(self) -> Iterator[Path]:
        for package in self.packages:
            for source in sorted((LAMBDA_ROOT / package).rglob("*")):
                if source.is_file() and source.suffix not in {".pyc", ".txt", ".lock"}:
                    yield source


MOCK_READ: Final = Recipe(
    name="mock-read",
    packages=("mock_read", "shared"),
    lock=LAMBDA_ROOT / "mock_read" / "requirements.lock",
    parts=(Bytecode(),),
)
ROLLBACK_GUARDIAN: Final = Recipe(name="rollback-guardian", packages=("rollback_guardian", "shared"), lock=None)
PRE_TRAFFIC_HOOK: Final = Recipe(name="pre-traffic-hook", packages=("pre_traffic_hook", "shared"), lock=None)


def build_bundle(recipe: Recipe, target: BundlePlatform, architecture: Architecture, build: Path = BUILD) -> Path:
    """The folder of a function's package, built below `build` if it is not there yet.

    Raises BundleError when a part of it cannot be had.
    """
    bundle = build / f"{recipe.name}-{recipe.digest(target, architecture)[:16]}"
    if bundle.is_dir():
        return bundle

    build.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build, prefix="unfinished-") as workplace:
        unfinished = Path(workplace) / "package"
        unfinished.mkdir()
        if recipe.lock is not None:
            install_wheels(recipe.lock, unfinished, target, architecture)
        for source in recipe.sources():
            copy = unfinished / source.relative_to(LAMBDA_ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
        _make_readable(unfinished)
        for part in recipe.parts:
            part.add_to(unfinished, target, architecture)
        _publish(unfinished, bundle)
    return bundle


def _make_readable(folder: Path) -> None:
    """The same modes under every umask; Lambda runs the package as another user."""
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _publish(unfinished: Path, bundle: Path) -> None:
    try:
        os.replace(unfinished, bundle)  # noqa: PTH105 — Path.replace documents files only
    except OSError:
        if not bundle.is_dir():  # another process was first, with the same content
            raise
