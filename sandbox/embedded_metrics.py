"""The metrics in a log event in CloudWatch's embedded metric format. Pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

An event that breaks a rule of the format is a line of the log and nothing else: CloudWatch drops it and counts it in
EMFValidationErrors or EMFParsingErrors, which are not kept here
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html).
"""

import json
import math
from collections.abc import Iterator
from typing import Any, Final

from sandbox.metric_store import Measurement

_NUMBERS: Final = (int, float)
_MARK: Final = '"_aws"'
_LONGEST_EVENT_BYTES: Final = 1024 * 1024
_LONGEST_NAME: Final = 255
_LONGEST_NAMESPACE: Final = 1024
_LONGEST_DIMENSION_VALUE: Final = 1024
_MOST_METRICS: Final = 100
_MOST_VALUES: Final = 100
_MOST_DIMENSIONS: Final = 30
_RESOLUTIONS: Final = (1, 60)
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
_LARGEST_VALUE: Final = 2.0**360

_RATES: Final = (
    "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes",
    "Bits", "Kilobits", "Megabits", "Gigabits", "Terabits", "Count",
)  # fmt: skip
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
_UNITS: Final = frozenset(
    {"Seconds", "Microseconds", "Milliseconds", "Percent", "None", *_RATES, *(f"{rate}/Second" for rate in _RATES)}
)


class _InvalidError(Exception):
    """The event breaks a rule."""


def metrics_in(message: str) -> list[Measurement]:
    """What a log event's message has measured; nothing if it is not of this format, or wrong in any part."""
    if _MARK not in message or len(message) > _LONGEST_EVENT_BYTES:
        return []
    try:
        root = json.loads(message)
        _require(isinstance(root, dict) and isinstance(root.get("_aws"), dict))
        metadata = root["_aws"]
        timestamp_ms, directives = metadata.get("Timestamp"), metadata.get("CloudWatchMetrics")
        _require(type(timestamp_ms) in _NUMBERS and 0 <= timestamp_ms < math.inf and isinstance(directives, list))
        return [metric for directive in directives for metric in _of_directive(root, directive, timestamp_ms / 1000)]
    except (_InvalidError, ValueError, RecursionError):
        return []


def _of_directive(root: dict[str, Any], directive: Any, measured_at: float) -> Iterator[Measurement]:
    _require(isinstance(directive, dict))
    namespace, sets, definitions = (directive.get(name) for name in ("Namespace", "Dimensions", "Metrics"))
    _require(isinstance(namespace, str) and 1 <= len(namespace) <= _LONGEST_NAMESPACE)
    _require(isinstance(sets, list) and len(sets) > 0)
    _require(isinstance(definitions, list) and len(definitions) <= _MOST_METRICS)
    dimensions = [_dimensions(root, names) for names in sets]
    for definition in definitions:
        name, unit = _definition(definition)
        target = root.get(name)
        values = _values(target) if isinstance(target, list) else (_value(target),)
        for each in dimensions:
            yield Measurement(namespace, name, each, values, unit, measured_at)


def _dimensions(root: dict[str, Any], names: Any) -> tuple[tuple[str, str], ...]:
    _require(isinstance(names, list) and len(names) <= _MOST_DIMENSIONS)
    dimensions: dict[str, str] = {}
    for name in names:
        _require(isinstance(name, str) and 1 <= len(name) <= _LONGEST_NAME)
        value = root.get(name)
        if not isinstance(value, str) or not 1 <= len(value) <= _LONGEST_DIMENSION_VALUE:
            raise _InvalidError
        dimensions[name] = value
    return tuple(sorted(dimensions.items()))


def _definition(definition: Any) -> tuple[str, str]:
    _require(isinstance(definition, dict))
    name, unit = definition.get("Name"), definition.get("Unit", "None")
    _require(isinstance(name, str) and 1 <= len(name) <= _LONGEST_NAME)
    _require(isinstance(unit, str) and unit in _UNITS)
    _require(definition.get("StorageResolution", 60) in _RESOLUTIONS)
    return name, unit


def _values(target: list[Any]) -> tuple[float, ...]:
    _require(len(target) <= _MOST_VALUES)
    return tuple(map(_value, target))


def _value(target: Any) -> float:
    # What is no number at all compares to nothing.
    if type(target) not in _NUMBERS or not -_LARGEST_VALUE <= target <= _LARGEST_VALUE:
        raise _InvalidError
    return float(target)


def _require(holds: bool) -> None:  # noqa: FBT001 - an assertion
    if not holds:
        raise _InvalidError
