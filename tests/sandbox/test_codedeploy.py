"""CodeDeploy's Lambda resources, deployed by a template and read through the API.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_CodeDeploy.html
https://docs.aws.amazon.com/codedeploy/latest/APIReference/Welcome.html
"""

import copy
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.templates import refusal, stack, update
from tests.sandbox_process import RunningSandbox

ROLE = "arn:aws:iam::000000000000:role/codedeploy"
RESOURCES: dict[str, Any] = {
    "Application": {
        "Type": "AWS::CodeDeploy::Application",
        "Properties": {"ComputePlatform": "Lambda", "ApplicationName": "reads"},
    },
    "Config": {
        "Type": "AWS::CodeDeploy::DeploymentConfig",
        "Properties": {
            "ComputePlatform": "Lambda",
            "TrafficRoutingConfig": {
                "Type": "TimeBasedCanary",
                "TimeBasedCanary": {"CanaryPercentage": 1, "CanaryInterval": 60},
            },
        },
    },
    "Group": {
        "Type": "AWS::CodeDeploy::DeploymentGroup",
        "Properties": {
            "ApplicationName": {"Ref": "Application"},
            "DeploymentGroupName": "reads-live",
            "DeploymentConfigName": {"Ref": "Config"},
            "ServiceRoleArn": ROLE,
            "DeploymentStyle": {"DeploymentOption": "WITH_TRAFFIC_CONTROL", "DeploymentType": "BLUE_GREEN"},
            "AlarmConfiguration": {"Enabled": True, "Alarms": [{"Name": "errors"}]},
            "AutoRollbackConfiguration": {"Enabled": True, "Events": ["DEPLOYMENT_STOP_ON_ALARM"]},
        },
    },
}


def changed(resource: str, **properties: Any) -> dict[str, Any]:
    """Return the resources with properties changed, or left out where `None`."""
    resources = copy.deepcopy(RESOURCES)
    for name, value in properties.items():
        if value is None:
            resources[resource]["Properties"].pop(name, None)
        else:
            resources[resource]["Properties"][name] = value
    return resources


def error_code(caught: pytest.ExceptionInfo[ClientError]) -> str:
    code: str = caught.value.response["Error"]["Code"]
    return code


def test_a_stack_deploys_what_codedeploy_then_answers(sandbox: RunningSandbox) -> None:
    client = sandbox.client("codedeploy")
    references = {name.lower(): {"Ref": name} for name in RESOURCES}
    with stack(sandbox, "codedeploy", RESOURCES, **references) as outputs:
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codedeploy-application.html
        # and the pages beside it: `Ref` returns the name.
        assert outputs["application"] == "reads"
        assert outputs["group"] == "reads-live"
        assert outputs["config"].startswith("codedeploy-Config-")

        application = client.get_application(applicationName="reads")["application"]
        assert application["computePlatform"] == "Lambda"
        assert "reads" in client.list_applications()["applications"]

        config = client.get_deployment_config(deploymentConfigName=outputs["config"])["deploymentConfigInfo"]
        assert config["trafficRoutingConfig"] == {
            "type": "TimeBasedCanary",
            "timeBasedCanary": {"canaryPercentage": 1, "canaryInterval": 60},
        }

        group = client.get_deployment_group(applicationName="reads", deploymentGroupName="reads-live")[
            "deploymentGroupInfo"
        ]
        assert group["deploymentConfigName"] == outputs["config"]
        assert group["alarmConfiguration"] == {"enabled": True, "alarms": [{"name": "errors"}]}
        assert group["autoRollbackConfiguration"] == {
            "enabled": True,
            "events": ["DEPLOYMENT_STOP_ON_ALARM"],
        }
        assert group["serviceRoleArn"] == ROLE
        assert client.list_deployment_groups(applicationName="reads")["deploymentGroups"] == ["reads-live"]
    assert "reads" not in client.list_applications()["applications"]


def test_an_update_changes_the_group_and_keeps_its_identity(sandbox: RunningSandbox) -> None:
    client = sandbox.client("codedeploy")

    def group() -> Any:
        return client.get_deployment_group(applicationName="reads", deploymentGroupName="reads-live")[
            "deploymentGroupInfo"
        ]

    with stack(sandbox, "codedeploy-update", RESOURCES):
        before = group()
        update(sandbox, "codedeploy-update", changed("Group", AutoRollbackConfiguration={"Enabled": False}))
        assert group()["autoRollbackConfiguration"] == {"enabled": False}
        assert group()["deploymentGroupId"] == before["deploymentGroupId"]


def test_a_new_traffic_routing_makes_a_new_configuration(sandbox: RunningSandbox) -> None:
    # The page of AWS::CodeDeploy::DeploymentConfig: every property's update requires replacement.
    client = sandbox.client("codedeploy")
    with stack(sandbox, "codedeploy-replace", RESOURCES, config={"Ref": "Config"}) as before:
        linear = {
            "Type": "TimeBasedLinear",
            "TimeBasedLinear": {"LinearPercentage": 10, "LinearInterval": 1},
        }
        resources = changed("Config", TrafficRoutingConfig=linear)
        after = update(sandbox, "codedeploy-replace", resources, config={"Ref": "Config"})
        assert after["config"] != before["config"]
        names = client.list_deployment_configs()["deploymentConfigsList"]
        assert after["config"] in names
        assert before["config"] not in names


@pytest.mark.parametrize(
    ("name", "routing"),
    [
        # https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
        ("LambdaAllAtOnce", {"type": "AllAtOnce"}),
        *(
            (
                f"LambdaCanary10Percent{minutes}Minutes",
                {
                    "type": "TimeBasedCanary",
                    "timeBasedCanary": {"canaryPercentage": 10, "canaryInterval": minutes},
                },
            )
            for minutes in (5, 10, 15, 30)
        ),
        *(
            (
                f"LambdaLinear10PercentEvery{minutes}Minute{'s' if minutes > 1 else ''}",
                {
                    "type": "TimeBasedLinear",
                    "timeBasedLinear": {"linearPercentage": 10, "linearInterval": minutes},
                },
            )
            for minutes in (1, 2, 3, 10)
        ),
    ],
)
def test_the_predefined_configurations_are_there(sandbox: RunningSandbox, name: str, routing: dict[str, Any]) -> None:
    client = sandbox.client("codedeploy")
    full_name = f"CodeDeployDefault.{name}"
    assert full_name in client.list_deployment_configs()["deploymentConfigsList"]
    config = client.get_deployment_config(deploymentConfigName=full_name)["deploymentConfigInfo"]
    assert config["trafficRoutingConfig"] == routing
    assert config["computePlatform"] == "Lambda"


def canary(percentage: int, interval_minutes: int) -> dict[str, Any]:
    return {
        "Type": "TimeBasedCanary",
        "TimeBasedCanary": {"CanaryPercentage": percentage, "CanaryInterval": interval_minutes},
    }


@pytest.mark.parametrize(
    ("case", "resource", "properties", "reason"),
    [
        ("no-role", "Group", {"ServiceRoleArn": None}, "#: required key [ServiceRoleArn] not found"),
        ("unknown", "Group", {"Colour": "red"}, "#: extraneous key [Colour] is not permitted"),
        # https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html
        ("alarms", "Group", {"AlarmConfiguration": {"Alarms": [{"Name": f"{n}"} for n in range(11)]}}, "10, found: 11"),
        ("event", "Group", {"AutoRollbackConfiguration": {"Events": ["NEVER"]}}, "NEVER is not a valid enum value"),
        ("no-config", "Group", {"DeploymentConfigName": "absent"}, "No deployment configuration found for name"),
        ("no-app", "Group", {"ApplicationName": "absent"}, "No application found for name: absent"),
        ("in-place", "Group", {"DeploymentStyle": {"DeploymentType": "IN_PLACE"}}, "BLUE_GREEN"),
        ("zero", "Config", {"TrafficRoutingConfig": canary(0, 5)}, "from 1 to 99"),
        ("hundred", "Config", {"TrafficRoutingConfig": canary(100, 5)}, "from 1 to 99"),
        ("now", "Config", {"TrafficRoutingConfig": canary(1, 0)}, "from 1 to 2880"),
        ("late", "Config", {"TrafficRoutingConfig": canary(1, 2881)}, "from 1 to 2880"),
        ("bare", "Config", {"TrafficRoutingConfig": {"Type": "TimeBasedCanary"}}, "needs TimeBasedCanary"),
        ("text", "Config", {"TrafficRoutingConfig": {"Type": "Sometimes"}}, "Sometimes is not a valid enum value"),
        ("server", "Application", {"ComputePlatform": None}, "compute platform Server"),
        ("ecs", "Application", {"ComputePlatform": "ECS"}, "compute platform ECS"),
    ],
)  # fmt: skip
def test_a_template_that_codedeploy_refuses_says_why(
    sandbox: RunningSandbox, case: str, resource: str, properties: dict[str, Any], reason: str
) -> None:
    assert reason in refusal(sandbox, f"codedeploy-refused-{case}", changed(resource, **properties))


def test_what_does_not_exist_is_named_in_codedeploys_own_errors(sandbox: RunningSandbox) -> None:
    client = sandbox.client("codedeploy")
    with pytest.raises(client.exceptions.ApplicationDoesNotExistException):
        client.get_application(applicationName="absent")
    with pytest.raises(client.exceptions.ApplicationDoesNotExistException):
        client.get_deployment_group(applicationName="absent", deploymentGroupName="absent")
    with pytest.raises(client.exceptions.ApplicationDoesNotExistException):
        client.list_deployment_groups(applicationName="absent")
    with pytest.raises(client.exceptions.DeploymentConfigDoesNotExistException):
        client.get_deployment_config(deploymentConfigName="absent")


def test_what_the_sandbox_does_not_do_is_refused(sandbox: RunningSandbox) -> None:
    client = sandbox.client("codedeploy")
    with pytest.raises(ClientError, match="the sandbox does not do CreateApplication") as caught:
        client.create_application(applicationName="reads")
    assert error_code(caught) == "UnknownOperationException"
