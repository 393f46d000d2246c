"""Starts the engine by hand, as the client's own code does, for what cannot be seen through a client."""

import json
import os
import random
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

REPOSITORY = Path(__file__).parents[2]
ENGINE = REPOSITORY / "sandbox" / "prisma_engine" / "query-engine"
SCHEMA = REPOSITORY / "prisma" / "schema.prisma"
TIMEOUT_S = 60


@dataclass(frozen=True)
class RunningEngine:
    process: subprocess.Popen[str]
    port: int

    def request(self, path: str, body: object = None) -> tuple[int, Any]:
        """Status and JSON of an answer; a body makes it a POST, and one of bytes is sent as it is."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        try:
            with urlopen(Request(f"http://127.0.0.1:{self.port}{path}", data), timeout=TIMEOUT_S) as response:
                return response.status, json.load(response)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)

    def query(self, text: str) -> Any:
        status, answer = self.request("/", {"query": text, "variables": {}})
        assert status == 200
        return answer


def environment(url: str) -> dict[str, str]:
    return {**os.environ, "PRISMA_DML_PATH": str(SCHEMA), "DATABASE_URL": url}


def run_engine(
    *arguments: str, env: dict[str, str] | None = None, engine: Path = ENGINE
) -> subprocess.CompletedProcess[str]:
    """The engine where it ends of itself."""
    command = [str(engine), *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)


@contextmanager
def running_engine(
    env: dict[str, str], options: Sequence[str] = ("--enable-raw-queries",), engine: Path = ENGINE
) -> Iterator[RunningEngine]:
    """An engine that answers; it is killed at the end if it has not ended before."""
    port = free_port()
    with subprocess.Popen([str(engine), "--port", str(port), *options], env=env, text=True) as process:
        try:
            wait_until_listening(process, port)
            yield RunningEngine(process, port)
        finally:
            process.kill()


def wait_until_listening(process: subprocess.Popen[str], port: int) -> None:
    def listening() -> bool:
        assert process.poll() is None, "the engine has ended"
        return is_listening(port)

    wait_until(listening)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline_s, "it did not happen in time"
        time.sleep(0.02)


def is_listening(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S):
            return True
    except ConnectionRefusedError:
        return False


def free_port() -> int:
    """A port of none that the system gives to clients.

    Whoever asks again and again whether one of those listens yet may be given that very port, and find itself there.
    """
    while True:
        port = random.randrange(20_000, 30_000)  # noqa: S311 — no secret
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
