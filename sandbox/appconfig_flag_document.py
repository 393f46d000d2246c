"""The feature-flag document: what AWS accepts as a version of an `AWS.AppConfig.FeatureFlags` profile.

The schema and the constraints are those of
https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-type-reference-feature-flags.html
and of "Understanding feature flag attributes" in
https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-creating-configuration-and-profile-feature-flags.html
Neither says whether a value may lack a definition, so that is let pass. Variants are refused: nothing here
evaluates their rules.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

_KEY: Final = re.compile(r"[a-z][a-zA-Z\d_-]{0,63}")
_NAME: Final = re.compile(r"[^\n]{1,64}")
_MOST_ATTRIBUTES: Final = 25
_LONGEST_TEXT: Final = 1024
# "For attribute names, the word enabled is reserved."
_RESERVED: Final = "enabled"
_TIMESTAMPS: Final = ("_createdAt", "_updatedAt")


@dataclass(frozen=True)
class Problem:
    """One violation: the rule's keyword, a JSON pointer to the place, and what is wrong there."""

    constraint: str
    location: str
    reason: str


def document_problems(content: bytes) -> list[Problem]:
    """Everything that is wrong with a version's content; empty when AWS would take it."""
    try:
        document = json.loads(content)
    except ValueError as error:
        return [Problem("type", "", f"the content is no JSON: {error}")]
    found = list(_structure_problems(document))
    # Values are held against their constraints only when the constraints can be read.
    return found or list(_constraint_problems(document))


def _structure_problems(document: Any) -> Iterator[Problem]:
    if not isinstance(document, dict):
        yield Problem("type", "", "the document is no object")
        return
    yield from _unknown_keys(document, "", ("version", "flags", "values"))
    if document.get("version") != "1":
        yield Problem("enum" if "version" in document else "required", "/version", 'version must be "1"')
    yield from _keyed(document.get("flags", {}), "/flags", _definition_problems)
    yield from _keyed(document.get("values", {}), "/values", _value_problems)


def _keyed(members: Any, at: str, member_problems: Callable[[Any, str], Iterator[Problem]]) -> Iterator[Problem]:
    if not isinstance(members, dict):
        yield Problem("type", at, "not an object")
        return
    for key, member in members.items():
        if not _KEY.fullmatch(key):
            yield Problem("patternProperties", f"{at}/{key}", f"not a valid key: {key}")
        elif not isinstance(member, dict):
            yield Problem("type", f"{at}/{key}", "not an object")
        else:
            yield from member_problems(member, f"{at}/{key}")


def _definition_problems(flag: dict[str, Any], at: str) -> Iterator[Problem]:
    yield from _unknown_keys(flag, at, ("name", "description", "_deprecation", "attributes", *_TIMESTAMPS))
    name = flag.get("name", "-")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        yield Problem("pattern", f"{at}/name", "a name is one line of 1 to 64 characters")
    yield from _text_problems(flag, at, ("description", *_TIMESTAMPS))
    attributes = flag.get("attributes", {})
    yield from _keyed(attributes, f"{at}/attributes", _attribute_problems)
    yield from _attribute_names_problems(attributes, f"{at}/attributes")


def _attribute_names_problems(attributes: Any, at: str) -> Iterator[Problem]:
    if _RESERVED in attributes:
        yield Problem("propertyNames", f"{at}/{_RESERVED}", f"the attribute name {_RESERVED} is reserved")
    if len(attributes) > _MOST_ATTRIBUTES:
        yield Problem("maxProperties", at, f"more than {_MOST_ATTRIBUTES} attributes")


def _attribute_problems(attribute: dict[str, Any], at: str) -> Iterator[Problem]:
    yield from _unknown_keys(attribute, at, ("description", "constraints"))
    yield from _text_problems(attribute, at, ("description",))
    if "constraints" in attribute:
        kinds = ("number", "string", "array", "boolean")
        yield from _constraints_problems(attribute["constraints"], f"{at}/constraints", kinds)


def _constraints_problems(constraints: Any, at: str, kinds: Collection[str]) -> Iterator[Problem]:
    kind = constraints.get("type") if isinstance(constraints, dict) else None
    if not isinstance(kind, str) or kind not in kinds:
        yield Problem("oneOf", at, f"constraints need a type of {', '.join(kinds)}")
        return
    own = {
        "number": ("minimum", "maximum"),
        "string": ("pattern", "enum"),
        "array": ("elements",),
        "boolean": (),
    }
    yield from _unknown_keys(constraints, at, ("type", "required", *own[kind]))
    if not isinstance(constraints.get("required", False), bool):
        yield Problem("type", f"{at}/required", "not a boolean")
    for bound in ("minimum", "maximum"):
        if bound in constraints and not _is_integer(constraints[bound]):
            yield Problem("type", f"{at}/{bound}", "not an integer")
    if "pattern" in constraints:
        yield from _pattern_problems(constraints, at)
    if not isinstance(constraints.get("enum", []), list):
        yield Problem("type", f"{at}/enum", "not an array")
    if "elements" in constraints:
        yield from _constraints_problems(constraints["elements"], f"{at}/elements", ("number", "string"))


def _pattern_problems(constraints: Mapping[str, Any], at: str) -> Iterator[Problem]:
    if "enum" in constraints:
        yield Problem("not", at, "pattern and enum exclude each other")
    try:
        re.compile(constraints["pattern"])
    except (re.error, TypeError) as error:
        yield Problem("pattern", f"{at}/pattern", f"not a regular expression: {error}")


def _value_problems(value: dict[str, Any], at: str) -> Iterator[Problem]:
    if "_variants" in value:
        yield Problem("additionalProperties", f"{at}/_variants", "variants are not supported here")
    if not isinstance(value.get(_RESERVED, False), bool):
        yield Problem("type", f"{at}/{_RESERVED}", "not a boolean")
    yield from _text_problems(value, at, _TIMESTAMPS)
    attributes = {key: item for key, item in value.items() if key != _RESERVED and not key.startswith("_")}
    yield from _unknown_keys(value, at, (*attributes, _RESERVED, "_variants", *_TIMESTAMPS))
    if len(attributes) > _MOST_ATTRIBUTES:
        yield Problem("maxProperties", at, f"more than {_MOST_ATTRIBUTES} attributes")
    for key, item in attributes.items():
        if not _KEY.fullmatch(key):
            yield Problem("patternProperties", f"{at}/{key}", f"not a valid key: {key}")
        elif not _is_attribute_value(item):
            yield Problem("oneOf", f"{at}/{key}", "not a string, number, boolean, or array of strings or of numbers")


def _constraint_problems(document: Mapping[str, Any]) -> Iterator[Problem]:
    for flag, value in document.get("values", {}).items():
        attributes = document.get("flags", {}).get(flag, {}).get("attributes", {})
        for name, attribute in attributes.items():
            constraints, at = attribute.get("constraints"), f"/values/{flag}/{name}"
            if constraints is None:
                continue
            if name in value:
                yield from _violations(value[name], constraints, at)
            elif constraints.get("required"):
                yield Problem("required", at, "a required attribute has no value")


def _violations(value: Any, constraints: Mapping[str, Any], at: str) -> Iterator[Problem]:
    kind = constraints["type"]
    if not _KINDS[kind](value):
        yield Problem("type", at, f"not of type {kind}")
        return
    if kind == "array":
        for index, element in enumerate(value):
            if "elements" in constraints:
                yield from _violations(element, constraints["elements"], f"{at}/{index}")
        return
    if "minimum" in constraints and value < constraints["minimum"]:
        yield Problem("minimum", at, f"{value} is below {constraints['minimum']}")
    if "maximum" in constraints and value > constraints["maximum"]:
        yield Problem("maximum", at, f"{value} is above {constraints['maximum']}")
    if "enum" in constraints and value not in constraints["enum"]:
        yield Problem("enum", at, f"{value!r} is none of {constraints['enum']}")
    # As in JSON Schema, a pattern is looked for anywhere in the string unless it is anchored.
    if "pattern" in constraints and not re.search(constraints["pattern"], value):
        yield Problem("pattern", at, f"{value!r} does not match {constraints['pattern']}")


def _unknown_keys(members: Mapping[str, Any], at: str, known: Collection[str]) -> Iterator[Problem]:
    for key in members:
        if key not in known:
            yield Problem("additionalProperties", f"{at}/{key}", f"unknown property: {key}")


def _text_problems(members: Mapping[str, Any], at: str, keys: Collection[str]) -> Iterator[Problem]:
    for key in keys:
        text = members.get(key, "")
        if not isinstance(text, str) or len(text) > _LONGEST_TEXT:
            yield Problem("type", f"{at}/{key}", f"not a string of at most {_LONGEST_TEXT} characters")


def _is_attribute_value(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_is_text, value)) or all(map(_is_number, value))
    return _is_text(value) or _is_number(value) or isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST_TEXT


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_KINDS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "string": lambda value: isinstance(value, str),
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
}
