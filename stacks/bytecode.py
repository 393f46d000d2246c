"""Compiled modules in a package: Lambda's file system is read-only, so that it would compile at every cold start."""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from stacks.environments import BundlePlatform
from stacks.extension_layers import Architecture
from stacks.wheels import LAMBDA_PYTHON

# Lambda runs the package as another user.
_UMASK = 0o022


class Bytecode:
    """Compiled modules, where the right interpreter is at hand: without them the package does the same, slower.

    A package's identity says that they are wanted and not whether they could be had, so that it is the same on machines
    with and without that interpreter. Unchecked, because file times in a package say nothing.
    https://docs.python.org/3/library/py_compile.html#py_compile.PycInvalidationMode
    """

    def identity(self, _target: BundlePlatform, _architecture: Architecture) -> bytes:
        return b"bytecode"

    def add_to(self, folder: Path, target: BundlePlatform, _architecture: Architecture) -> None:
        if (interpreter := _interpreter(target)) is None:
            return
        # By a process of its own, since what is written of a constant depends on what else a process has loaded.
        command = [interpreter, "-I", "-m", "compileall", "-qq", "-s", str(folder)]
        command += ["--invalidation-mode", "unchecked-hash", str(folder)]
        # It fails at a module that is not Python's own syntax, as some packages have, after it compiled the others.
        subprocess.run(command, capture_output=True, check=False, umask=_UMASK)


def _interpreter(target: BundlePlatform) -> str | None:
    if target is BundlePlatform.THIS_MACHINE or sysconfig.get_python_version() == LAMBDA_PYTHON:
        return sys.executable
    return shutil.which(f"python{LAMBDA_PYTHON}")
