"""The query engine's process: started, watched until it serves, ended.

The engine connects to the database before it serves. If it cannot, it writes one JSON object with Prisma's error code
to its stderr and exits. All else it writes may quote values of the database, and goes nowhere.
"""

import http.client
import json
import os
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final, Self

HOST: Final = "127.0.0.1"

_POLL_S: Final = 0.002
# The engine exits at SIGINT unless it hangs; then it is killed.
_EXIT_TIMEOUT_S: Final = 0.2
_LONGEST_COMPLAINT_BYTES: Final = 65_536


class EngineStartError(Exception):
    """The engine did not begin to serve. `code` is Prisma's if it named one, `timed_out` that it took too long."""

    def __init__(self, *, code: str | None = None, timed_out: bool = False) -> None:
        super().__init__(f"the query engine did not start (code: {code}, timed out: {timed_out})")
        self.code: Final = code
        self.timed_out: Final = timed_out


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineCommand:
    """`url` is the database's, and so not to be shown. `authorities` replace the system's in the engine's eyes."""

    program: Path
    schema: Path
    datasource: str
    url: str
    authorities: Path | None = None

    def environ(self, environ: Mapping[str, str]) -> dict[str, str]:
        return {
            **environ,
            "PRISMA_DML_PATH": str(self.schema),
            "PRISMA_CLIENT_ENGINE_TYPE": "binary",
            "PRISMA_ENGINE_PROTOCOL": "graphql",
            "OVERWRITE_DATASOURCES": json.dumps([{"name": self.datasource, "url": self.url}]),
            "RUST_LOG": "off",
            **({} if self.authorities is None else {"SSL_CERT_FILE": str(self.authorities)}),
        }


class EngineProcess:
    """A running engine at `url`."""

    def __init__(self, process: subprocess.Popen[bytes], url: str) -> None:
        self._process = process
        self.url: Final = url
        self.pid: Final = process.pid

    @classmethod
    def start(cls, command: EngineCommand, timeout_s: float) -> Self:
        """Returns when the engine serves. Raises EngineStartError, and then no process is left."""
        port = _free_port()
        with TemporaryFile() as complaint:
            try:
                # The function's own stdin and stdout may be its runtime's.
                process = subprocess.Popen(
                    [command.program, "--host", HOST, "--port", str(port)],
                    env=command.environ(os.environ),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=complaint,
                )
            except OSError:
                raise EngineStartError from None
            engine = cls(process, f"http://{HOST}:{port}")
            try:
                engine._await_status(port, timeout_s, complaint)
            except BaseException:
                engine.stop()
                raise
        return engine

    def stop(self) -> None:
        """Ends the process, whatever state it is in."""
        self._process.terminate()
        try:
            self._process.wait(_EXIT_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _await_status(self, port: int, timeout_s: float, complaint: IO[bytes]) -> None:
        give_up_s = time.monotonic() + timeout_s
        while not _serves(port):
            if self._process.poll() is not None:
                raise EngineStartError(code=_complaint_code(complaint))
            if time.monotonic() >= give_up_s:
                raise EngineStartError(timed_out=True)
            time.sleep(_POLL_S)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _serves(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=1)
    try:
        connection.request("GET", "/status")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _complaint_code(complaint: IO[bytes]) -> str | None:
    complaint.seek(0)
    for line in complaint.read(_LONGEST_COMPLAINT_BYTES).splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if isinstance(said, dict) and isinstance(code := said.get("error_code"), str):
            return code
    return None
