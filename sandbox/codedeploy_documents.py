"""A deployment as CodeDeploy's API shows it: DeploymentInfo and DeploymentTarget.

https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_DeploymentInfo.html
https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_LambdaTarget.html
"""

from typing import Any, Final

from sandbox.codedeploy_app_spec import shown_revision
from sandbox.codedeploy_deployment import Deployment, EventStatus, LifecycleEvent, Status

Document = dict[str, Any]

_TARGET_STATUS: Final = {
    Status.CREATED: "Pending",
    Status.IN_PROGRESS: "InProgress",
    Status.SUCCEEDED: "Succeeded",
    Status.FAILED: "Failed",
    Status.STOPPED: "Failed",
}
_OVERVIEW: Final = ("Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Ready")


def deployment_info(deployment: Deployment) -> Document:
    plan = deployment.plan
    info: Document = {
        "applicationName": plan.application,
        "deploymentGroupName": plan.group,
        "deploymentConfigName": plan.config,
        "deploymentId": plan.deployment_id,
        "revision": shown_revision(dict(plan.revision)),
        "status": deployment.status,
        "createTime": plan.created_at,
        "deploymentOverview": {**dict.fromkeys(_OVERVIEW, 0), target_status(deployment): 1},
        "description": plan.description,
        "creator": plan.creator,
        "ignoreApplicationStopFailures": False,
        "autoRollbackConfiguration": {"enabled": bool(plan.auto_rollback), "events": sorted(plan.auto_rollback)},
        "updateOutdatedInstancesOnly": False,
        "rollbackInfo": _rollback_info(deployment),
        "deploymentStyle": {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
        "instanceTerminationWaitTimeStarted": False,
        "deploymentStatusMessages": [deployment.error.message] if deployment.error else [],
        "computePlatform": "Lambda",
    }
    if deployment.started_at is not None:
        info["startTime"] = deployment.started_at
    if deployment.completed_at is not None:
        info["completeTime"] = deployment.completed_at
    if deployment.error:
        info["errorInformation"] = {"code": deployment.error.code, "message": deployment.error.message}
    return info


def target_id(deployment: Deployment) -> str:
    """A Lambda deployment has one target, and its id is the function's name.

    https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_BatchGetDeploymentTargets.html
    """
    return deployment.plan.app_spec.function.rpartition(":function:")[2]


def target_status(deployment: Deployment) -> str:
    return _TARGET_STATUS[deployment.status]


def deployment_target(deployment: Deployment) -> Document:
    plan, app_spec = deployment.plan, deployment.plan.app_spec
    name = target_id(deployment)
    scope = plan.scope
    target: Document = {
        "deploymentId": plan.deployment_id,
        "targetId": name,
        "targetArn": f"arn:aws:lambda:{scope.region}:{scope.account_id}:function:{name}:{app_spec.alias}",
        "status": target_status(deployment),
        "lifecycleEvents": [_lifecycle_event(event) for event in deployment.events],
        "lambdaFunctionInfo": {
            "functionName": name,
            "functionAlias": app_spec.alias,
            "currentVersion": app_spec.current_version,
            "targetVersion": app_spec.target_version,
            "targetVersionWeight": deployment.weight,
        },
    }
    if deployment.updated_at is not None:
        target["lastUpdatedAt"] = deployment.updated_at
    return {"deploymentTargetType": "LambdaTarget", "lambdaTarget": target}


def _lifecycle_event(event: LifecycleEvent) -> Document:
    document: Document = {"lifecycleEventName": event.name, "status": event.status}
    if event.started_at is not None:
        document["startTime"] = event.started_at
    if event.ended_at is not None:
        document["endTime"] = event.ended_at
    if event.status is EventStatus.FAILED:
        script = event.hook.function if event.hook else ""
        document["diagnostics"] = {"errorCode": "UnknownError", "scriptName": script, "message": event.message}
    return document


def _rollback_info(deployment: Deployment) -> Document:
    own_id = deployment.plan.deployment_id
    if deployment.plan.rollback_of:
        return {
            "rollbackTriggeringDeploymentId": deployment.plan.rollback_of,
            "rollbackMessage": f"Deployment {own_id} is triggered to roll back deployment "
            f"{deployment.plan.rollback_of}.",
        }
    if deployment.rollback_id:
        return {
            "rollbackDeploymentId": deployment.rollback_id,
            "rollbackMessage": f"Deployment {own_id} terminated. Automatic rollback is triggered with a DeploymentId "
            f"{deployment.rollback_id}.",
        }
    return {}
