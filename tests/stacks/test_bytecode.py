"""Compiled modules in the packages: there where they can be, the same wherever they are made, and never in the way."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from struct import unpack_from

import pytest

from stacks.bundle import LAMBDA_ROOT, MOCK_READ, build_bundle
from stacks.bytecode import Bytecode
from stacks.environments import BundlePlatform
from stacks.extension_layers import Architecture
from stacks.prisma_bundle import PRISMA
from stacks.wheels import LAMBDA_PYTHON


def _python_of_lambda() -> str | None:
    found = shutil.which(f"python{LAMBDA_PYTHON}")
    if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
        return found
    return None


def _compiled(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.pyc")}


def test_the_packages_that_users_wait_for_are_compiled() -> None:
    for recipe in (MOCK_READ, PRISMA):
        assert any(isinstance(part, Bytecode) for part in recipe.parts), recipe.name

    package = build_bundle(MOCK_READ, BundlePlatform.THIS_MACHINE, Architecture.X86_64)

    compiled = {name.rpartition("/")[2].partition(".")[0] for name in _compiled(package)}
    assert compiled >= {path.stem for path in (LAMBDA_ROOT / "mock_read").glob("*.py")}


@pytest.mark.skipif(
    _python_of_lambda() is None and sys.version_info[:2] != (3, 13), reason="no Python 3.13 on this machine"
)
def test_bytecode_is_of_lambdas_interpreter_and_checks_no_file_times(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("ANSWER = 42\n")

    Bytecode().add_to(tmp_path, BundlePlatform.LAMBDA, Architecture.X86_64)

    (compiled,) = tmp_path.rglob("*.pyc")
    assert compiled.name == "module.cpython-313.pyc"
    # https://peps.python.org/pep-0552/: bit 0 says that the file holds a hash, bit 1 that it is checked.
    assert unpack_from("<I", compiled.read_bytes(), 4)[0] == 0b01


def test_bytecode_is_the_same_and_may_be_read_wherever_and_under_whatever_umask_it_is_made(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "a folder with spaces" / "there"
    for folder in (here, there):
        shutil.copytree(LAMBDA_ROOT, folder, ignore=shutil.ignore_patterns("__pycache__"))
    Bytecode().add_to(here, BundlePlatform.THIS_MACHINE, Architecture.ARM64)
    program = (
        "import pathlib, sys\n"
        "from stacks.bytecode import Bytecode\n"
        "from stacks.environments import BundlePlatform\n"
        "from stacks.extension_layers import Architecture\n"
        "Bytecode().add_to(pathlib.Path(sys.argv[1]), BundlePlatform.THIS_MACHINE, Architecture.ARM64)\n"
    )
    # Another user of another machine, as far as Python can tell.
    environment = {**os.environ, "TZ": "Asia/Kathmandu", "LC_ALL": "C", "HOME": "/", "PYTHONHASHSEED": "1"}

    subprocess.run(
        [sys.executable, "-c", program, str(there)], cwd=LAMBDA_ROOT.parent, env=environment, umask=0o077, check=True
    )

    assert _compiled(here)
    assert _compiled(there) == _compiled(here)
    for path in there.rglob("*.pyc"):
        assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o644, 0o755)


def test_a_module_that_cannot_be_compiled_leaves_the_others_compiled(tmp_path: Path) -> None:
    (tmp_path / "a_template.py").write_text("def {{ not Python }}\n")
    (tmp_path / "module.py").write_text("ANSWER = 42\n")

    Bytecode().add_to(tmp_path, BundlePlatform.THIS_MACHINE, Architecture.ARM64)

    (compiled,) = tmp_path.rglob("*.pyc")
    assert compiled.name.startswith("module.")


def test_a_packages_identity_does_not_depend_on_the_interpreter_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    digest = MOCK_READ.digest(BundlePlatform.LAMBDA, Architecture.ARM64)
    monkeypatch.setenv("PATH", "")
    assert MOCK_READ.digest(BundlePlatform.LAMBDA, Architecture.ARM64) == digest
