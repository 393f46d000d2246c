"""What becomes of a Lambda deployment: what is due when, and what follows from what. Pure: no clock, no calls.

All that a deployment is going to do follows from its stored state and the time, so that whoever drives it may be
killed at any moment and another may go on.

https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-steps-lambda.html
https://docs.aws.amazon.com/codedeploy/latest/userguide/deployments-rollback-and-redeploy.html
"""

from dataclasses import dataclass, replace
from typing import Any, Final

from sandbox.codedeploy_deployment import (
    ALLOW_TRAFFIC,
    Deployment,
    Error,
    EventStatus,
    HookRun,
    LifecycleEvent,
    Plan,
    Status,
    StopRequest,
)
from sandbox.codedeploy_traffic import shift_at

HOOK_TIMEOUT_S: Final = 3600.0
"""https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html"""
_ALL_TRAFFIC: Final = 1.0


@dataclass(frozen=True)
class CheckAlias:
    """See that the alias points to the version that the AppSpec names as current."""


@dataclass(frozen=True)
class SetWeight:
    weight: float


@dataclass(frozen=True)
class InvokeHook:
    hook: HookRun


Action = CheckAlias | SetWeight | InvokeHook


def settled(deployment: Deployment, now: float, execution_id: str) -> Deployment:
    """Return the deployment after all that takes nothing but time to happen.

    `execution_id` is for a validation function whose turn has come.
    """
    while (after := _settled_once(deployment, now, execution_id)) != deployment:
        deployment = after
    return deployment


def due_action(deployment: Deployment, now: float) -> Action | None:
    """Return the call that a settled deployment asks for now."""
    if deployment.is_finished:
        return None
    if deployment.status is Status.CREATED:
        return CheckAlias()
    event = deployment.event
    if event and event.hook and not event.hook.invoked:
        return InvokeHook(event.hook)
    if event and event.name == ALLOW_TRAFFIC:
        weight = shift_at(deployment.plan.routing, event.elapsed_s(now)).weight
        return SetWeight(weight) if weight > deployment.weight else None
    return None


def due_at(deployment: Deployment, now: float) -> float | None:
    """Return when there is more to do for a settled deployment with no due action, unless something happens before."""
    event = deployment.event
    if deployment.is_finished or event is None or event.started_at is None:
        return None
    if event.name != ALLOW_TRAFFIC:
        return event.started_at + HOOK_TIMEOUT_S
    next_s = shift_at(deployment.plan.routing, event.elapsed_s(now)).next_s
    return None if next_s is None else event.started_at + next_s


def acted(deployment: Deployment, action: Action, now: float) -> Deployment:
    """Return the deployment after a call that went well."""
    match action:
        case CheckAlias():
            return replace(deployment, status=Status.IN_PROGRESS, started_at=now, updated_at=now)
        case SetWeight(weight):
            return replace(deployment, weight=weight, updated_at=now)
        case InvokeHook(hook):
            # It may have reported already: the hook is the deployment's own, not the action's of before the call.
            return _with_hook(deployment, hook.execution_id, invoked=True)


def ended(deployment: Deployment, status: Status, error: Error, now: float) -> Deployment:
    """Return the deployment cut short: the event at which it was has failed, those after it are skipped."""
    if deployment.is_finished:
        return deployment
    events = tuple(_cut_short(event, error.message, now) for event in deployment.events)
    return replace(
        deployment, status=status, error=error, events=events, completed_at=now, updated_at=now,
        started_at=now if deployment.started_at is None else deployment.started_at,
    )  # fmt: skip


def stopped_by_alarms(deployment: Deployment, alarms: tuple[str, ...], now: float) -> Deployment:
    """Return the deployment stopped because these of its alarms are in ALARM.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-create-alarms.html
    """
    names = " ".join(f"<{name}>" for name in alarms)
    message = (
        "One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the "
        f"affected deployments have been stopped. Activated alarms: {names}"
    )
    return ended(deployment, Status.STOPPED, Error("ALARM_ACTIVE", message), now)


def reported(deployment: Deployment, execution_id: str, status: str) -> Deployment:
    """Return the deployment after a validation function's report; a late or second one changes nothing."""
    event = deployment.event
    hook = event.hook if event else None
    if hook is None or hook.execution_id != execution_id or hook.reported or deployment.is_finished:
        return deployment
    return _with_hook(deployment, execution_id, reported=status)


def stop_requested(deployment: Deployment, roll_back: bool | None) -> Deployment:  # noqa: FBT001 - of the API, or none
    if deployment.is_finished or deployment.stop:
        return deployment
    return replace(deployment, stop=StopRequest(roll_back))


def rollback_plan(deployment: Deployment, deployment_id: str, now: float) -> Plan:
    """Return the plan of the deployment that rolls this one back: at once, to the version that served before."""
    app_spec = deployment.plan.app_spec.back()
    return replace(
        deployment.plan, deployment_id=deployment_id, created_at=now, creator="codeDeployRollback",
        routing={"type": "AllAtOnce"}, app_spec=app_spec, revision=app_spec.revision(), description="",
        rollback_of=deployment.plan.deployment_id,
    )  # fmt: skip


def _settled_once(deployment: Deployment, now: float, execution_id: str) -> Deployment:
    if deployment.is_finished:
        return deployment
    if deployment.stop:
        return ended(deployment, Status.STOPPED, Error("MANUAL_STOP", "The deployment was stopped by a user."), now)
    if deployment.status is Status.CREATED:
        # A rollback takes the alias from wherever it stands.
        return acted(deployment, CheckAlias(), now) if deployment.plan.rollback_of else deployment
    event = deployment.event
    if event is None:
        return replace(deployment, status=Status.SUCCEEDED, completed_at=now, updated_at=now)
    return _with_turn_of(deployment, event, now, execution_id)


def _with_turn_of(deployment: Deployment, event: LifecycleEvent, now: float, execution_id: str) -> Deployment:
    if event.status is EventStatus.PENDING:
        function = deployment.plan.app_spec.hooks.get(event.name)
        hook = HookRun(function, execution_id) if function else None
        return _with_event(deployment, replace(event, status=EventStatus.IN_PROGRESS, started_at=now, hook=hook), now)
    if event.name == ALLOW_TRAFFIC:
        return _completed(deployment, event, now) if deployment.weight == _ALL_TRAFFIC else deployment
    return _after_hook(deployment, event, now)


def _after_hook(deployment: Deployment, event: LifecycleEvent, now: float) -> Deployment:
    hook = event.hook
    if hook is None or hook.reported == "Succeeded":
        return _completed(deployment, event, now)
    if hook.reported:
        return ended(deployment, Status.FAILED, _hook_error(event.name, hook, "reported Failed"), now)
    if event.elapsed_s(now) >= HOOK_TIMEOUT_S:
        return ended(deployment, Status.FAILED, _hook_error(event.name, hook, "did not report within one hour"), now)
    return deployment


def _hook_error(event: str, hook: HookRun, what: str) -> Error:
    message = f"The deployment failed because the validation function {hook.function} of {event} {what}."
    return Error("HOOK_EXECUTION_FAILURE", message)


def _completed(deployment: Deployment, event: LifecycleEvent, now: float) -> Deployment:
    return _with_event(deployment, replace(event, status=EventStatus.SUCCEEDED, ended_at=now), now)


def _with_event(deployment: Deployment, event: LifecycleEvent, now: float) -> Deployment:
    events = tuple(event if event.name == other.name else other for other in deployment.events)
    return replace(deployment, events=events, updated_at=now)


def _with_hook(deployment: Deployment, execution_id: str, **changes: Any) -> Deployment:
    events = tuple(
        replace(event, hook=replace(event.hook, **changes))
        if event.hook and event.hook.execution_id == execution_id
        else event
        for event in deployment.events
    )
    return replace(deployment, events=events)


def _cut_short(event: LifecycleEvent, message: str, now: float) -> LifecycleEvent:
    if event.status is EventStatus.IN_PROGRESS:
        return replace(event, status=EventStatus.FAILED, ended_at=now, message=message)
    if event.status is EventStatus.PENDING:
        return replace(event, status=EventStatus.SKIPPED)
    return event
