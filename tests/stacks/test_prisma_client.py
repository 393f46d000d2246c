"""The Python client is generated without the engines' host, and is the same one wherever it is generated."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stacks.prisma_client import SCHEMA, PrismaClientError, generate_client


def digests(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): f"{file.stat().st_mode:o} {hashlib.sha256(file.read_bytes()).hexdigest()}"
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_the_client_is_the_same_in_every_folder(tmp_path: Path) -> None:
    first = generate_client(tmp_path / "a folder")
    second = generate_client(tmp_path / "another")
    assert first.name == second.name
    assert digests(first) == digests(second)


def test_the_client_knows_no_path_of_this_machine_and_the_whole_schema(tmp_path: Path) -> None:
    client = generate_client(tmp_path)
    for file in client.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert os.fsencode(tmp_path) not in content
            assert os.fsencode(SCHEMA.parent) not in content
    assert (client / "prisma" / "schema.prisma").read_bytes() == SCHEMA.read_bytes()


def test_the_client_imports_no_generator_and_has_what_it_needs_of_it(tmp_path: Path) -> None:
    program = """
import os, sys
import prisma
client = prisma.Prisma()
print("jinja2" in sys.modules, client._default_datasource["url"])
"""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(generate_client(tmp_path)),
        "DATABASE_URL": "postgresql://db",
    }

    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == ("False postgresql://db\n", "")


def test_a_client_that_is_there_is_not_generated_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = generate_client(tmp_path)
    monkeypatch.setenv("PATH", "")
    assert generate_client(tmp_path) == client
    assert list(tmp_path.iterdir()) == [client]


def test_without_node_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PrismaClientError, match="install Node 20"):
        generate_client(tmp_path / "build")
    assert list((tmp_path / "build").iterdir()) == []
