"""From a request for a deployment to its plan: what the request says, or else the deployment group.

https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_CreateDeployment.html
"""

from typing import Any, Final

from sandbox.aws_api import AwsError
from sandbox.codedeploy_app_spec import app_spec_of
from sandbox.codedeploy_deployment import AlarmWatch, Plan, Scope
from sandbox.codedeploy_deployments import new_deployment_id
from sandbox.codedeploy_state import CodeDeployState

Document = dict[str, Any]

_MAX_ALARMS: Final = 10
_ROLLBACK_EVENTS: Final = frozenset({"DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"})
# What only deployments to servers have, and the error in which AWS refuses it.
_NOT_FOR_LAMBDA: Final = {
    "deploymentMode": "InvalidInputException",
    "fileExistsBehavior": "InvalidFileExistsBehaviorException",
    "ignoreApplicationStopFailures": "InvalidIgnoreApplicationStopFailuresValueException",
    "targetInstances": "InvalidTargetInstancesException",
    "updateOutdatedInstancesOnly": "InvalidUpdateOutdatedInstancesOnlyValueException",
}


def plan_of(request: Document, state: CodeDeployState, scope: Scope, now: float) -> Plan:
    """Return the plan that a CreateDeployment asks for. Raises `AwsError`."""
    for member, code in _NOT_FOR_LAMBDA.items():
        if request.get(member):
            raise AwsError(code, f"{member} is not for deployments of the compute platform Lambda.")
    application, group_name = (
        required(request, "applicationName", "ApplicationName"),
        required(request, "deploymentGroupName", "DeploymentGroupName"),
    )
    group = state.group(application, group_name)
    config = state.config(request.get("deploymentConfigName") or group["deploymentConfigName"])
    return Plan(
        deployment_id=new_deployment_id(),
        scope=scope,
        application=application,
        group=group_name,
        config=config["deploymentConfigName"],
        routing=config["trafficRoutingConfig"],
        role_arn=group["serviceRoleArn"],
        app_spec=app_spec_of(request.get("revision")),
        revision=request["revision"],
        creator="user",
        created_at=now,
        description=request.get("description") or "",
        alarms=_alarm_watch(request.get("overrideAlarmConfiguration") or group["alarmConfiguration"]),
        auto_rollback=_auto_rollback(request.get("autoRollbackConfiguration") or group["autoRollbackConfiguration"]),
    )


def required(request: Document, member: str, error_prefix: str) -> str:
    """Return a member of a request. Raises `AwsError` if it is not there."""
    value: str = request.get(member) or ""
    if not value:
        raise AwsError(f"{error_prefix}RequiredException", f"The {member} is required.")
    return value


def _alarm_watch(configuration: Document) -> AlarmWatch:
    alarms = configuration.get("alarms") or []
    if len(alarms) > _MAX_ALARMS:
        raise AwsError("AlarmsLimitExceededException", f"The maximum number of alarms is {_MAX_ALARMS}.")
    if not all(alarm.get("name") for alarm in alarms):
        raise AwsError("InvalidAlarmConfigException", "An alarm has no name.")
    names = tuple(alarm["name"] for alarm in alarms) if configuration.get("enabled") else ()
    return AlarmWatch(names, ignore_poll_failure=bool(configuration.get("ignorePollAlarmFailure")))


def _auto_rollback(configuration: Document) -> frozenset[str]:
    events = frozenset(configuration.get("events") or [])
    if events - _ROLLBACK_EVENTS:
        raise AwsError("InvalidAutoRollbackConfigException", "The automatic rollback has an event that is not known.")
    return events if configuration.get("enabled") else frozenset()
