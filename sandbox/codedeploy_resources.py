"""AWS::CodeDeploy::Application, DeploymentConfig and DeploymentGroup, for the Lambda compute platform.

Properties, references and replacements are those of
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_CodeDeploy.html.
"""

from collections.abc import Callable
from typing import Any, Final

from sandbox.aws_api import AwsError
from sandbox.cloudformation_types import Properties, Resource, ResourceType
from sandbox.codedeploy_state import LAMBDA, CodeDeployState, Document, new_document
from sandbox.resource_properties import TAGS, array, flag, integer, structure, text

_NAME: Final = text(max_length=100)
_PLATFORMS: Final = ("Lambda", "ECS", "Server")
_DEFAULT_PLATFORM: Final = "Server"
_ROLLBACK_EVENTS: Final = ("DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST")
# https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html
_MAX_ALARMS: Final = 10
_MAX_SHIFT_MINUTES: Final = 2880

_APPLICATION: Final = {"ApplicationName": _NAME, "ComputePlatform": text(values=_PLATFORMS), "Tags": TAGS}
_CONFIG: Final = {
    "DeploymentConfigName": _NAME,
    "ComputePlatform": text(values=_PLATFORMS),
    "TrafficRoutingConfig": structure(
        {
            "Type": text(required=True, values=("AllAtOnce", "TimeBasedCanary", "TimeBasedLinear")),
            "TimeBasedCanary": structure(
                {"CanaryPercentage": integer(required=True), "CanaryInterval": integer(required=True)}
            ),
            "TimeBasedLinear": structure(
                {"LinearPercentage": integer(required=True), "LinearInterval": integer(required=True)}
            ),
        }
    ),
}
_GROUP: Final = {
    "ApplicationName": text(required=True, max_length=100),
    "ServiceRoleArn": text(required=True),
    "DeploymentGroupName": _NAME,
    "DeploymentConfigName": _NAME,
    "AlarmConfiguration": structure(
        {
            "Alarms": array(structure({"Name": text(max_length=255)}), max_length=_MAX_ALARMS),
            "Enabled": flag(),
            "IgnorePollAlarmFailure": flag(),
        }
    ),
    "AutoRollbackConfiguration": structure(
        {"Enabled": flag(), "Events": array(text(values=_ROLLBACK_EVENTS))}
    ),
    "DeploymentStyle": structure(
        {
            "DeploymentOption": text(values=("WITH_TRAFFIC_CONTROL", "WITHOUT_TRAFFIC_CONTROL")),
            "DeploymentType": text(values=("BLUE_GREEN", "IN_PLACE")),
        }
    ),
    "TriggerConfigurations": array(
        structure({"TriggerEvents": array(text()), "TriggerName": text(), "TriggerTargetArn": text()})
    ),
    "Tags": TAGS,
}  # fmt: skip


def resource_types(state: CodeDeployState, now: Callable[[], float]) -> tuple[ResourceType, ...]:
    """`now` answers epoch seconds."""
    return _Applications(state, now).type(), _Configs(state, now).type(), _Groups(state).type()


class _Applications:
    def __init__(self, state: CodeDeployState, now: Callable[[], float]) -> None:
        self._state = state
        self._now = now

    def type(self) -> ResourceType:
        return ResourceType(
            "AWS::CodeDeploy::Application", _APPLICATION, self.create, self.update, self.delete,
            replacing=("ApplicationName", "ComputePlatform"), name_property="ApplicationName",
        )  # fmt: skip

    def create(self, properties: Properties, generated_name: str) -> Resource:
        _require_lambda(properties.get("ComputePlatform", _DEFAULT_PLATFORM))
        name = properties.get("ApplicationName", generated_name)
        if name in self._state.applications:
            raise ValueError(f"Application already exists: {name}")
        self._state.applications[name] = new_document(
            {
                "applicationName": name,
                "computePlatform": LAMBDA,
                "createTime": self._now(),
                "linkedToGitHub": False,
            },
            "applicationId",
        )
        return Resource(name, {})

    def update(self, ref: str, _properties: Properties) -> Resource:
        return Resource(ref, {})

    def delete(self, ref: str, _properties: Properties) -> None:
        self._state.applications.pop(ref, None)
        self._state.groups.pop(ref, None)


class _Configs:
    def __init__(self, state: CodeDeployState, now: Callable[[], float]) -> None:
        self._state = state
        self._now = now

    def type(self) -> ResourceType:
        return ResourceType(
            "AWS::CodeDeploy::DeploymentConfig", _CONFIG, self.create, self.update, self.delete,
            replacing=("DeploymentConfigName", "ComputePlatform", "TrafficRoutingConfig"),
            name_property="DeploymentConfigName",
        )  # fmt: skip

    def create(self, properties: Properties, generated_name: str) -> Resource:
        _require_lambda(properties.get("ComputePlatform", _DEFAULT_PLATFORM))
        name = properties.get("DeploymentConfigName", generated_name)
        if name in self._state.configs:
            raise ValueError(f"Deployment configuration already exists: {name}")
        routing = _lower_camel(properties.get("TrafficRoutingConfig") or {"Type": "AllAtOnce"})
        _check_routing(routing)
        self._state.configs[name] = new_document(
            {
                "deploymentConfigName": name,
                "computePlatform": LAMBDA,
                "createTime": self._now(),
                "trafficRoutingConfig": routing,
            },
            "deploymentConfigId",
        )
        return Resource(name, {})

    def update(self, ref: str, _properties: Properties) -> Resource:
        return Resource(ref, {})

    def delete(self, ref: str, _properties: Properties) -> None:
        users = [
            name
            for groups in self._state.groups.values()
            for name, group in groups.items()
            if group["deploymentConfigName"] == ref
        ]
        if users:
            raise ValueError(f"Deployment configuration {ref} is in use by: {', '.join(users)}")
        self._state.configs.pop(ref, None)


class _Groups:
    def __init__(self, state: CodeDeployState) -> None:
        self._state = state

    def type(self) -> ResourceType:
        return ResourceType(
            "AWS::CodeDeploy::DeploymentGroup", _GROUP, self.create, self.update, self.delete,
            replacing=("ApplicationName", "DeploymentGroupName"), name_property="DeploymentGroupName",
        )  # fmt: skip

    def create(self, properties: Properties, generated_name: str) -> Resource:
        name = properties.get("DeploymentGroupName", generated_name)
        groups = self._state.groups.setdefault(properties["ApplicationName"], {})
        if name in groups:
            raise ValueError(f"Deployment group already exists: {name}")
        groups[name] = new_document(self._document(name, properties), "deploymentGroupId")
        return Resource(name, {})

    def update(self, ref: str, properties: Properties) -> Resource:
        groups = self._state.groups[properties["ApplicationName"]]
        groups[ref] = {
            **self._document(ref, properties),
            "deploymentGroupId": groups[ref]["deploymentGroupId"],
        }
        return Resource(ref, {})

    def delete(self, ref: str, properties: Properties) -> None:
        self._state.groups.get(properties["ApplicationName"], {}).pop(ref, None)

    def _document(self, name: str, properties: Properties) -> Document:
        # CodeDeploy's documented default suits no Lambda group, so a group has to name one that does.
        config_name = properties.get("DeploymentConfigName", "CodeDeployDefault.OneAtATime")
        try:
            self._state.application(properties["ApplicationName"])
            self._state.config(config_name)
        except AwsError as error:
            raise ValueError(error.message) from error
        _require_traffic_control(properties.get("DeploymentStyle"))
        kept = {key: value for key, value in properties.items() if key != "Tags"}
        return {
            "alarmConfiguration": {"enabled": False, "ignorePollAlarmFailure": False, "alarms": []},
            "autoRollbackConfiguration": {"enabled": False, "events": []},
            "triggerConfigurations": [],
            **_lower_camel(kept),
            "deploymentGroupName": name,
            "deploymentConfigName": config_name,
            "computePlatform": LAMBDA,
        }


def _require_lambda(platform: str) -> None:
    if platform != LAMBDA:
        raise ValueError(f"The sandbox does not do CodeDeploy's compute platform {platform}, only {LAMBDA}")


def _require_traffic_control(style: dict[str, str] | None) -> None:
    """A Lambda deployment is always blue/green with traffic control.

    https://docs.aws.amazon.com/codedeploy/latest/userguide/deployments.html
    """
    if style != {"DeploymentOption": "WITH_TRAFFIC_CONTROL", "DeploymentType": "BLUE_GREEN"}:
        raise ValueError(
            "A Lambda deployment group needs deploymentType BLUE_GREEN and deploymentOption WITH_TRAFFIC_CONTROL"
        )


def _check_routing(routing: Document) -> None:
    """Percentage and minutes have the limits of https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html."""
    kind = routing["type"]
    if kind == "AllAtOnce":
        return
    step = "canary" if kind == "TimeBasedCanary" else "linear"
    values = routing.get(f"timeBased{step.capitalize()}")
    if values is None:
        raise ValueError(f"Traffic routing configuration of type {kind} needs {kind}")
    percentage, minutes = values[f"{step}Percentage"], values[f"{step}Interval"]
    if not 1 <= percentage <= 99:  # noqa: PLR2004 - a percentage
        raise ValueError(f"{step}Percentage must be from 1 to 99, not {percentage}")
    if not 1 <= minutes <= _MAX_SHIFT_MINUTES:
        raise ValueError(f"{step}Interval must be from 1 to {_MAX_SHIFT_MINUTES} minutes, not {minutes}")


def _lower_camel(value: Any) -> Any:
    """Respell a template's keys as the API spells them."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _lower_camel(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_lower_camel(item) for item in value]
    return value
