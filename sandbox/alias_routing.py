"""An alias that points to one or two versions: which of them an invocation gets, which routings are refused.

Pure rules of https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html and
https://docs.aws.amazon.com/lambda/latest/api/API_AliasRoutingConfiguration.html.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.aws_api import AwsError

LATEST: Final = "$LATEST"
_WEIGHTS_FIELD: Final = "routingConfig.additionalVersionWeights"


@dataclass(frozen=True)
class Routing:
    """An alias's versions. `weights` maps an additional version to its share of invocations, 0.0 to 1.0."""

    primary: str
    weights: Mapping[str, float]


def routing_of(alias: Mapping[str, Any]) -> Routing:
    """Return the routing in an alias document: what GetAlias answers and CreateAlias takes."""
    config = alias.get("RoutingConfig") or {}
    return Routing(alias.get("FunctionVersion", LATEST), config.get("AdditionalVersionWeights") or {})


def pick_version(routing: Routing, draw: float) -> str:
    """Return the version for one invocation, `draw` being uniform on [0, 1): the rest goes to the primary."""
    for version, weight in routing.weights.items():
        if draw < weight:
            return version
        draw -= weight
    return routing.primary


def check_routing(routing: Routing, *, function_arn: str, versions: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise the `AwsError` with which Lambda refuses a routing, if it does.

    `versions` maps the function's published versions to their configurations.
    """
    _check_exists(routing.primary, function_arn, versions)
    if not routing.weights:
        return
    if len(routing.weights) > 1:
        raise _invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
    ((version, weight),) = routing.weights.items()
    if not 0.0 <= weight <= 1.0:
        raise _constraint(
            version, weight,
            "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, "
            "Member must have value greater than or equal to 0.0]",
        )  # fmt: skip
    if not (version.isascii() and version.isdigit()):
        raise _constraint(
            version, weight,
            "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, "
            "Member must have length greater than or equal to 1, "
            "Member must satisfy regular expression pattern: [0-9]+]",
        )  # fmt: skip
    if version == routing.primary:
        raise _invalid(
            f"Invalid function version {version}. "
            f"Function version {version} is already included in routing configuration."
        )
    if routing.primary == LATEST:
        raise _invalid("$LATEST is not supported for an alias pointing to more than 1 version")
    _check_exists(version, function_arn, versions)
    _check_alike(versions[routing.primary], versions[version])


def _check_exists(version: str, function_arn: str, versions: Mapping[str, Any]) -> None:
    if version != LATEST and version not in versions:
        raise AwsError("ResourceNotFoundException", f"Function not found: {function_arn}:{version}", status=404)


def _check_alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    if one.get("Role") != other.get("Role"):
        raise _invalid("Both versions that an alias points to must have the same execution role")
    if _dead_letter_target(one) != _dead_letter_target(other):
        raise _invalid("Both versions that an alias points to must have the same dead-letter queue, or none")


def _dead_letter_target(configuration: Mapping[str, Any]) -> str | None:
    return (configuration.get("DeadLetterConfig") or {}).get("TargetArn") or None


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message)


def _constraint(version: str, weight: float, constraint: str) -> AwsError:
    return AwsError(
        "ValidationException",
        f"1 validation error detected: Value '{{{version}={weight}}}' at '{_WEIGHTS_FIELD}' "
        f"failed to satisfy constraint: {constraint}",
    )
