"""What CloudFormation checks of a resource's properties before it calls the service: names, types, ranges.

Messages follow those of CloudFormation's schema validation, as in
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_TYPE_NAMES: Final[Mapping[type, str]] = {
    str: "String",
    int: "Integer",
    float: "Number",
    bool: "Boolean",
    list: "JSONArray",
    dict: "JSONObject",
    type(None): "Null",
}


@dataclass(frozen=True)
class Rule:
    """What one property may be. Numbers are inclusive bounds; lengths count characters or items."""

    type: type
    required: bool = False
    values: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    items: "Rule | None" = None
    properties: Mapping[str, "Rule"] = field(default_factory=dict)
    """Of an object. Empty: any."""


def text(*, required: bool = False, values: tuple[str, ...] = (), max_length: int | None = None) -> Rule:
    return Rule(str, required=required, values=values, max_length=max_length)


def number(*, required: bool = False, minimum: float | None = None, maximum: float | None = None) -> Rule:
    return Rule(float, required=required, minimum=minimum, maximum=maximum)


def integer(*, required: bool = False, minimum: float | None = None, maximum: float | None = None) -> Rule:
    return Rule(int, required=required, minimum=minimum, maximum=maximum)


def flag() -> Rule:
    return Rule(bool)


def array(items: Rule, *, max_length: int | None = None) -> Rule:
    return Rule(list, items=items, max_length=max_length)


def structure(properties: Mapping[str, Rule], *, required: bool = False) -> Rule:
    return Rule(dict, required=required, properties=properties)


TAGS: Final = array(structure({"Key": text(required=True), "Value": text(required=True)}))


def check_properties(logical_id: str, rules: Mapping[str, Rule], properties: Mapping[str, Any]) -> None:
    """Raise `ValueError` with CloudFormation's message if the properties break a rule."""
    violations = list(_violations(structure(rules), properties, "#"))
    if violations:
        raise ValueError(
            f"Properties validation failed for resource {logical_id} with message:\n" + "\n".join(violations)
        )


def _violations(rule: Rule, value: Any, path: str) -> Iterator[str]:
    if not _has_type(rule.type, value):
        found = _TYPE_NAMES.get(type(value), "Object")
        yield f"{path}: expected type: {_TYPE_NAMES[rule.type]}, found: {found}"
        return
    if rule.values and value not in rule.values:
        yield f"{path}: {value} is not a valid enum value"
    if rule.minimum is not None and value < rule.minimum:
        yield f"{path}: {value} is not greater or equal to {rule.minimum:g}"
    if rule.maximum is not None and value > rule.maximum:
        yield f"{path}: {value} is not less or equal to {rule.maximum:g}"
    if rule.max_length is not None and len(value) > rule.max_length:
        noun = "item count" if rule.type is list else "length"
        yield f"{path}: expected maximum {noun}: {rule.max_length}, found: {len(value)}"
    if rule.items is not None:
        for index, item in enumerate(value):
            yield from _violations(rule.items, item, f"{path}/{index}")
    if rule.properties:
        yield from _structure_violations(rule.properties, value, path)


def _structure_violations(rules: Mapping[str, Rule], value: Mapping[str, Any], path: str) -> Iterator[str]:
    for name, rule in rules.items():
        if rule.required and name not in value:
            yield f"{path}: required key [{name}] not found"
    for name, item in value.items():
        if name not in rules:
            yield f"{path}: extraneous key [{name}] is not permitted"
        else:
            yield from _violations(rules[name], item, f"{path}/{name}")


def _has_type(expected: type, value: Any) -> bool:
    if expected in (int, float):
        return not isinstance(value, bool) and isinstance(value, (int, float) if expected is float else int)
    return isinstance(value, expected)
