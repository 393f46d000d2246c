"""Waiting until a deployment of a dial has reached everybody, or was taken back."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import click

from playbook.live_state import TAKEN_BACK

if TYPE_CHECKING:
    from mypy_boto3_appconfig import AppConfigClient

    from playbook.dial_reading import DialIds

_ON_THE_WAY: Final = frozenset({"VALIDATING", "DEPLOYING"})
_LOOK_SECONDS: Final = 1.0
# Over its own time; AWS promises none.
_LATE: Final = timedelta(minutes=5)


class TakenBackError(click.ClickException):
    """AppConfig took the deployment back, or somebody stopped it. The message says who."""


class NotDeployedYetError(click.ClickException):
    """The deployment takes longer than it should."""


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A deployment that has reached everybody. `bakes_until` is None for one that is complete."""

    state: str
    started_at: datetime
    bakes_until: datetime | None


def wait_until_deployed(
    client: "AppConfigClient",
    ids: "DialIds",
    number: int,
    *,
    now: Callable[[], datetime],
    on_progress: Callable[[float], None],
    sleep: Callable[[float], None] = time.sleep,
) -> Deployed:
    """`now` is the account's time; `on_progress` is given percent.

    Raises TakenBackError, NotDeployedYetError and botocore's errors.
    """
    while True:
        deployment = client.get_deployment(
            ApplicationId=ids.application_id, EnvironmentId=ids.environment_id, DeploymentNumber=number
        )
        state = deployment["State"]
        if state in TAKEN_BACK:
            raise TakenBackError(f"deployment {number} was taken back: {_by_whom(deployment)}. See `playbook status`.")
        ends = deployment["StartedAt"] + timedelta(minutes=deployment["DeploymentDurationInMinutes"])
        if state not in _ON_THE_WAY:
            bake = timedelta(minutes=deployment["FinalBakeTimeInMinutes"])
            return Deployed(
                state=state,
                started_at=deployment["StartedAt"],
                bakes_until=ends + bake if state == "BAKING" else None,
            )
        if now() > ends + _LATE:
            raise NotDeployedYetError(f"deployment {number} is still {state}; say the same command again to wait on")
        on_progress(deployment["PercentageComplete"])
        sleep(_LOOK_SECONDS)


def _by_whom(deployment: Mapping[str, Any]) -> str:
    for event in deployment.get("EventLog", ()):
        if event["EventType"] in {"ROLLBACK_STARTED", "REVERT_COMPLETED"}:
            return f"{event['Description']} ({event['TriggeredBy']})"
    return "AppConfig does not say why"
