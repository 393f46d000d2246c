"""The rules of https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-type-reference-feature-flags.html."""

import json
from typing import Any

import pytest

from sandbox.appconfig_flag_document import Problem, document_problems

NUMBER = {"type": "number", "minimum": 0, "maximum": 100, "required": True}
ENUM = {"type": "string", "enum": ["user", "request"]}
PATTERN = {"type": "string", "pattern": "^user-[0-9]+$"}
NAMES = {"type": "array", "elements": {"type": "string", "pattern": "^user-"}}


def problems(document: Any) -> list[tuple[str, str]]:
    """Constraint and location of each problem."""
    return [(p.constraint, p.location) for p in document_problems(json.dumps(document).encode())]


def document(constraints: Any, value: Any) -> dict[str, Any]:
    attributes = {"level": {"constraints": constraints}}
    return {
        "version": "1",
        "flags": {"ramp": {"name": "Ramp", "attributes": attributes}},
        "values": {"ramp": {"enabled": True, "level": value}},
    }


@pytest.mark.parametrize(
    ("constraints", "value"),
    [
        (NUMBER, 0),
        (NUMBER, 100),
        (NUMBER, 0.5),
        (ENUM, "user"),
        (PATTERN, "user-7"),
        ({"type": "string", "pattern": "7"}, "user-7"),
        ({"type": "boolean"}, False),
        (NAMES, []),
        (NAMES, ["user-1", "user-2"]),
        ({"type": "array", "elements": {"type": "number", "maximum": 3}}, [1, 2.5]),
        ({"type": "array"}, ["anything"]),
    ],
)
def test_a_value_within_its_constraints_is_valid(constraints: Any, value: Any) -> None:
    assert problems(document(constraints, value)) == []


@pytest.mark.parametrize(
    ("constraints", "value", "constraint"),
    [
        (NUMBER, -1, "minimum"),
        (NUMBER, 101, "maximum"),
        (NUMBER, "5", "type"),
        (NUMBER, True, "type"),
        (ENUM, "tenant", "enum"),
        (PATTERN, "admin", "pattern"),
        ({"type": "boolean"}, "true", "type"),
        ({"type": "boolean"}, 1, "type"),
        (NAMES, "user-1", "type"),
    ],
)
def test_a_value_outside_its_constraints_is_named(constraints: Any, value: Any, constraint: str) -> None:
    assert problems(document(constraints, value)) == [(constraint, "/values/ramp/level")]


def test_every_element_of_an_array_is_held_against_the_constraints() -> None:
    assert problems(document(NAMES, ["user-1", "admin"])) == [("pattern", "/values/ramp/level/1")]


def test_a_required_attribute_must_have_a_value() -> None:
    missing = document(NUMBER, 5)
    del missing["values"]["ramp"]["level"]
    assert problems(missing) == [("required", "/values/ramp/level")]


def test_an_attribute_that_is_not_required_may_lack_a_value() -> None:
    absent = document(ENUM, "user")
    del absent["values"]["ramp"]["level"]
    assert problems(absent) == []


def test_the_attribute_name_enabled_is_reserved() -> None:
    reserved = document(NUMBER, 5)
    attributes = reserved["flags"]["ramp"]["attributes"]
    attributes["enabled"] = {"constraints": {"type": "boolean"}}
    assert problems(reserved) == [("propertyNames", "/flags/ramp/attributes/enabled")]


@pytest.mark.parametrize(
    ("constraints", "location"),
    [
        ({"type": "integer"}, ""),
        ({}, ""),
        ("number", ""),
        ({"type": "number", "pattern": "x"}, "/pattern"),
        ({"type": "number", "minimum": "0"}, "/minimum"),
        ({"type": "number", "minimum": 0.5}, "/minimum"),
        ({"type": "number", "required": "yes"}, "/required"),
        ({"type": "string", "pattern": "("}, "/pattern"),
        ({"type": "string", "enum": "user"}, "/enum"),
        ({"type": "string", "enum": ["a"], "pattern": "a"}, ""),
        ({"type": "boolean", "enum": [True]}, "/enum"),
        ({"type": "array", "elements": {"type": "boolean"}}, "/elements"),
    ],
)
def test_constraints_of_another_form_are_refused(constraints: Any, location: str) -> None:
    found = problems(document(constraints, "user"))
    assert [at for _, at in found] == [f"/flags/ramp/attributes/level/constraints{location}"]


@pytest.mark.parametrize(
    ("wrong", "location"),
    [
        ([], ""),
        ({}, "/version"),
        ({"version": 1}, "/version"),
        ({"version": "2"}, "/version"),
        ({"version": "1", "extra": {}}, "/extra"),
        ({"version": "1", "flags": []}, "/flags"),
        ({"version": "1", "flags": {"Ramp": {}}}, "/flags/Ramp"),
        ({"version": "1", "flags": {"ramp": {"name": ""}}}, "/flags/ramp/name"),
        ({"version": "1", "flags": {"ramp": {"title": "x"}}}, "/flags/ramp/title"),
        ({"version": "1", "flags": {"ramp": {"description": "x" * 1025}}}, "/flags/ramp/description"),
        ({"version": "1", "flags": {"ramp": {"attributes": []}}}, "/flags/ramp/attributes"),
        ({"version": "1", "values": {"ramp": True}}, "/values/ramp"),
        ({"version": "1", "values": {"ramp": {"enabled": "true"}}}, "/values/ramp/enabled"),
        ({"version": "1", "values": {"ramp": {"level": None}}}, "/values/ramp/level"),
        ({"version": "1", "values": {"ramp": {"level": ["a", 1]}}}, "/values/ramp/level"),
        ({"version": "1", "values": {"ramp": {"level": "x" * 1025}}}, "/values/ramp/level"),
        ({"version": "1", "values": {"ramp": {"Level": 1}}}, "/values/ramp/Level"),
        ({"version": "1", "values": {"ramp": {"_other": 1}}}, "/values/ramp/_other"),
        ({"version": "1", "values": {"ramp": {"_variants": []}}}, "/values/ramp/_variants"),
    ],
)
def test_a_document_of_another_form_is_refused(wrong: Any, location: str) -> None:
    assert [at for _, at in problems(wrong)] == [location]


def test_a_flag_has_at_most_25_attributes() -> None:
    names = [f"a{number}" for number in range(26)]
    defined = {"version": "1", "flags": {"ramp": {"attributes": {name: {} for name in names}}}}
    valued = {"version": "1", "values": {"ramp": dict.fromkeys(names, 1)}}
    assert problems(defined) == [("maxProperties", "/flags/ramp/attributes")]
    assert problems(valued) == [("maxProperties", "/values/ramp")]


def test_content_that_is_no_json_is_one_problem() -> None:
    (problem,) = document_problems(b"percent: 5")
    assert problem == Problem("type", "", problem.reason)
    assert "JSON" in problem.reason


def test_flags_without_values_and_without_attributes_are_valid() -> None:
    assert problems({"version": "1"}) == []
    assert problems({"version": "1", "flags": {"ramp": {"name": "Ramp", "_createdAt": "2026-01-01"}}}) == []
