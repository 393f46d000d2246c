"""One commit, two machines, one cloud assembly: nothing of a machine may show in a template or an asset's hash."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.review.checkouts import copy_work_tree, link_dependencies

pytestmark = pytest.mark.slow

_NOBODY: Final = 65534
# Another user, who may read what is installed here wherever it is; only root can become one.
_AS_NOBODY: Final = (
    *("setpriv", "--reuid", str(_NOBODY), "--regid", str(_NOBODY), "--clear-groups"),
    *("--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search", "--"),
)
_CAN_BE_NOBODY: Final = os.geteuid() == 0 and shutil.which("setpriv") is not None
# The program that packs a function when it is published is this machine's.
_MACHINES_OWN: Final = re.compile(r'"[^"]*/\.venv/bin/python[\d.]*"')


@dataclass(frozen=True)
class Machine:
    """`as_nobody` runs as another user than the tests do, where that is possible."""

    folder: str
    umask: int
    variables: Mapping[str, str]
    last_first: bool
    as_nobody: bool


ONE: Final = Machine(
    folder="one",
    umask=0o022,
    variables={"TZ": "UTC", "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "PYTHONHASHSEED": "1"},
    last_first=False,
    as_nobody=False,
)
OTHER: Final = Machine(
    folder="the other",
    umask=0o077,
    variables={"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "LANG": "C", "PYTHONHASHSEED": "2"},
    last_first=True,
    as_nobody=_CAN_BE_NOBODY,
)


@pytest.fixture(scope="module")
def assemblies() -> Iterator[tuple[Path, Path]]:
    """Two cloud assemblies. Not in pytest's own folder, which another user may not enter."""
    with tempfile.TemporaryDirectory(prefix="machines-") as folder:
        Path(folder).chmod(0o755)
        yield _synthesised(Path(folder), ONE), _synthesised(Path(folder), OTHER)


def test_every_file_of_the_assembly_is_the_same(assemblies: tuple[Path, Path]) -> None:
    one, other = map(_contents, assemblies)

    assert len(one) > 50
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []


def test_the_packages_files_have_the_same_modes_which_go_into_the_zip(assemblies: tuple[Path, Path]) -> None:
    one, other = map(_modes, assemblies)

    assert one
    assert one == other


def test_a_second_synthesis_builds_no_package_again(assemblies: tuple[Path, Path]) -> None:
    checkout = assemblies[0].parent
    before = _packages(checkout)

    _synthesise(checkout, ONE)

    assert before
    assert _packages(checkout) == before


def _synthesised(folder: Path, machine: Machine) -> Path:
    checkout = folder / machine.folder
    copy_work_tree(checkout, last_first=machine.last_first)
    link_dependencies(checkout)
    (checkout / "home").mkdir()
    if machine.as_nobody:
        for path in (checkout, *checkout.rglob("*")):
            os.chown(path, _NOBODY, _NOBODY, follow_symlinks=False)
    _synthesise(checkout, machine)
    return checkout / "cdk.out"


def _synthesise(checkout: Path, machine: Machine) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
    done = subprocess.run(
        [
            *(_AS_NOBODY if machine.as_nobody else ()),
            "node_modules/.bin/cdk",
            "synth",
            "--quiet",
            "--no-notices",
            "*/*",
        ],
        cwd=checkout,
        env={**kept, **machine.variables, "HOME": str(checkout / "home"), "CDK_DISABLE_CLI_TELEMETRY": "true"},
        capture_output=True,
        text=True,
        check=False,
        umask=machine.umask,
    )
    assert done.returncode == 0, done.stderr


def _contents(assembly: Path) -> dict[str, bytes]:
    """By path, without what may name the machine: the checkout's folder and the program of its virtual environment."""
    checkout = str(assembly.parent)
    found = {}
    for path in sorted(assembly.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            if path.suffix == ".json":
                text = content.decode().replace(checkout, "<checkout>")
                json.loads(text)
                content = _MACHINES_OWN.sub('"<python>"', text).encode()
            found[path.relative_to(assembly).as_posix()] = content
    return found


def _modes(assembly: Path) -> dict[str, int]:
    return {
        path.relative_to(assembly).as_posix(): path.stat().st_mode & 0o777
        for package in assembly.glob("asset.*")
        for path in package.rglob("*")
        if path.is_file()
    }


def _packages(checkout: Path) -> dict[str, tuple[int, int]]:
    """Each package's folder with its inode and when its content was put there: built again, both differ."""
    return {
        package.name: (package.stat().st_ino, package.stat().st_mtime_ns) for package in (checkout / "build").iterdir()
    }
