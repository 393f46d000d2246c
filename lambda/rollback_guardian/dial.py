"""One AppConfig flag in one environment: what is deployed, and what is on its way. Pure but for the Protocol."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol, TypeAlias

# A feature-flag document, as its hosted version holds it.
Document: TypeAlias = dict[str, Any]

# https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_DeploymentSummary.html
_COMPLETE: Final = "COMPLETE"
_ROLLING_BACK: Final = "ROLLING_BACK"
_UNDER_WAY: Final = frozenset({"DEPLOYING", "VALIDATING", "BAKING"})


class BusyError(Exception):
    """Somebody else is moving the dial: look again before the next step."""


class NeverDeployedError(LookupError):
    """The flag has no complete deployment, not even the one that seeds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    number: int
    version: int
    state: str
    started_at: datetime


class Dial(Protocol):
    """`rollback_guardian.appconfig_dial.AppConfigDial` is the real one."""

    def deployments(self) -> Sequence[Deployment]:
        """Newest first."""

    def document(self, version: int) -> Document: ...

    def description(self, deployment_number: int) -> str: ...

    def add_version(self, document: Document, description: str) -> int:
        """Raises BusyError while somebody else adds one."""

    def start(self, version: int, description: str) -> None:
        """Raises BusyError while another deployment is under way."""

    def stop(self, deployment_number: int) -> None:
        """Raises BusyError for a deployment that can no longer be stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a deployment sets the dial to. `safe` means that nobody is served by Prisma because of it."""

    deployment: Deployment
    document: Document
    safe: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """`deployed` is what is served, or what is returned to if `under_way` is stopped."""

    deployed: Setting
    under_way: Setting | None
    going_back: bool

    @property
    def latest(self) -> Setting:
        """What the dial was last set to."""
        return self.under_way or self.deployed


def position(dial: Dial, is_safe: Callable[[Document], bool]) -> Position:
    """Where the dial stands. Raises NeverDeployedError."""
    under_way: Setting | None = None
    going_back = False
    for deployment in dial.deployments():
        if deployment.state == _ROLLING_BACK:
            going_back = True
        elif deployment.state == _COMPLETE or deployment.state in _UNDER_WAY:
            document = dial.document(deployment.version)
            setting = Setting(deployment=deployment, document=document, safe=is_safe(document))
            if deployment.state == _COMPLETE:
                return Position(deployed=setting, under_way=under_way, going_back=going_back)
            under_way = setting
    raise NeverDeployedError("the flag was never deployed")
