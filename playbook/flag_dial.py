"""Turning the path dial and the kill switch through AppConfig's own API: a new version, and its deployment.

A dial is read before it is turned, and both calls that turn it carry what was read. AppConfig refuses them when there
is a newer version or a newer deployment by then, so of two operators who read the same one wins. Killed between any two
calls and said again, a turn goes on with what is there.
https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_StartDeployment.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from playbook.dial_note import DialNote
from playbook.dial_reading import (
    Deployment,
    DialReading,
    PendingVersion,
    deployment_of,
    read_dial,
    said_by,
    strategy_id,
)
from playbook.failures import Refusal

if TYPE_CHECKING:
    from mypy_boto3_appconfig import AppConfigClient

# Between a version and its deployment lies one call. What is older than this was given up.
_ON_ITS_WAY: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class FlagPosition:
    """Where the dial is to stand. Without `allow_users` those stay who are allowed."""

    percent: float
    split_by: str
    shadow_percent: float
    allow_users: tuple[str, ...] | None = None

    def __str__(self) -> str:
        named = f", and {len(self.allow_users)} by name" if self.allow_users else ""
        return f"{self.percent:g} % by {self.split_by}{named}, shadow {self.shadow_percent:g} %"

    @property
    def values(self) -> dict[str, Any]:
        """The flag's own attributes, enabled."""
        allowed = {} if self.allow_users is None else {"allowUsers": list(self.allow_users)}
        return {
            "enabled": True,
            "percent": self.percent,
            "splitBy": self.split_by,
            "shadowPercent": self.shadow_percent,
            **allowed,
        }


class DialMovedError(Refusal):
    """Somebody else turned the dial since it was read, or is about to. The message says who and what."""


def turn(
    client: "AppConfigClient", reading: DialReading, values: Mapping[str, Any], *, strategy: str, note: DialNote
) -> Deployment:
    """Deploy the dial with `values` over what was read, with the strategy of that name.

    A version that an earlier attempt of the same operator left is used. The new one is made from the deployed one, so
    constraints, seed and whatever `values` leaves out stay as they are. Raises DialMovedError and botocore's errors.
    """
    pending = _usable(reading, values, note)
    if pending is not None:
        return _start(client, reading, str(pending.number), strategy=strategy, description=pending.description)
    version = _create(client, reading, values, str(note))
    return _start(client, reading, version, strategy=strategy, description=str(note))


def _usable(reading: DialReading, values: Mapping[str, Any], note: DialNote) -> PendingVersion | None:
    """Raises DialMovedError for a version of somebody else that is about to be deployed."""
    pending = reading.pending
    if pending is None:
        return None
    theirs = DialNote.parse(pending.description)
    # Of one that says neither whose it is nor when it was made, nothing follows; AppConfig's locks still hold.
    if theirs is None or note.at - theirs.at > _ON_ITS_WAY:
        return None
    if theirs.operator != note.operator:
        raise DialMovedError(
            f"version {pending.number} of {reading.dial.profile} is about to be deployed: "
            f"{said_by(pending.description)}. Look at `playbook status`, talk to them, and decide anew; a version that "
            f"is not deployed within {_ON_ITS_WAY.seconds // 60} minutes is passed over."
        )
    document = {**reading.values, **values}
    wanted = {key: value for key, value in document.items() if not key.startswith("_")}
    return pending if wanted.items() <= pending.document["values"][reading.dial.flag].items() else None


def _create(client: "AppConfigClient", reading: DialReading, values: Mapping[str, Any], description: str) -> str:
    deployed = reading.document
    flag = reading.dial.flag
    document = {**deployed, "values": {**deployed["values"], flag: {**reading.values, **values}}}
    try:
        created = client.create_hosted_configuration_version(
            ApplicationId=reading.ids.application_id,
            ConfigurationProfileId=reading.ids.profile_id,
            Content=json.dumps(document).encode(),
            ContentType="application/json",
            Description=description,
            LatestVersionNumber=reading.latest_version,
        )
    except client.exceptions.ConflictException as error:
        now = read_dial(client, reading.dial)
        # The SDK tries again when an answer is lost, and then it was our own first try that was there before.
        if now.pending is not None and now.pending.description == description:
            return str(now.pending.number)
        raise _moved(now) from error
    return str(created["VersionNumber"])


def _start(
    client: "AppConfigClient", reading: DialReading, version: str, *, strategy: str, description: str
) -> Deployment:
    with_strategy = strategy_id(client, strategy)
    try:
        started = client.start_deployment(
            ApplicationId=reading.ids.application_id,
            EnvironmentId=reading.ids.environment_id,
            ConfigurationProfileId=reading.ids.profile_id,
            ConfigurationVersion=version,
            DeploymentStrategyId=with_strategy,
            Description=description,
            LatestDeploymentNumber=reading.latest_deployment,
        )
    except client.exceptions.ConflictException as error:
        now = read_dial(client, reading.dial)
        # As for the version: our own first try.
        if now.counting.number == reading.latest_deployment + 1 and now.counting.description == description:
            return now.counting
        raise _moved(now) from error
    return deployment_of(started)


def _moved(now: DialReading) -> DialMovedError:
    profile = now.dial.profile
    if now.pending is not None:
        seen = f"version {now.pending.number} is {said_by(now.pending.description)}"
    else:
        counting = now.counting
        seen = f"deployment {counting.number} is {counting.state}, {said_by(counting.description)}"
        if now.latest_deployment != counting.number:
            seen += f"; deployment {now.latest_deployment} was taken back"
    return DialMovedError(
        f"{profile} was changed since it was read: {seen}. Nothing was done; look at `playbook status` and decide anew."
    )
