"""A Lambda deployment as CodeDeploy keeps it: all that it was created with, and how far it is.

What becomes of it is in `codedeploy_progress.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sandbox.codedeploy_app_spec import AFTER_ALLOW_TRAFFIC, BEFORE_ALLOW_TRAFFIC, AppSpec

Document = Mapping[str, Any]

ALLOW_TRAFFIC: Final = "AllowTraffic"


class Status(StrEnum):
    CREATED = "Created"
    IN_PROGRESS = "InProgress"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    STOPPED = "Stopped"


class EventStatus(StrEnum):
    PENDING = "Pending"
    IN_PROGRESS = "InProgress"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    SKIPPED = "Skipped"


@dataclass(frozen=True)
class Scope:
    account_id: str
    region: str


@dataclass(frozen=True)
class Error:
    """An ErrorInformation: one of the API's codes, and what to tell people."""

    code: str
    message: str


@dataclass(frozen=True)
class AlarmWatch:
    names: tuple[str, ...] = ()
    ignore_poll_failure: bool = False


@dataclass(frozen=True)
class Plan:
    """What a deployment was created with. `routing` is a TrafficRoutingConfig, `created_at` epoch seconds."""

    deployment_id: str
    scope: Scope
    application: str
    group: str
    config: str
    routing: Document
    role_arn: str
    app_spec: AppSpec
    revision: Document
    creator: str
    created_at: float
    description: str = ""
    alarms: AlarmWatch = AlarmWatch()
    auto_rollback: frozenset[str] = frozenset()
    rollback_of: str | None = None


@dataclass(frozen=True)
class HookRun:
    """A validation function's run. It reports Succeeded or Failed under `execution_id`."""

    function: str
    execution_id: str
    invoked: bool = False
    reported: str | None = None


@dataclass(frozen=True)
class LifecycleEvent:
    name: str
    status: EventStatus = EventStatus.PENDING
    started_at: float | None = None
    ended_at: float | None = None
    hook: HookRun | None = None
    message: str = ""

    def elapsed_s(self, now: float) -> float:
        """Seconds since it began, 0 before."""
        return 0.0 if self.started_at is None else now - self.started_at


@dataclass(frozen=True)
class StopRequest:
    """`roll_back` overrides what the deployment was created with."""

    roll_back: bool | None


@dataclass(frozen=True)
class Deployment:
    """`weight` is the share of traffic, 0 to 1, that the target version has; times are epoch seconds."""

    plan: Plan
    status: Status = Status.CREATED
    events: tuple[LifecycleEvent, ...] = tuple(
        LifecycleEvent(name) for name in (BEFORE_ALLOW_TRAFFIC, ALLOW_TRAFFIC, AFTER_ALLOW_TRAFFIC)
    )
    weight: float = 0.0
    started_at: float | None = None
    completed_at: float | None = None
    updated_at: float | None = None
    stop: StopRequest | None = None
    error: Error | None = None
    rollback_id: str | None = None

    @property
    def is_finished(self) -> bool:
        return self.status in (Status.SUCCEEDED, Status.FAILED, Status.STOPPED)

    @property
    def event(self) -> LifecycleEvent | None:
        """The lifecycle event at which the deployment is."""
        return next((e for e in self.events if e.status in (EventStatus.PENDING, EventStatus.IN_PROGRESS)), None)

    @property
    def watched_alarms(self) -> tuple[str, ...]:
        """A rollback goes on whatever the alarms say: it is what they ask for."""
        return () if self.is_finished or self.plan.rollback_of else self.plan.alarms.names

    @property
    def needs_rollback(self) -> bool:
        """Whether a deployment that rolls this one back is still to be created."""
        return self.rollback_id is None and _rolls_back(self)


def _rolls_back(deployment: Deployment) -> bool:
    plan = deployment.plan
    if plan.rollback_of or deployment.status not in (Status.FAILED, Status.STOPPED):
        return False
    if deployment.status is Status.FAILED:
        return "DEPLOYMENT_FAILURE" in plan.auto_rollback
    if deployment.error and deployment.error.code == "ALARM_ACTIVE":
        return "DEPLOYMENT_STOP_ON_ALARM" in plan.auto_rollback
    if deployment.stop and deployment.stop.roll_back is not None:
        return deployment.stop.roll_back
    return "DEPLOYMENT_STOP_ON_REQUEST" in plan.auto_rollback
