import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from stacks import bundle as bundling
from stacks.bundle import LAMBDA_ROOT, MOCK_READ, PRE_TRAFFIC_HOOK, ROLLBACK_GUARDIAN, Recipe, build_bundle
from stacks.environments import BundlePlatform
from stacks.extension_layers import Architecture
from stacks.wheels import BundleError

# e_machine of an ELF file: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
ELF_MACHINES = {Architecture.ARM64: 183, Architecture.X86_64: 62}


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("architecture", Architecture)
def test_native_code_in_a_package_is_of_the_functions_architecture(architecture: Architecture) -> None:
    package = build_bundle(MOCK_READ, BundlePlatform.LAMBDA, architecture)

    shared_objects = list(package.rglob("*.so"))
    assert shared_objects
    for shared_object in shared_objects:
        assert "cpython-313" in shared_object.name
        (machine,) = struct.unpack_from("<H", shared_object.read_bytes(), 18)
        assert machine == ELF_MACHINES[architecture], shared_object.name


def test_a_second_build_makes_nothing_anew() -> None:
    first = build_bundle(MOCK_READ, BundlePlatform.LAMBDA, Architecture.ARM64)
    made = first.stat().st_ctime_ns

    second = build_bundle(MOCK_READ, BundlePlatform.LAMBDA, Architecture.ARM64)

    assert second == first
    assert second.stat().st_ctime_ns == made


def test_a_package_is_the_same_wherever_and_under_whatever_umask_it_is_built(tmp_path: Path) -> None:
    here = build_bundle(MOCK_READ, BundlePlatform.LAMBDA, Architecture.ARM64)
    elsewhere = tmp_path / "a folder with spaces"
    program = (
        "import pathlib, sys\n"
        "from stacks.bundle import MOCK_READ, build_bundle\n"
        "from stacks.environments import BundlePlatform\n"
        "from stacks.extension_layers import Architecture\n"
        "print(build_bundle(MOCK_READ, BundlePlatform.LAMBDA, Architecture.ARM64, pathlib.Path(sys.argv[1])))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(elsewhere)],
        cwd=bundling.REPOSITORY,
        env={**os.environ, "TZ": "Asia/Kathmandu", "LC_ALL": "C"},
        umask=0o077,
        capture_output=True,
        text=True,
        check=True,
    )

    there = Path(done.stdout.strip())
    assert _files(there) == _files(here)
    assert {path.stat().st_mode & 0o777 for path in there.rglob("*") if path.is_file()} == {0o644}


def test_a_package_holds_no_scripts_and_nothing_of_botocore() -> None:
    package = build_bundle(MOCK_READ, BundlePlatform.LAMBDA, Architecture.ARM64)

    assert not (package / "bin").exists()
    assert not (package / "botocore").exists()
    assert (package / "mock_read" / "handler.py").is_file()


@pytest.mark.parametrize(
    ("recipe", "package"), [(ROLLBACK_GUARDIAN, "rollback_guardian"), (PRE_TRAFFIC_HOOK, "pre_traffic_hook")]
)
def test_a_package_without_dependencies_holds_our_own_code_alone_and_imports_with_nothing_but_boto3(
    recipe: Recipe, package: str
) -> None:
    folder = build_bundle(recipe, BundlePlatform.LAMBDA, Architecture.ARM64)

    assert {path.name for path in folder.iterdir()} == {package, "shared"}
    program = f"""
import sys
sys.path[:0] = [{str(folder)!r}]
import {package}.composition
print(sorted({{name.partition(".")[0] for name in sys.modules}} & {{"prisma", "aws_xray_sdk", "httpx", "pydantic"}}))
"""
    done = subprocess.run([sys.executable, "-I", "-B", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("function", ["mock_read", "prisma_read"])
def test_the_locked_dependencies_are_the_ones_the_developer_tests_with(function: str) -> None:
    def pins(lock: Path) -> dict[str, str]:
        lines = (line.split(" ")[0] for line in lock.read_text().splitlines() if "==" in line)
        return dict(line.split("==") for line in lines)

    everything = pins(bundling.REPOSITORY / "requirements.lock")

    locked = pins(LAMBDA_ROOT / function / "requirements.lock")
    assert locked
    for name, version in locked.items():
        assert everything[name] == version


def test_without_a_package_index_the_error_says_what_failed_and_what_to_look_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")

    with pytest.raises(BundleError, match=r"mock_read/requirements\.lock for lambda 3\.13 arm64; is the package index"):
        build_bundle(MOCK_READ, BundlePlatform.LAMBDA, Architecture.ARM64, tmp_path / "build")

    assert not list((tmp_path / "build").glob("mock-read-*"))
