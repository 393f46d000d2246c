"""The CloudWatch metrics that measures are made of, each with its statistic."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.names import LIVE_ALIAS, METRIC_NAMESPACE, Dimension, Metric, ResourceNames


@dataclass(frozen=True, kw_only=True)
class Series:
    """One CloudWatch metric with its statistic over a window."""

    namespace: str
    metric_name: str
    dimensions: Mapping[str, str] = field(hash=False)
    statistic: str


def lambda_invocations(names: ResourceNames) -> Series:
    return _lambda_series(names.mock_read_function, "Invocations", "Sum")


def lambda_errors(names: ResourceNames) -> Series:
    return _lambda_series(names.mock_read_function, "Errors", "Sum")


def lambda_errors_of_version(function_name: str, version: str) -> Series:
    """Lambda's own count, by executed version.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    """
    return Series(
        namespace="AWS/Lambda",
        metric_name="Errors",
        dimensions={
            "FunctionName": function_name,
            "Resource": f"{function_name}:{LIVE_ALIAS}",
            "ExecutedVersion": version,
        },
        statistic="Sum",
    )


def guardian_errors(names: ResourceNames) -> Series:
    return _lambda_series(names.rollback_guardian_function, "Errors", "Sum")


def guardian_messages_given_up(names: ResourceNames) -> Series:
    return Series(
        namespace="AWS/SQS",
        metric_name="ApproximateNumberOfMessagesVisible",
        dimensions={"QueueName": names.rollback_guardian_failures},
        statistic="Maximum",
    )


def path_requests(names: ResourceNames, path: str) -> Series:
    return _path_series(names, path, Metric.REQUESTS, "Sum")


def path_errors(names: ResourceNames, path: str) -> Series:
    return _path_series(names, path, Metric.ERRORS, "Sum")


def path_fallbacks(names: ResourceNames, path: str) -> Series:
    return _path_series(names, path, Metric.FALLBACKS, "Sum")


def path_latency_p95(names: ResourceNames, path: str) -> Series:
    """Milliseconds of the reads that `path` served."""
    return _path_series(names, path, Metric.LATENCY, "p95")


def path_latency_count(names: ResourceNames, path: str) -> Series:
    """How many reads stand behind `path_latency_p95`."""
    return _path_series(names, path, Metric.LATENCY, "SampleCount")


def version_requests(names: ResourceNames, function_name: str, version: str) -> Series:
    return _version_series(names, function_name, version, Metric.REQUESTS)


def version_errors(names: ResourceNames, function_name: str, version: str) -> Series:
    return _version_series(names, function_name, version, Metric.ERRORS)


def environment_sum(names: ResourceNames, metric_name: str) -> Series:
    """Of a metric that has no other dimension."""
    return _own_series(names, metric_name, "Sum")


def shadow_latency_p95(names: ResourceNames) -> Series:
    """Milliseconds that the path took which did not serve."""
    return _own_series(names, Metric.SHADOW_LATENCY, "p95")


def _lambda_series(function_name: str, metric_name: str, statistic: str) -> Series:
    return Series(
        namespace="AWS/Lambda",
        metric_name=metric_name,
        dimensions={"FunctionName": function_name},
        statistic=statistic,
    )


def _path_series(names: ResourceNames, path: str, metric_name: str, statistic: str) -> Series:
    return _own_series(names, metric_name, statistic, {Dimension.PATH: path})


def _version_series(names: ResourceNames, function_name: str, version: str, metric_name: str) -> Series:
    return _own_series(names, metric_name, "Sum", {Dimension.FUNCTION: function_name, Dimension.VERSION: version})


def _own_series(
    names: ResourceNames, metric_name: str, statistic: str, dimensions: Mapping[str, str] | None = None
) -> Series:
    return Series(
        namespace=METRIC_NAMESPACE,
        metric_name=metric_name,
        dimensions={Dimension.ENVIRONMENT: names.environment, **(dimensions or {})},
        statistic=statistic,
    )
