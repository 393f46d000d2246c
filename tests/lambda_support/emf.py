"""What CloudWatch would extract from a log line in its embedded metric format, and what it would refuse.

The rules are those of the specification and of the metric and dimension types it refers to:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
"""

import json
from dataclasses import dataclass
from typing import Any, Final

_LONGEST_EVENT_BYTES: Final = 256 * 1024
_LONGEST_NAME: Final = 255
_LONGEST_DIMENSION_VALUE: Final = 1024
_MOST_DIMENSIONS: Final = 30
_MOST_METRICS: Final = 100
_MOST_VALUES: Final = 100
_RATES: Final = ("Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes")
_RATES_IN_BITS: Final = ("Bits", "Kilobits", "Megabits", "Gigabits", "Terabits")
_COUNTED: Final = (*_RATES, *_RATES_IN_BITS, "Count")
_UNITS: Final = frozenset(
    {"Seconds", "Microseconds", "Milliseconds", "Percent", "None", *_COUNTED} | {f"{unit}/Second" for unit in _COUNTED}
)


class EmfError(AssertionError):
    """The line breaks a rule of the format."""


@dataclass(frozen=True)
class DataPoint:
    """One value of one metric: what a sum or an average is made of."""

    namespace: str
    dimensions: frozenset[tuple[str, str]]
    name: str
    value: float
    unit: str


def data_points(line: str) -> list[DataPoint]:
    """The data points in a log line. Raises EmfError."""
    _require("\n" not in line, "an event is one line")
    _require(len(line.encode()) <= _LONGEST_EVENT_BYTES, "an event has at most 256 KB")
    root = json.loads(line, parse_constant=_refuse_constant)
    _require(isinstance(root, dict), "the root is an object")
    metadata = root.get("_aws")
    _require(isinstance(metadata, dict), "_aws is an object")
    _require(set(metadata) == {"Timestamp", "CloudWatchMetrics"}, "_aws has its two members")
    _require(type(metadata["Timestamp"]) is int and metadata["Timestamp"] >= 0, "Timestamp is in milliseconds")
    _require(isinstance(metadata["CloudWatchMetrics"], list), "CloudWatchMetrics is an array")
    return [point for directive in metadata["CloudWatchMetrics"] for point in _of_directive(root, directive)]


def _of_directive(root: dict[str, Any], directive: Any) -> list[DataPoint]:
    _require(isinstance(directive, dict), "a directive is an object")
    _require(set(directive) == {"Namespace", "Dimensions", "Metrics"}, "a directive has its three members")
    namespace = directive["Namespace"]
    _require(_is_name(namespace), "Namespace is a name")
    _require(isinstance(directive["Dimensions"], list) and directive["Dimensions"], "Dimensions is not empty")
    _require(
        isinstance(directive["Metrics"], list) and 1 <= len(directive["Metrics"]) <= _MOST_METRICS,
        "Metrics has at most 100 members",
    )
    return [
        DataPoint(namespace, dimensions, name, value, unit)
        for dimensions in [_dimensions(root, names) for names in directive["Dimensions"]]
        for name, unit in [_definition(metric) for metric in directive["Metrics"]]
        for value in _values(root, name)
    ]


def _dimensions(root: dict[str, Any], names: Any) -> frozenset[tuple[str, str]]:
    _require(isinstance(names, list) and len(names) <= _MOST_DIMENSIONS, "a set has at most 30 dimensions")
    for name in names:
        _require(_is_name(name) and not name.startswith(":"), "a dimension has a name")
        value: Any = root.get(name)
        _require(isinstance(value, str), f"dimension {name} is a string of the root")
        _require(1 <= len(value) <= _LONGEST_DIMENSION_VALUE, f"dimension {name} has 1 to 1024 characters")
        _require(value.isascii() and not value.isspace(), f"dimension {name} is of ASCII characters")
    return frozenset((name, root[name]) for name in names)


def _definition(metric: Any) -> tuple[str, str]:
    _require(isinstance(metric, dict), "a definition is an object")
    _require(set(metric) <= {"Name", "Unit", "StorageResolution"}, "a definition has no other members")
    _require(_is_name(metric.get("Name")), "a metric has a name")
    unit = metric.get("Unit", "None")
    _require(unit in _UNITS, f"{unit} is a unit")
    return metric["Name"], unit


def _values(root: dict[str, Any], name: str) -> list[float]:
    target: Any = root.get(name)
    values: list[Any] = target if isinstance(target, list) else [target]
    _require(len(values) <= _MOST_VALUES, f"metric {name} has at most 100 values")
    _require(all(type(value) in {int, float} for value in values), f"metric {name} is a number of the root")
    return values


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= _LONGEST_NAME and value.isascii()


def _refuse_constant(name: str) -> float:
    raise EmfError(f"{name} is no JSON")


def _require(holds: object, rule: str) -> None:
    if not holds:
        raise EmfError(f"broken: {rule}")
