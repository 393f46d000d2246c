"""The functions' deployment packages, built without Docker and the same on every machine.

A package holds our own packages from `lambda/` and the dependencies locked in `lambda/requirements.lock`, fetched as
wheels for the platform the function runs on. Packages are named by the hash of what goes in, so a second synth finds
them built, and two processes that build at once cannot disturb each other.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from stacks.environments import BundlePlatform
from stacks.extension_layers import Architecture

REPOSITORY: Final = Path(__file__).resolve().parent.parent
LAMBDA_ROOT: Final = REPOSITORY / "lambda"
LOCK: Final = LAMBDA_ROOT / "requirements.lock"
BUILD: Final = REPOSITORY / "build"

LAMBDA_PYTHON: Final = "3.13"
# Amazon Linux 2023 has glibc 2.34, so it runs wheels made for any manylinux up to that.
_WHEEL_PLATFORMS: Final = {
    Architecture.ARM64: ("manylinux2014_aarch64", "manylinux_2_28_aarch64"),
    Architecture.X86_64: ("manylinux2014_x86_64", "manylinux_2_28_x86_64"),
}


class BundleError(RuntimeError):
    """A package could not be built; the message says what to do."""


def build_bundle(packages: Sequence[str], target: BundlePlatform, architecture: Architecture) -> Path:
    """The folder of a function's package, built if it is not there yet.

    `packages` are folders of `lambda/`. Raises BundleError when the dependencies cannot be fetched.
    """
    digest = hashlib.sha256("\n".join((_target_key(target, architecture), LOCK.read_text())).encode())
    for package in packages:
        for source in _sources(package):
            digest.update(f"{source.relative_to(LAMBDA_ROOT).as_posix()}\0".encode())
            digest.update(source.read_bytes())
    bundle = BUILD / f"{packages[0].replace('_', '-')}-{digest.hexdigest()[:16]}"
    if bundle.is_dir():
        return bundle

    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD, prefix="unfinished-") as workplace:
        unfinished = Path(workplace) / "package"
        unfinished.mkdir()
        _install_dependencies(unfinished, target, architecture)
        for package in packages:
            for source in _sources(package):
                copy = unfinished / source.relative_to(LAMBDA_ROOT)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, copy)
        _make_readable(unfinished)
        _publish(unfinished, bundle)
    return bundle


def _sources(package: str) -> Iterator[Path]:
    for source in sorted((LAMBDA_ROOT / package).rglob("*")):
        if source.is_file() and "__pycache__" not in source.parts:
            yield source


def _target_key(target: BundlePlatform, architecture: Architecture) -> str:
    if target is BundlePlatform.LAMBDA:
        return f"lambda {LAMBDA_PYTHON} {architecture}"
    return f"{platform.python_implementation()} {sysconfig.get_python_version()} {sysconfig.get_platform()}"


def _install_dependencies(folder: Path, target: BundlePlatform, architecture: Architecture) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-qq", "install"]
    command += [
        "--target",
        str(folder),
        "--no-deps",
        "--no-compile",
        "--require-hashes",
        "--only-binary",
        ":all:",
    ]
    if target is BundlePlatform.LAMBDA:
        command += ["--implementation", "cp", "--python-version", LAMBDA_PYTHON]
        for wheel_platform in _WHEEL_PLATFORMS[architecture]:
            command += ["--platform", wheel_platform]
    command += ["--requirement", str(LOCK)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BundleError(
            f"pip could not install {LOCK.relative_to(REPOSITORY)} for {_target_key(target, architecture)}; "
            f"is the package index reachable?\n{done.stderr.strip()}"
        )
    # Scripts carry this machine's interpreter in their first line, and pip's records differ with it.
    shutil.rmtree(folder / "bin", ignore_errors=True)
    for record in folder.glob("*.dist-info/RECORD"):
        record.unlink()


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
