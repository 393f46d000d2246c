"""One configuration the agent keeps: a session of the data plane, its rotating token, the last good content.

https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_appconfigdata_GetLatestConfiguration.html
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, ReadTimeoutError

if TYPE_CHECKING:
    from mypy_boto3_appconfigdata.client import AppConfigDataClient
    from mypy_boto3_appconfigdata.type_defs import StartConfigurationSessionRequestTypeDef

    from sandbox.appconfig_agent_settings import AgentSettings, ConfigurationPath
    from sandbox.clock import Clock

_LOG = logging.getLogger(__name__)

# The bounds StartConfigurationSession sets on RequiredMinimumPollIntervalInSeconds.
_SHORTEST_REQUIRED_INTERVAL_SECONDS: Final = 15
_LONGEST_REQUIRED_INTERVAL_SECONDS: Final = 86_400


@dataclass(frozen=True)
class Configuration:
    content: bytes
    content_type: str


class RetrievalError(Exception):
    """A configuration cannot be had; `status` is what the agent answers."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


class Connect(Protocol):
    """A new client of the data plane with the credentials and the time limit of a function's agent."""

    def __call__(self, settings: AgentSettings) -> AppConfigDataClient: ...


class PolledConfiguration:
    """Fetched on demand until it is there, then by whoever calls `poll`; the last good content stays.

    `due_at`, in epoch seconds of the clock, is when the next poll is due.
    """

    def __init__(self, path: ConfigurationPath, settings: AgentSettings, connect: Connect, clock: Clock) -> None:
        self.path = path
        self.settings = settings
        self.due_at = clock.now()
        self._clock = clock
        self._connect = connect
        self._client: AppConfigDataClient | None = None
        self._token: str | None = None
        self._last: Configuration | None = None
        self._lock = threading.Lock()

    def latest(self) -> Configuration:
        """The last good configuration, without waiting; the first one is fetched.

        :raises RetrievalError: there is none yet and it cannot be fetched
        """
        if self._last is not None:
            return self._last
        with self._lock:
            return self._last or self._fetch()

    def poll(self) -> None:
        """Look for a newer configuration; when that fails the last good one stays."""
        with self._lock:
            try:
                self._fetch()
            except RetrievalError as error:
                _LOG.warning("retrieve failure for '%s': %s", self.path, error)

    def close(self) -> None:
        with self._lock:
            self._end_session()

    def _fetch(self) -> Configuration:
        # Due again one interval after this attempt, whether or not it succeeds.
        self.due_at = self._clock.now() + self.settings.poll_interval_seconds
        try:
            self._last = self._get_latest()
        except (ConnectTimeoutError, ReadTimeoutError) as error:
            raise RetrievalError(HTTPStatus.GATEWAY_TIMEOUT, str(error)) from error
        except ClientError as error:
            raise RetrievalError(_answer_to(error), str(error)) from error
        except BotoCoreError as error:
            raise RetrievalError(HTTPStatus.BAD_GATEWAY, str(error)) from error
        return self._last

    def _get_latest(self) -> Configuration:
        if self._client is None or self._token is None:
            return self._read(*self._start_session())
        try:
            return self._read(self._client, self._token)
        except ClientError as error:
            if error.response["Error"]["Code"] != "BadRequestException":
                raise
            # A spent or expired token; AWS says so with a BadRequestException.
            return self._read(*self._start_session())

    def _start_session(self) -> tuple[AppConfigDataClient, str]:
        self._end_session()
        self._client = self._connect(self.settings)
        request: StartConfigurationSessionRequestTypeDef = {
            "ApplicationIdentifier": self.path.application,
            "EnvironmentIdentifier": self.path.environment,
            "ConfigurationProfileIdentifier": self.path.profile,
        }
        interval_seconds = self.settings.poll_interval_seconds
        # A shorter interval than the API can express is polled without the constraint.
        if _SHORTEST_REQUIRED_INTERVAL_SECONDS <= interval_seconds <= _LONGEST_REQUIRED_INTERVAL_SECONDS:
            request["RequiredMinimumPollIntervalInSeconds"] = interval_seconds
        session = self._client.start_configuration_session(**request)
        self._token = session["InitialConfigurationToken"]
        return self._client, self._token

    def _read(self, client: AppConfigDataClient, token: str) -> Configuration:
        answer = client.get_latest_configuration(ConfigurationToken=token)
        self._token = answer["NextPollConfigurationToken"]
        content = answer["Configuration"].read()
        if content:
            return Configuration(content, answer["ContentType"])
        if self._last is not None:
            return self._last
        raise RetrievalError(HTTPStatus.NOT_FOUND, f"no configuration is deployed for {self.path}")

    def _end_session(self) -> None:
        self._token = None
        if self._client is not None:
            self._client.close()
            self._client = None


def _answer_to(error: ClientError) -> HTTPStatus:
    """What the agent answers when the data plane refuses.

    AWS documents the agent's codes, not which refusal gives which: a refusal of what the caller named keeps
    its code, anything else (denied, throttled, broken) is the gateway's.
    https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-integration-OpenAPI.html
    """
    match error.response["Error"]["Code"]:
        case "BadRequestException":
            return HTTPStatus.BAD_REQUEST
        case "ResourceNotFoundException":
            return HTTPStatus.NOT_FOUND
        case _:
            return HTTPStatus.BAD_GATEWAY
