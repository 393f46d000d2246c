"""The flag straight from AppConfig, by `GetLatestConfiguration`, in the place of the agent beside the function.

Each configuration is a session; each answer brings the next call's token, and no content where nothing is new.
https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-retrieving-the-configuration.html
"""

import json
import time
from collections.abc import Callable
from typing import Any, Final

import boto3

from mock_read.flag_client import FlagReading
from shared.flag import Flag, parse_flag, parse_switch
from shared.names import (
    FLAG_KILL_SWITCH,
    FLAG_PRISMA_ADAPTER,
    PROFILE_FEATURE_FLAGS,
    PROFILE_KILL_SWITCH,
    ResourceNames,
)

NAMES: Final = ResourceNames("beta")


class DirectFlags:
    """A FlagSource that asks AppConfig itself.

    `every_read` asks at each read, for a flag that takes effect at once, as code without a cache does. Otherwise as
    AppConfig asks to be polled, at its own intervals of 15 s or more.
    """

    def __init__(self, *, every_read: bool) -> None:
        self._flag = _Polled(NAMES.appconfig_environment, PROFILE_FEATURE_FLAGS, every_read=every_read)
        self._switch = _Polled(NAMES.kill_switch_environment, PROFILE_KILL_SWITCH, every_read=every_read)

    def current(self) -> FlagReading:
        flag = parse_flag(self._flag.latest()[FLAG_PRISMA_ADAPTER])
        killed = parse_switch(self._switch.latest()[FLAG_KILL_SWITCH])
        return FlagReading(flag=Flag.OFF if killed else flag)


class _Polled:
    def __init__(
        self, environment: str, profile: str, *, every_read: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = boto3.client("appconfigdata")
        self._token = self._client.start_configuration_session(
            ApplicationIdentifier=NAMES.appconfig_application,
            EnvironmentIdentifier=environment,
            ConfigurationProfileIdentifier=profile,
        )["InitialConfigurationToken"]
        self._every_read = every_read
        self._clock = clock
        self._poll_at_s = float("-inf")
        self._content: dict[str, Any] = {}

    def latest(self) -> dict[str, Any]:
        if self._every_read or self._clock() >= self._poll_at_s:
            answer = self._client.get_latest_configuration(ConfigurationToken=self._token)
            self._token = answer["NextPollConfigurationToken"]
            self._poll_at_s = self._clock() + answer["NextPollIntervalInSeconds"]
            if content := answer["Configuration"].read():
                self._content = json.loads(content)
        return self._content
