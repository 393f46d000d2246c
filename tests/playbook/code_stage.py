"""The code dials of a stage: two functions with three versions each, their aliases, and CodeDeploy's groups."""

import json
import time
from dataclasses import dataclass
from typing import Any, Final

from shared.names import LIVE_ALIAS
from stacks.environments import SANDBOX
from tests.sandbox.deployable import create_deployer
from tests.sandbox.lambda_functions import create_function, publish_versions
from tests.sandbox_process import RunningSandbox

NAMES: Final = SANDBOX.names
_STACK: Final = "huntaze-read-path"


@dataclass(frozen=True)
class CodeStage:
    """In a running sandbox. `live` begins at version 1, and a deployment's canary takes ten hours."""

    sandbox: RunningSandbox

    def build(self) -> None:
        for function in (NAMES.mock_read_function, NAMES.prisma_read_function):
            create_function(self.sandbox, function)
            publish_versions(self.sandbox, function, 3)
            self.sandbox.client("lambda").create_alias(FunctionName=function, Name=LIVE_ALIAS, FunctionVersion="1")
        self._create_deployment_groups()

    def live(self, function: str = NAMES.mock_read_function) -> tuple[str, dict[str, float]]:
        alias = self.sandbox.client("lambda").get_alias(FunctionName=function, Name=LIVE_ALIAS)
        return alias["FunctionVersion"], dict(alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {}))

    def deploy(self, current: str, target: str) -> str:
        """Begin a deployment of mock-read; its id."""
        properties = {
            "Name": NAMES.mock_read_function, "Alias": LIVE_ALIAS, "CurrentVersion": current, "TargetVersion": target,
        }  # fmt: skip
        app_spec = {
            "version": 0.0,
            "Resources": [{"reads": {"Type": "AWS::Lambda::Function", "Properties": properties}}],
        }
        deployment_id: str = self.sandbox.client("codedeploy").create_deployment(
            applicationName=NAMES.codedeploy_application,
            deploymentGroupName=NAMES.mock_read_deployment_group,
            revision={"revisionType": "AppSpecContent", "appSpecContent": {"content": json.dumps(app_spec)}},
        )["deploymentId"]
        return deployment_id

    def reset(self) -> None:
        """`live` at version 1."""
        for function in (NAMES.mock_read_function, NAMES.prisma_read_function):
            self.sandbox.client("lambda").update_alias(
                FunctionName=function, Name=LIVE_ALIAS, FunctionVersion="1", RoutingConfig={}
            )

    def wait_for(self, deployment_id: str, *statuses: str) -> None:
        """Until CodeDeploy's deployment has one of these."""
        deadline = time.monotonic() + 60
        client = self.sandbox.client("codedeploy")
        while client.get_deployment(deploymentId=deployment_id)["deploymentInfo"]["status"] not in statuses:
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def _create_deployment_groups(self) -> None:
        create_deployer(self.sandbox, "deployer")
        resources: dict[str, Any] = {
            "Application": {
                "Type": "AWS::CodeDeploy::Application",
                "Properties": {"ComputePlatform": "Lambda", "ApplicationName": NAMES.codedeploy_application},
            },
            "Config": {
                "Type": "AWS::CodeDeploy::DeploymentConfig",
                "Properties": {
                    "ComputePlatform": "Lambda",
                    "TrafficRoutingConfig": {
                        "Type": "TimeBasedCanary",
                        "TimeBasedCanary": {"CanaryPercentage": 1, "CanaryInterval": 600},
                    },
                },
            },
        }
        groups = (NAMES.mock_read_deployment_group, NAMES.prisma_read_deployment_group)
        for number, group in enumerate(groups):
            resources[f"Group{number}"] = {
                "Type": "AWS::CodeDeploy::DeploymentGroup",
                "Properties": {
                    "ApplicationName": {"Ref": "Application"},
                    "DeploymentGroupName": group,
                    "DeploymentConfigName": {"Ref": "Config"},
                    "ServiceRoleArn": "arn:aws:iam::000000000000:role/deployer",
                    "DeploymentStyle": {"DeploymentOption": "WITH_TRAFFIC_CONTROL", "DeploymentType": "BLUE_GREEN"},
                    "AutoRollbackConfiguration": {"Enabled": True, "Events": ["DEPLOYMENT_STOP_ON_REQUEST"]},
                },
            }
        cloudformation = self.sandbox.client("cloudformation")
        cloudformation.create_stack(StackName=_STACK, TemplateBody=json.dumps({"Resources": resources}))
        cloudformation.get_waiter("stack_create_complete").wait(
            StackName=_STACK, WaiterConfig={"Delay": 0.05, "MaxAttempts": 400}
        )
