"""What is billed is counted in templates; those here are the reviewed ones, changed in one place."""

import copy
from typing import Any

import pytest

from costs.inventory import Inventory
from stacks.environments import ENVIRONMENTS
from tests.costs.cost_page import DEPLOYED, templates


@pytest.fixture
def beta() -> list[dict[str, Any]]:
    return copy.deepcopy(list(templates("beta")))


def with_resources(found: list[dict[str, Any]], **resources: dict[str, Any]) -> list[dict[str, Any]]:
    return [*found, {"Resources": resources}]


@pytest.mark.parametrize("environment", DEPLOYED)
def test_every_environment_can_be_counted(environment: str) -> None:
    inventory = Inventory.of(templates(environment))
    assert inventory.dashboards == 1
    assert inventory.mock_read.memory_gb == 0.5
    assert inventory.prisma_read.architecture == ENVIRONMENTS[environment].architecture


def test_provisioned_concurrency_is_the_alias_s(beta: list[dict[str, Any]]) -> None:
    inventory = Inventory.of(beta)
    assert inventory.prisma_read.provisioned == 2
    assert inventory.mock_read.provisioned == 0


def test_an_alarm_over_an_expression_counts_each_metric_in_it(beta: list[dict[str, Any]]) -> None:
    before = Inventory.of(beta).alarm_metrics
    metrics = [{"Id": "a", "MetricStat": {}}, {"Id": "b", "MetricStat": {}}, {"Id": "rate", "Expression": "a / b"}]
    changed = with_resources(
        beta,
        OverAnExpression={"Type": "AWS::CloudWatch::Alarm", "Properties": {"Metrics": metrics}},
        Plain={"Type": "AWS::CloudWatch::Alarm", "Properties": {"MetricName": "Errors"}},
    )
    assert Inventory.of(changed).alarm_metrics == before + 3


def test_a_secret_that_is_made_and_named_is_one(beta: list[dict[str, Any]]) -> None:
    before = Inventory.of(beta).secrets
    (reader,) = {
        resource["Properties"]["Environment"]["Variables"]["HUNTAZE_DATABASE_SECRET_ID"]
        for template in beta
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Function"
        and resource["Properties"]["FunctionName"].endswith("prisma-read")
    }
    made = {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": reader}}
    another = {"Type": "AWS::SecretsManager::Secret", "Properties": {}}
    assert Inventory.of(with_resources(beta, Reader=made)).secrets == before
    assert Inventory.of(with_resources(beta, Reader=made, Another=another)).secrets == before + 1


def test_an_interface_endpoint_counts_in_each_zone_and_a_gateway_endpoint_does_not(beta: list[dict[str, Any]]) -> None:
    before = Inventory.of(beta).endpoint_zones
    interface = {"VpcEndpointType": "Interface", "SubnetIds": ["subnet-1", "subnet-2"]}
    changed = with_resources(
        beta,
        Secrets={"Type": "AWS::EC2::VPCEndpoint", "Properties": interface},
        Storage={"Type": "AWS::EC2::VPCEndpoint", "Properties": {"VpcEndpointType": "Gateway", "RouteTableIds": []}},
    )
    assert Inventory.of(changed).endpoint_zones == before + 2


def test_a_cluster_counts_its_least_capacity_in_each_instance(beta: list[dict[str, Any]]) -> None:
    before = Inventory.of(beta).capacity_units
    scaling = {"ServerlessV2ScalingConfiguration": {"MinCapacity": 0.5, "MaxCapacity": 4}}
    changed = with_resources(
        beta,
        Cluster={"Type": "AWS::RDS::DBCluster", "Properties": scaling},
        Writer={"Type": "AWS::RDS::DBInstance", "Properties": {}},
        Reader={"Type": "AWS::RDS::DBInstance", "Properties": {}},
    )
    assert Inventory.of(changed).capacity_units == before + 1.0


def test_templates_without_the_read_path_are_refused(beta: list[dict[str, Any]]) -> None:
    without = [template for template in beta if "MockRead" not in str(template["Resources"].keys())]
    with pytest.raises(LookupError, match="mock-read"):
        Inventory.of(without)
