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
    """An engine's process, which serves at `url` or is about to."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, complaint: IO[bytes]) -> None:
        self._process = process
        self._port = port
        self._complaint = complaint
        self._launched_s = time.monotonic()
        self.url: Final = f"http://{HOST}:{port}"
        self.pid: Final = process.pid

    @classmethod
    def launch(cls, command: EngineCommand) -> Self:
        """Starts the process and does not wait for it. Raises EngineStartError."""
        port = _free_port()
        complaint = TemporaryFile()  # noqa: SIM115 — the process's, which outlives this call
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
            complaint.close()
            raise EngineStartError from None
        except BaseException:
            complaint.close()
            raise
        return cls(process, port, complaint)

    def await_serving(self, timeout_s: float) -> None:
        """Returns when the engine serves, which may take so long from its launch. Raises EngineStartError.

        An engine that serves by now does, however late it is asked.
        """
        give_up_s = self._launched_s + timeout_s
        while not _serves(self._port):
            if self._process.poll() is not None:
                raise EngineStartError(code=_complaint_code(self._complaint))
            if time.monotonic() >= give_up_s:
                raise EngineStartError(timed_out=True)
            time.sleep(_POLL_S)
        self._complaint.close()

    def stop(self) -> None:
        """Ends the process, whatever state it is in."""
        self._complaint.close()
        self._process.terminate()
        try:
            self._process.wait(_EXIT_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


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
