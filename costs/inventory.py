"""What a deployed environment holds that is billed, counted in its CloudFormation templates."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

# How the functions' names end; before that comes the environment's prefix.
_MOCK_READ: Final = "mock-read"
_PRISMA_READ: Final = "prisma-read"
_PRISMA_SHADOW: Final = "prisma-shadow"

Template = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class FunctionShape:
    """`provisioned` is how many execution environments are kept ready behind its alias."""

    memory_mb: int
    architecture: str
    provisioned: int
    log_retention_days: int

    @property
    def memory_gb(self) -> float:
        return self.memory_mb / 1024


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """`secrets` counts those of the templates and those that functions name; `capacity_units` is Aurora's minimum."""

    mock_read: FunctionShape
    prisma_read: FunctionShape
    prisma_shadow: FunctionShape
    flag_poll_interval_seconds: int
    traced_per_second: int
    traced_share_of_others: float
    trace_insights: bool
    alarm_metrics: int
    dashboards: int
    keys: int
    secrets: int
    endpoint_zones: int
    capacity_units: float

    @classmethod
    def of(cls, templates: Iterable[Template]) -> Self:
        """Raises LookupError or ValueError where a template lacks what every environment has."""
        resources = {
            logical_id: resource
            for template in templates
            for logical_id, resource in template["Resources"].items()
            if "Properties" in resource
        }
        (rule,) = (properties["SamplingRule"] for properties in _of_type(resources, "AWS::XRay::SamplingRule"))
        (group,) = _of_type(resources, "AWS::XRay::Group")
        mock_read_variables = _function(resources, _MOCK_READ)[1]["Environment"]["Variables"]
        return cls(
            mock_read=_shape(resources, _MOCK_READ),
            prisma_read=_shape(resources, _PRISMA_READ),
            prisma_shadow=_shape(resources, _PRISMA_SHADOW),
            flag_poll_interval_seconds=int(mock_read_variables["AWS_APPCONFIG_EXTENSION_POLL_INTERVAL_SECONDS"]),
            traced_per_second=rule["ReservoirSize"],
            traced_share_of_others=rule["FixedRate"],
            trace_insights=bool(group.get("InsightsConfiguration", {}).get("InsightsEnabled")),
            alarm_metrics=sum(_metrics(alarm) for alarm in _of_type(resources, "AWS::CloudWatch::Alarm")),
            dashboards=len(_of_type(resources, "AWS::CloudWatch::Dashboard")),
            keys=len(_of_type(resources, "AWS::KMS::Key")),
            secrets=len(_secrets(resources)),
            endpoint_zones=sum(
                len(endpoint["SubnetIds"])
                for endpoint in _of_type(resources, "AWS::EC2::VPCEndpoint")
                if endpoint.get("VpcEndpointType") == "Interface"
            ),
            capacity_units=_capacity_units(resources),
        )


def _of_type(resources: Mapping[str, Any], resource_type: str) -> Sequence[dict[str, Any]]:
    return [resource["Properties"] for resource in resources.values() if resource["Type"] == resource_type]


def _function(resources: Mapping[str, Any], name_end: str) -> tuple[str, dict[str, Any]]:
    for logical_id, resource in resources.items():
        is_function = resource["Type"] == "AWS::Lambda::Function"
        if is_function and resource["Properties"]["FunctionName"].endswith(name_end):
            return logical_id, resource["Properties"]
    raise LookupError(f"no template has a function whose name ends in {name_end}")


def _shape(resources: Mapping[str, Any], name_end: str) -> FunctionShape:
    logical_id, function = _function(resources, name_end)
    provisioned = (
        alias.get("ProvisionedConcurrencyConfig", {}).get("ProvisionedConcurrentExecutions", 0)
        for alias in _of_type(resources, "AWS::Lambda::Alias")
        if alias["FunctionName"] == {"Ref": logical_id}
    )
    (retention_days,) = (
        group["RetentionInDays"]
        for group in _of_type(resources, "AWS::Logs::LogGroup")
        if group["LogGroupName"] == f"/aws/lambda/{function['FunctionName']}"
    )
    return FunctionShape(
        memory_mb=function["MemorySize"],
        architecture=function["Architectures"][0],
        provisioned=sum(provisioned),
        log_retention_days=retention_days,
    )


def _metrics(alarm: Mapping[str, Any]) -> int:
    """Of an alarm over an expression, each metric in it is billed."""
    return sum("MetricStat" in query for query in alarm["Metrics"]) if "Metrics" in alarm else 1


def _secrets(resources: Mapping[str, Any]) -> set[str]:
    """By name where it has one: a secret that is made here and named in a function is one secret."""
    made = {
        str(resource["Properties"].get("Name", logical_id))
        for logical_id, resource in resources.items()
        if resource["Type"] == "AWS::SecretsManager::Secret"
    }
    named = {
        value
        for function in _of_type(resources, "AWS::Lambda::Function")
        for name, value in function.get("Environment", {}).get("Variables", {}).items()
        if name.endswith("SECRET_ID") and isinstance(value, str)
    }
    return made | named


def _capacity_units(resources: Mapping[str, Any]) -> float:
    minimum = sum(
        float(cluster.get("ServerlessV2ScalingConfiguration", {}).get("MinCapacity", 0))
        for cluster in _of_type(resources, "AWS::RDS::DBCluster")
    )
    return minimum * len(_of_type(resources, "AWS::RDS::DBInstance"))
