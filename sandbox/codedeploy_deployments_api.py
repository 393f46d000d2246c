"""The operations on deployments: https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_Operations.html."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sandbox import ministack_internals
from sandbox.aws_api import AwsError, Operation
from sandbox.codedeploy_deployment import Deployment, Scope, Status
from sandbox.codedeploy_documents import deployment_info, deployment_target, target_id, target_status
from sandbox.codedeploy_planning import plan_of, required
from sandbox.codedeploy_progress import reported, stop_requested
from sandbox.codedeploy_state import CodeDeployState

Document = dict[str, Any]

_MAX_BATCH: Final = 25
_STATUSES: Final = frozenset({"Created", "Queued", "InProgress", "Baking", "Succeeded", "Failed", "Stopped", "Ready"})


def operations(state: CodeDeployState, now: Callable[[], float]) -> Mapping[str, Operation]:
    """`now` answers epoch seconds."""
    api = _Deployments(state, now)
    return {
        "CreateDeployment": api.create,
        "GetDeployment": api.get,
        "BatchGetDeployments": api.batch_get,
        "ListDeployments": api.list_deployments,
        "StopDeployment": api.stop,
        "ListDeploymentTargets": api.list_targets,
        "GetDeploymentTarget": api.get_target,
        "BatchGetDeploymentTargets": api.batch_get_targets,
        "PutLifecycleEventHookExecutionStatus": api.put_hook_status,
    }


class _Deployments:
    def __init__(self, state: CodeDeployState, now: Callable[[], float]) -> None:
        self._state = state
        self._now = now

    def create(self, request: Document) -> Document:
        deployment = self._state.deployments.create(plan_of(request, self._state, _scope(), self._now()))
        return {"deploymentId": deployment.plan.deployment_id}

    def get(self, request: Document) -> Document:
        return {"deploymentInfo": deployment_info(self._deployment(request))}

    def batch_get(self, request: Document) -> Document:
        ids = request.get("deploymentIds") or []
        if not ids:
            raise AwsError("DeploymentIdRequiredException", "The deploymentIds are required.")
        if len(ids) > _MAX_BATCH:
            raise AwsError("BatchLimitExceededException", f"The maximum number of deploymentIds is {_MAX_BATCH}.")
        found = (self._state.deployments.get(deployment_id) for deployment_id in ids)
        return {"deploymentsInfo": [deployment_info(item) for item in found if item and item.plan.scope == _scope()]}

    def list_deployments(self, request: Document) -> Document:
        _refuse_token(request)
        if request.get("externalId"):
            # CloudFormation's blue/green deployments of ECS have one.
            return {"deployments": []}
        statuses = frozenset(request.get("includeOnlyStatuses") or _STATUSES)
        if statuses - _STATUSES:
            raise AwsError("InvalidDeploymentStatusException", "A status is not known.")
        start, end = _range(request.get("createTimeRange") or {})
        return {
            "deployments": [
                deployment.plan.deployment_id
                for deployment in reversed(self._candidates(request))
                if deployment.status in statuses and start <= deployment.plan.created_at <= end
            ]
        }

    def stop(self, request: Document) -> Document:
        deployment = self._deployment(request)
        if deployment.is_finished:
            raise AwsError(
                "DeploymentAlreadyCompletedException",
                f"The deployment {deployment.plan.deployment_id} is already complete.",
            )
        roll_back = request.get("autoRollbackEnabled")
        self._state.deployments.change(deployment.plan.deployment_id, lambda d: stop_requested(d, roll_back))
        return {"status": "Pending", "statusMessage": "No more commands will be scheduled for execution."}

    def list_targets(self, request: Document) -> Document:
        _refuse_token(request)
        deployment = self._started(request)
        filters = request.get("targetFilters") or {}
        if set(filters) - {"TargetStatus"}:
            raise AwsError(
                "InvalidTargetFilterNameException", "A Lambda deployment's targets are filtered by TargetStatus only."
            )
        matches = target_status(deployment) in filters.get("TargetStatus", [target_status(deployment)])
        return {"targetIds": [target_id(deployment)] if matches else []}

    def get_target(self, request: Document) -> Document:
        deployment = self._started(request)
        return {"deploymentTarget": _target(deployment, required(request, "targetId", "DeploymentTargetId"))}

    def batch_get_targets(self, request: Document) -> Document:
        deployment = self._started(request)
        ids = request.get("targetIds") or []
        if not ids:
            raise AwsError("DeploymentTargetIdRequiredException", "The targetIds are required.")
        if len(ids) > 1:
            raise AwsError("DeploymentTargetListSizeExceededException", "A Lambda deployment has one target.")
        return {"deploymentTargets": [_target(deployment, ids[0])]}

    def put_hook_status(self, request: Document) -> Document:
        deployment = self._deployment(request)
        execution_id = request.get("lifecycleEventHookExecutionId") or ""
        status = request.get("status")
        if status not in ("Succeeded", "Failed"):
            raise AwsError(
                "InvalidLifecycleEventHookExecutionStatusException", "The status must be Succeeded or Failed."
            )
        hooks = [event.hook for event in deployment.events if event.hook]
        if execution_id not in [hook.execution_id for hook in hooks]:
            raise AwsError(
                "InvalidLifecycleEventHookExecutionIdException",
                f"The deployment {deployment.plan.deployment_id} has no such lifecycle event hook execution.",
            )
        after = self._state.deployments.change(
            deployment.plan.deployment_id, lambda d: reported(d, execution_id, status)
        )
        if after == deployment:
            raise AwsError("LifecycleEventAlreadyCompletedException", "The lifecycle event is already complete.")
        return {"lifecycleEventHookExecutionId": execution_id}

    def _deployment(self, request: Document) -> Deployment:
        deployment_id = required(request, "deploymentId", "DeploymentId")
        found = self._state.deployments.get(deployment_id)
        if found is None or found.plan.scope != _scope():
            raise AwsError("DeploymentDoesNotExistException", f"The deployment {deployment_id} could not be found.")
        return found

    def _started(self, request: Document) -> Deployment:
        deployment = self._deployment(request)
        if deployment.status is Status.CREATED:
            raise AwsError("DeploymentNotStartedException", "The deployment has not started.")
        return deployment

    def _candidates(self, request: Document) -> list[Deployment]:
        application, group = request.get("applicationName"), request.get("deploymentGroupName")
        if not application and not group:
            return [item for item in self._state.deployments.all() if item.plan.scope == _scope()]
        application = required(request, "applicationName", "ApplicationName")
        group = required(request, "deploymentGroupName", "DeploymentGroupName")
        self._state.group(application, group)
        return self._state.deployments.of_group(_scope(), application, group)


def _target(deployment: Deployment, wanted: str) -> Document:
    if wanted != target_id(deployment):
        raise AwsError("DeploymentTargetDoesNotExistException", f"The deployment has no target {wanted}.")
    return deployment_target(deployment)


def _range(times: Document) -> tuple[float, float]:
    start, end = times.get("start"), times.get("end")
    bounds = (float("-inf") if start is None else float(start), float("inf") if end is None else float(end))
    if bounds[0] > bounds[1]:
        raise AwsError("InvalidTimeRangeException", "The time range ends before it begins.")
    return bounds


def _refuse_token(request: Document) -> None:
    if request.get("nextToken"):
        raise AwsError("InvalidNextTokenException", "There is one page only.")


def _scope() -> Scope:
    return Scope(ministack_internals.account_id(), ministack_internals.region())
