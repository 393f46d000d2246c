"""A function behind an alias with its deployment group, validation functions and alarms, in a running sandbox."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.sandbox.lambda_functions import create_function, publish_versions
from tests.sandbox_process import RunningSandbox

TIMEOUT_S: Final = 60.0
OVER: Final = frozenset({"Succeeded", "Failed", "Stopped"})

REPORT: Final = """
import json, os
import boto3

def handler(event, context):
    print("HOOK " + json.dumps(event))
    outcome = os.environ["OUTCOME"]
    if outcome == "raise":
        raise RuntimeError("broken")
    if outcome != "silence":
        boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
            deploymentId=event["DeploymentId"],
            lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
            status=outcome,
        )
"""


def eventually(what: Callable[[], Any]) -> Any:
    """Return the first true value of `what`; fail after a minute."""
    deadline = time.monotonic() + TIMEOUT_S
    while not (value := what()):
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)
    return value


def create_deployer(sandbox: RunningSandbox, name: str, *statements: dict[str, Any]) -> str:
    """Create a role that CodeDeploy may assume, which may do what is stated, and return its ARN."""
    iam = sandbox.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "codedeploy.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))["Role"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="deploys", PolicyDocument=policy(*statements))
    arn: str = role["Arn"]
    return arn


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def group_resources(
    name: str, role_arn: str, *, alarms: tuple[str, ...] = (), minutes: int = 5, events: tuple[str, ...] | None = None
) -> dict[str, Any]:
    """Application, canary of 10 % and group of the name, which rolls back on every event unless told otherwise."""
    every = ("DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST")
    rollback = every if events is None else events
    canary = {"CanaryPercentage": 10, "CanaryInterval": minutes}
    return {
        "Application": {
            "Type": "AWS::CodeDeploy::Application",
            "Properties": {"ComputePlatform": "Lambda", "ApplicationName": name},
        },
        "Config": {
            "Type": "AWS::CodeDeploy::DeploymentConfig",
            "Properties": {
                "ComputePlatform": "Lambda",
                "TrafficRoutingConfig": {"Type": "TimeBasedCanary", "TimeBasedCanary": canary},
            },
        },
        "Group": {
            "Type": "AWS::CodeDeploy::DeploymentGroup",
            "Properties": {
                "ApplicationName": {"Ref": "Application"},
                "DeploymentGroupName": name,
                "DeploymentConfigName": {"Ref": "Config"},
                "ServiceRoleArn": role_arn,
                "DeploymentStyle": {"DeploymentOption": "WITH_TRAFFIC_CONTROL", "DeploymentType": "BLUE_GREEN"},
                "AlarmConfiguration": {"Enabled": bool(alarms), "Alarms": [{"Name": alarm} for alarm in alarms]},
                "AutoRollbackConfiguration": {"Enabled": bool(rollback), "Events": list(rollback)},
            },
        },
    }


def create_hook(sandbox: RunningSandbox, name: str, outcome: str) -> str:
    """Create a validation function that reports `Succeeded` or `Failed`, keeps silent, or raises; return its name."""
    create_function(sandbox, name, REPORT, Environment={"Variables": {"OUTCOME": outcome}}, Timeout=20)
    return name


def set_alarm(sandbox: RunningSandbox, name: str, *, in_alarm: bool) -> None:
    """Create or change an alarm that stays in one state, and wait for that."""
    cloudwatch = sandbox.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=name, Namespace="Tests", MetricName="Nothing", Statistic="Sum", Period=60, EvaluationPeriods=1,
        Threshold=0, ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="breaching" if in_alarm else "notBreaching",
    )  # fmt: skip
    wanted = "ALARM" if in_alarm else "OK"
    eventually(lambda: cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"] == wanted)


@dataclass(frozen=True)
class Deployable:
    """A function with versions 1 to 3, and `live` at version 1."""

    sandbox: RunningSandbox
    name: str

    @classmethod
    def create(cls, sandbox: RunningSandbox, name: str) -> "Deployable":
        create_function(sandbox, name)
        publish_versions(sandbox, name, 3)
        return cls(sandbox, name)

    def create_alias(self) -> None:
        self.sandbox.client("lambda").create_alias(FunctionName=self.name, Name="live", FunctionVersion="1")

    @property
    def alias(self) -> tuple[str, dict[str, float]]:
        """The version of `live`, and its weights."""
        alias = self.sandbox.client("lambda").get_alias(FunctionName=self.name, Name="live")
        return alias["FunctionVersion"], alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})

    def revision(self, current: str = "1", target: str = "2", **hooks: str) -> dict[str, Any]:
        properties = {"Name": self.name, "Alias": "live", "CurrentVersion": current, "TargetVersion": target}
        app_spec = {
            "version": 0.0,
            "Resources": [{"reads": {"Type": "AWS::Lambda::Function", "Properties": properties}}],
            "Hooks": [{event: function} for event, function in hooks.items()],
        }
        return {"revisionType": "AppSpecContent", "appSpecContent": {"content": json.dumps(app_spec)}}

    def deploy(self, current: str = "1", target: str = "2", *, options: Any = None, **hooks: str) -> str:
        created = self.sandbox.client("codedeploy").create_deployment(
            applicationName=self.name,
            deploymentGroupName=self.name,
            revision=self.revision(current, target, **hooks),
            **(options or {}),
        )
        deployment_id: str = created["deploymentId"]
        return deployment_id

    def info(self, deployment_id: str) -> dict[str, Any]:
        info: dict[str, Any] = self.sandbox.client("codedeploy").get_deployment(deploymentId=deployment_id)[
            "deploymentInfo"
        ]
        return info

    def over(self, deployment_id: str) -> dict[str, Any]:
        """Wait until the deployment has ended, and return its DeploymentInfo."""
        eventually(lambda: self.info(deployment_id)["status"] in OVER)
        return self.info(deployment_id)

    def rollback(self, deployment_id: str) -> dict[str, Any]:
        """Wait until the rollback of the deployment has ended, and return its DeploymentInfo."""
        rollback_id = eventually(lambda: self.info(deployment_id)["rollbackInfo"].get("rollbackDeploymentId"))
        return self.over(rollback_id)

    def wait_for_canary(self) -> None:
        eventually(lambda: self.alias[1])

    def target(self, deployment_id: str) -> dict[str, Any]:
        target: dict[str, Any] = self.sandbox.client("codedeploy").get_deployment_target(
            deploymentId=deployment_id, targetId=self.name
        )["deploymentTarget"]["lambdaTarget"]
        return target

    def events(self, deployment_id: str) -> dict[str, str]:
        """Lifecycle events and their status."""
        return {event["lifecycleEventName"]: event["status"] for event in self.target(deployment_id)["lifecycleEvents"]}
