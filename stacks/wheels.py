"""Locked dependencies, fetched as wheels for the platform that a function runs on."""

import platform
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Final

from stacks.environments import BundlePlatform
from stacks.extension_layers import Architecture

LAMBDA_PYTHON: Final = "3.13"
# Amazon Linux 2023 has glibc 2.34, so it runs wheels made for any manylinux up to that.
_WHEEL_PLATFORMS: Final = {
    Architecture.ARM64: ("manylinux2014_aarch64", "manylinux_2_28_aarch64"),
    Architecture.X86_64: ("manylinux2014_x86_64", "manylinux_2_28_x86_64"),
}


class BundleError(RuntimeError):
    """A package could not be built; the message says what to do."""


def target_key(target: BundlePlatform, architecture: Architecture) -> str:
    """What decides which wheels fit, as text."""
    if target is BundlePlatform.LAMBDA:
        return f"lambda {LAMBDA_PYTHON} {architecture}"
    return f"{platform.python_implementation()} {sysconfig.get_python_version()} {sysconfig.get_platform()}"


def install_wheels(lock: Path, folder: Path, target: BundlePlatform, architecture: Architecture) -> None:
    """Unpack what `lock` pins into `folder`, checked against its hashes. Raises BundleError."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-qq", "install"]
    command += ["--target", str(folder), "--no-deps", "--no-compile", "--require-hashes", "--only-binary", ":all:"]
    if target is BundlePlatform.LAMBDA:
        command += ["--implementation", "cp", "--python-version", LAMBDA_PYTHON]
        for wheel_platform in _WHEEL_PLATFORMS[architecture]:
            command += ["--platform", wheel_platform]
    done = subprocess.run([*command, "--requirement", str(lock)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BundleError(
            f"pip could not install {lock.parent.name}/{lock.name} for {target_key(target, architecture)}; "
            f"is the package index reachable?\n{done.stderr.strip()}"
        )
    # Scripts carry this machine's interpreter in their first line, and pip's records differ with it.
    shutil.rmtree(folder / "bin", ignore_errors=True)
    for record in folder.glob("*.dist-info/RECORD"):
        record.unlink()
