"""The Python client generated from `prisma/schema.prisma`, built where Prisma's engines cannot be downloaded, too.

Prisma's own command line parses the schema, and for that wants engines that it only asks for their version;
a script answers. The client goes without its generator, which it would import. Clients are named by the hash of what
goes in, so a second build finds the first.
"""

import hashlib
import importlib.metadata
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).resolve().parent.parent
SCHEMA: Final = REPOSITORY / "prisma" / "schema.prisma"
BUILD: Final = REPOSITORY / "build"

_GENERATOR: Final = Path(__file__).with_name("prisma_generator.py")
_WITHOUT_GENERATOR: Final = Path(__file__).with_name("prisma_without_generator")
_NODE_MODULES: Final = REPOSITORY / "node_modules"
_COMMAND_LINE: Final = _NODE_MODULES / "prisma" / "build" / "index.js"
_ENGINES_VERSION: Final = _NODE_MODULES / "@prisma" / "engines-version" / "package.json"
_TIMEOUT_S: Final = 120


class PrismaClientError(RuntimeError):
    """The client could not be generated; the message says what to do."""


def generate_client(build_folder: Path = BUILD) -> Path:
    """A folder to put on PYTHONPATH that holds the package `prisma`, generated if it is not there yet.

    The same sources give the same bytes on every machine. Raises PrismaClientError.
    """
    client = build_folder / f"prisma-client-{client_digest()[:16]}"
    if client.is_dir():
        return client
    build_folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build_folder, prefix="unfinished-") as workplace:
        unfinished = Path(workplace) / "client"
        _generate(unfinished / "prisma", Path(workplace))
        _make_readable(unfinished)
        _publish(unfinished, client)
    return client


def engine_commit() -> str:
    """The commit of Prisma's engines that the client and its command line are made for."""
    try:
        version = json.loads(_ENGINES_VERSION.read_text(encoding="utf-8"))["prisma"]["enginesVersion"]
    except FileNotFoundError as error:
        raise PrismaClientError("Prisma's command line is not installed; run `make setup` (or `npm ci`)") from error
    return str(version)


def client_digest() -> str:
    digest = hashlib.sha256(f"{importlib.metadata.version('prisma')} {engine_commit()}\n".encode())
    for source in (SCHEMA, _GENERATOR, *sorted(_WITHOUT_GENERATOR.glob("*.py"))):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _generate(package: Path, workplace: Path) -> None:
    programs = workplace / "bin"
    programs.mkdir()
    engine = _write_script(programs / "query-engine", f"echo query-engine {engine_commit()}")
    # The schema's provider is `python -m prisma`, whatever that is on this machine's PATH.
    generator = shlex.join([sys.executable, "-P", str(_GENERATOR), str(package)])
    _write_script(programs / "python", f"exec {generator}")
    environment = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PRISMA_QUERY_ENGINE_BINARY": str(engine),
        "PRISMA_SCHEMA_ENGINE_BINARY": str(engine),
        "PRISMA_CLI_QUERY_ENGINE_TYPE": "binary",
        "PRISMA_HIDE_UPDATE_MESSAGE": "true",
        "CHECKPOINT_DISABLE": "1",  # Prisma's telemetry
        "NO_COLOR": "1",
    }
    command = ["node", str(_COMMAND_LINE), "generate", "--schema", str(SCHEMA)]
    try:
        done = subprocess.run(
            command, cwd=workplace, env=environment, capture_output=True, text=True, check=False, timeout=_TIMEOUT_S
        )
    except FileNotFoundError as error:
        raise PrismaClientError("node is not on the PATH; install Node 20 or newer") from error
    except subprocess.TimeoutExpired as error:
        raise PrismaClientError(f"`prisma generate` did not end within {_TIMEOUT_S} s") from error
    if done.returncode != 0 or not (package / "client.py").is_file():
        output = (done.stderr + done.stdout).strip()
        raise PrismaClientError(f"`prisma generate` failed for {SCHEMA.relative_to(REPOSITORY)}:\n{output}")
    shutil.rmtree(package / "generator")
    shutil.copytree(_WITHOUT_GENERATOR, package / "generator")


def _write_script(path: Path, line: str) -> Path:
    path.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def _make_readable(folder: Path) -> None:
    """The same modes under every umask, and no bytecode: it holds time stamps and the paths of this machine."""
    for cache in list(folder.rglob("__pycache__")):
        shutil.rmtree(cache)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _publish(unfinished: Path, client: Path) -> None:
    try:
        os.replace(unfinished, client)  # noqa: PTH105 — Path.replace documents files only
    except OSError:
        if not client.is_dir():  # another process was first, with the same content
            raise
