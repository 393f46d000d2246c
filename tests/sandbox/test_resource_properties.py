from typing import Any

import pytest

from sandbox.resource_properties import TAGS, array, check_properties, flag, integer, number, structure, text

RULES = {
    "Name": text(required=True, max_length=5),
    "Kind": text(values=("one", "two")),
    "Count": integer(minimum=1, maximum=9),
    "Rate": number(minimum=0, maximum=1),
    "On": flag(),
    "Names": array(text(), max_length=2),
    "Inner": structure({"Key": text(required=True)}),
    "Tags": TAGS,
}


@pytest.mark.parametrize(
    "properties",
    [
        {"Name": "a"},
        {"Name": "abcde", "Kind": "two", "Count": 9, "Rate": 1, "On": False, "Names": ["a", "b"]},
        {"Name": "a", "Rate": 0.5, "Inner": {"Key": "k"}, "Tags": [{"Key": "k", "Value": "v"}]},
    ],
)
def test_properties_that_keep_the_rules_pass(properties: dict[str, Any]) -> None:
    check_properties("Thing", RULES, properties)


@pytest.mark.parametrize(
    ("properties", "violation"),
    [
        ({}, "#: required key [Name] not found"),
        ({"Name": "a", "Other": 1}, "#: extraneous key [Other] is not permitted"),
        ({"Name": 1}, "#/Name: expected type: String, found: Integer"),
        ({"Name": "abcdef"}, "#/Name: expected maximum length: 5, found: 6"),
        ({"Name": "a", "Kind": "three"}, "#/Kind: three is not a valid enum value"),
        ({"Name": "a", "Count": 0}, "#/Count: 0 is not greater or equal to 1"),
        ({"Name": "a", "Count": 10}, "#/Count: 10 is not less or equal to 9"),
        ({"Name": "a", "Count": True}, "#/Count: expected type: Integer, found: Boolean"),
        ({"Name": "a", "Count": 1.5}, "#/Count: expected type: Integer, found: Number"),
        ({"Name": "a", "On": "yes"}, "#/On: expected type: Boolean, found: String"),
        ({"Name": "a", "Names": ["a", "b", "c"]}, "#/Names: expected maximum item count: 2, found: 3"),
        ({"Name": "a", "Names": ["a", 2]}, "#/Names/1: expected type: String, found: Integer"),
        ({"Name": "a", "Inner": {}}, "#/Inner: required key [Key] not found"),
        ({"Name": "a", "Tags": [{"Key": "k"}]}, "#/Tags/0: required key [Value] not found"),
    ],
)
def test_a_broken_rule_is_named_by_its_path(properties: dict[str, Any], violation: str) -> None:
    with pytest.raises(ValueError, match="Properties validation failed for resource Thing") as caught:
        check_properties("Thing", RULES, properties)
    assert str(caught.value).splitlines()[1:] == [violation]
