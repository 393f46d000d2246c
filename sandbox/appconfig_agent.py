"""AWS AppConfig Agent, as its Lambda extension runs beside a function.

In AWS every function with the extension layer has an agent of its own, started from the layer and set up by
the function's environment variables. Here one server answers for all functions of the sandbox: it asks the
Lambda API which functions carry the layer, polls the data-plane API with their roles, and serves what they
fetch.

Without such a function there is no agent in AWS. The port is already taken here, so a connection is accepted
and closed without an answer, which a client meets as it meets a refused one: an error, not a status.

Where two functions name the same configuration, the first by name polls it. Multi-variant flags are not
evaluated.
"""

from __future__ import annotations

import logging
import socket
import sys
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from sandbox.appconfig_agent_answer import Answer, configuration_answer, error_answer
from sandbox.appconfig_agent_cache import PolledConfiguration, RetrievalError
from sandbox.appconfig_agent_credentials import execution_role_credentials
from sandbox.appconfig_agent_settings import AgentSettings, ConfigurationPath

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_appconfigdata.client import AppConfigDataClient
    from mypy_boto3_lambda.client import LambdaClient

    from sandbox.clock import Clock

_LOG = logging.getLogger(__name__)

# A new or changed function is noticed within this time even when nobody asks.
_DISCOVERY_INTERVAL_SECONDS: Final = 1.0
_DISCOVERY_TIMEOUT_SECONDS: Final = 5.0


class AppConfigAgent:
    """The agent of every function of the sandbox at `endpoint_url`, on 127.0.0.1:`port` (0: a free port)."""

    def __init__(self, endpoint_url: str, region: str, port: int, clock: Clock) -> None:
        self._endpoint_url = endpoint_url
        self._clock = clock
        self._region = region
        self._port = port
        self._session = boto3.session.Session()
        self._session_lock = threading.Lock()
        self._functions: tuple[AgentSettings, ...] = ()
        self._configurations: dict[ConfigurationPath, PolledConfiguration] = {}
        # Held for moments only: no request to the sandbox is made under it.
        self._lock = threading.Lock()
        self._discovery_lock = threading.Lock()
        self._stopping = threading.Event()
        # By a stop or by a change of the clock.
        self._woken = threading.Event()
        self._ignore_clock: Callable[[], None] | None = None
        self._server: _Server | None = None
        self._lambda: LambdaClient | None = None
        self._threads: list[threading.Thread] = []

    @property
    def port(self) -> int:
        """The port that is listened on, once started."""
        return self._port

    def start(self) -> None:
        """Listen and begin to poll.

        :raises OSError: the port is taken
        """
        self._server = _Server(self._port, self)
        self._port = self._server.server_port
        self._stopping.clear()
        self._ignore_clock = self._clock.on_change(self._woken.set)
        self._lambda = self._session.client(
            "lambda",
            endpoint_url=self._endpoint_url,
            region_name=self._region,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - MiniStack's root key
            config=_client_config(_DISCOVERY_TIMEOUT_SECONDS),
        )
        self._threads = [
            threading.Thread(target=self._server.serve_forever, args=(0.1,), name="appconfig-agent-http"),
            threading.Thread(target=self._poll_until_stopped, name="appconfig-agent-poll"),
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Close the port and every connection, and wait for every thread."""
        if self._server is None or self._lambda is None or self._ignore_clock is None:
            return
        self._ignore_clock()
        self._stopping.set()
        self._woken.set()
        self._server.shutdown()
        self._server.server_close()
        for thread in self._threads:
            thread.join()
        for configuration in self._configurations.values():
            configuration.close()
        self._lambda.close()
        self._functions, self._configurations = (), {}
        self._server = self._lambda = None

    def answer(self, target: str) -> Answer | None:
        """The answer to GET `target` (path and query); None when no function has an agent."""
        if not self._functions:
            self._discover()
        if not self._functions:
            return None
        try:
            return self._answer(target)
        except RetrievalError as error:
            return error_answer(error.status, str(error))
        except Exception as error:  # noqa: BLE001 - a fault of the agent's own has a code too
            _LOG.exception("no answer to %s", target)
            return error_answer(HTTPStatus.INTERNAL_SERVER_ERROR, repr(error))

    def _answer(self, target: str) -> Answer:
        url = urlsplit(target)
        if url.path == "/ping":
            return Answer(HTTPStatus.OK, "application/text", b"")
        path = ConfigurationPath.parse(url.path)
        if path is None:
            raise RetrievalError(HTTPStatus.NOT_FOUND, f"not a configuration path: {url.path}")
        flags = parse_qs(url.query, keep_blank_values=True).get("flag", [])
        return configuration_answer(self._configuration(path).latest(), flags)

    def _configuration(self, path: ConfigurationPath) -> PolledConfiguration:
        if path not in self._configurations:
            self._discover()
        with self._lock:
            if path not in self._configurations:
                if not self._functions:
                    raise RetrievalError(HTTPStatus.NOT_FOUND, "no function has an agent any more")
                self._configurations[path] = PolledConfiguration(path, self._functions[0], self._connect, self._clock)
            return self._configurations[path]

    def _poll_until_stopped(self) -> None:
        discover_at = time.monotonic()
        while not self._stopping.is_set():
            if time.monotonic() >= discover_at:
                self._discover()
                discover_at = time.monotonic() + _DISCOVERY_INTERVAL_SECONDS
            with self._lock:
                configurations = list(self._configurations.values())
            for configuration in configurations:
                if configuration.due_at <= self._clock.now():
                    configuration.poll()
            due_in = (self._clock.wall_seconds_until(configuration.due_at) for configuration in configurations)
            self._woken.wait(min([max(0.0, discover_at - time.monotonic()), *due_in]))
            self._woken.clear()

    def _discover(self) -> None:
        """Bring functions and prefetched configurations up to date; what has no owner any more is dropped."""
        with self._discovery_lock:  # an older list must not overwrite a newer one
            try:
                functions = self._functions_with_the_layer()
            except (BotoCoreError, ClientError) as error:
                _LOG.warning("the functions cannot be listed, the known ones stay: %s", error)
                return
            with self._lock:
                self._functions = functions
                ownerless = [
                    self._configurations.pop(path)
                    for path, configuration in list(self._configurations.items())
                    if configuration.settings not in functions
                ]
                for settings in functions:
                    for path in settings.prefetch:
                        if path not in self._configurations:
                            self._configurations[path] = PolledConfiguration(path, settings, self._connect, self._clock)
        for configuration in ownerless:
            configuration.close()

    def _functions_with_the_layer(self) -> tuple[AgentSettings, ...]:
        if self._lambda is None:
            return ()
        pages = self._lambda.get_paginator("list_functions").paginate()
        functions = (AgentSettings.of_function(item) for page in pages for item in page["Functions"])
        return tuple(sorted(filter(None, functions), key=lambda settings: settings.function_name))

    def _connect(self, settings: AgentSettings) -> AppConfigDataClient:
        credentials = execution_role_credentials(settings.description)
        with self._session_lock:  # a session's clients cannot be made by two threads at once
            return self._session.client(
                "appconfigdata",
                endpoint_url=self._endpoint_url,
                region_name=self._region,
                aws_access_key_id=credentials.access_key_id,
                aws_secret_access_key=credentials.secret_access_key,
                aws_session_token=credentials.session_token,
                config=_client_config(settings.poll_timeout_ms / 1000),
            )


def _client_config(timeout_seconds: float) -> Config:
    return Config(connect_timeout=timeout_seconds, read_timeout=timeout_seconds, retries={"total_max_attempts": 1})


class _Server(ThreadingHTTPServer):
    """Knows its open connections, so that stopping ends them instead of waiting for idle clients."""

    daemon_threads = False

    def __init__(self, port: int, agent: AppConfigAgent) -> None:
        self.agent = agent
        self._connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A caller that keeps to a time limit hangs up when it has passed: that is its right, and no error here.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def server_close(self) -> None:
        for connection in list(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                _LOG.debug("a connection was already closed")
        super().server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave together and at once. Sent apart, the body would wait for the head's acknowledgement, which
    # a caller may delay by 40 ms, and a function waits 50.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        answer = self.server.agent.answer(self.path)
        if answer is None:
            self.close_connection = True
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        _LOG.debug(format, *args)
