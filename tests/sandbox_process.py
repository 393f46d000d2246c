"""Starts `python -m sandbox serve` as a person would, and stops it as a person would."""

import functools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from sandbox.control_client import ControlClient

_STOP_TIMEOUT_SECONDS = 120


@dataclass(frozen=True)
class RunningSandbox:
    """A sandbox that answers, in a process of its own."""

    endpoint_url: str
    agent_port: int
    region: str
    state_directory: Path
    process_id: int
    postgres_url: str | None
    """The superuser's, of a sandbox that was started with `--postgres`."""

    @property
    def control(self) -> ControlClient:
        return ControlClient(self.endpoint_url)

    @functools.lru_cache  # noqa: B019 - the sandbox lives as long as the tests
    def client(self, service: str, *, max_connections: int = 10) -> Any:
        """Return a boto3 client with the root user's credentials. It retries nothing."""
        return self.client_as(("test", "test", None), service, max_connections=max_connections)

    def client_as(self, credentials: tuple[str, str, str | None], service: str, *, max_connections: int = 10) -> Any:
        """Return a boto3 client with an access key, a secret and a session token."""
        key, secret, token = credentials
        session = boto3.session.Session(
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            region_name=self.region,
        )
        config = Config(max_pool_connections=max_connections, retries={"max_attempts": 0})
        client: Any = session.client(service, endpoint_url=self.endpoint_url, config=config)  # type: ignore[call-overload] # any service
        return client

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a command line tool that is to see this sandbox as AWS."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return {
            **inherited,
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
            "AWS_APPCONFIG_EXTENSION_HTTP_PORT": str(self.agent_port),
            **({"SANDBOX_POSTGRES_URL": self.postgres_url} if self.postgres_url else {}),
        }


@contextmanager
def running_sandbox(*options: str) -> Iterator[RunningSandbox]:
    """Run a sandbox on free ports; at the end require that it stops cleanly and leaves no file."""
    with serving("--port", "0", "--agent-port", "0", *options) as process:
        running = ready(process)
        try:
            yield running
        finally:
            process.send_signal(signal.SIGTERM)
            exit_code = process.wait(_STOP_TIMEOUT_SECONDS)
        assert exit_code == 0
        assert not running.state_directory.exists()


@contextmanager
def serving(*options: str) -> Iterator[subprocess.Popen[str]]:
    """Start `serve --json`; at the end require only that it is gone."""
    with subprocess.Popen(
        [sys.executable, "-m", "sandbox", "serve", "--json", *options],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def ready(process: subprocess.Popen[str]) -> RunningSandbox:
    """Wait for the line that says a sandbox is ready."""
    assert process.stdout
    event = json.loads(process.stdout.readline())
    assert event["event"] == "ready"
    return RunningSandbox(
        endpoint_url=event["endpoint_url"],
        agent_port=event["agent_port"],
        region=event["region"],
        state_directory=Path(event["state_directory"]),
        process_id=process.pid,
        postgres_url=event.get("postgres_url"),
    )
