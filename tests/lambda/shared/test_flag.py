"""The flag's document: what is accepted, and that everything else is refused rather than guessed at."""

import dataclasses
from typing import Any

import pytest

from shared.flag import Flag, InvalidFlagError, SplitBy, parse_flag, parse_switch

ENABLED: dict[str, Any] = {"enabled": True, "percent": 5}


def test_every_attribute_of_an_enabled_flag_is_read() -> None:
    document = {
        "enabled": True,
        "percent": 2.5,
        "splitBy": "request",
        "allowUsers": ["user-1", "user-2"],
        "shadowPercent": 100,
        "seed": "spring",
    }
    assert parse_flag(document) == Flag(
        enabled=True,
        percent=2.5,
        split_by=SplitBy.REQUEST,
        allow_users=frozenset({"user-1", "user-2"}),
        shadow_percent=100.0,
        seed="spring",
    )


def test_an_enabled_flag_without_attributes_exposes_nobody() -> None:
    assert parse_flag({"enabled": True}) == Flag(enabled=True, percent=0, allow_users=frozenset())


@pytest.mark.parametrize("document", [{"enabled": False}, {"enabled": False, "percent": "much", "seed": 1}])
def test_a_flag_that_is_not_enabled_is_off_whatever_else_it_holds(document: object) -> None:
    assert parse_flag(document) == Flag.OFF


def test_an_unknown_attribute_is_ignored() -> None:
    assert parse_flag({**ENABLED, "_variant": "default"}) == Flag(enabled=True, percent=5)


@pytest.mark.parametrize("document", [None, [], "on", 1, True])
def test_anything_but_an_object_is_refused(document: object) -> None:
    with pytest.raises(InvalidFlagError, match="not a JSON object"):
        parse_flag(document)


@pytest.mark.parametrize("document", [{}, {"enabled": "true"}, {"enabled": 1}, {"enabled": None}])
def test_enabled_must_be_a_boolean(document: object) -> None:
    with pytest.raises(InvalidFlagError, match="enabled"):
        parse_flag(document)
    with pytest.raises(InvalidFlagError, match="enabled"):
        parse_switch(document)


@pytest.mark.parametrize("name", ["percent", "shadowPercent"])
@pytest.mark.parametrize("value", [-0.001, 100.001, 10**400, True, False, "5", None, [5], float("nan"), float("inf")])
def test_a_percentage_out_of_range_or_of_another_type_is_refused(name: str, value: object) -> None:
    with pytest.raises(InvalidFlagError, match=name):
        parse_flag({**ENABLED, name: value})


@pytest.mark.parametrize("value", [0, 100, 0.0, 100.0, 0.5])
def test_the_ends_of_the_range_and_fractions_are_percentages(value: float) -> None:
    assert parse_flag({"enabled": True, "percent": value}).percent == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("splitBy", "session"),
        ("splitBy", None),
        ("splitBy", ["user"]),
        ("allowUsers", "user-1"),
        ("allowUsers", [1]),
        ("allowUsers", None),
        ("seed", 1),
        ("seed", None),
    ],
)
def test_another_attribute_of_the_wrong_type_is_refused(name: str, value: object) -> None:
    with pytest.raises(InvalidFlagError, match=name):
        parse_flag({**ENABLED, name: value})


def test_a_refusal_never_repeats_the_value() -> None:
    with pytest.raises(InvalidFlagError) as refusal:
        parse_flag({**ENABLED, "percent": "sentinel"})
    assert "sentinel" not in str(refusal.value)


@pytest.mark.parametrize("on", [True, False])
def test_a_switch_is_what_enabled_says(on: bool) -> None:  # noqa: FBT001 — the parameter is the case
    assert parse_switch({"enabled": on}) is on


def test_a_flag_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Flag.OFF.enabled = True  # type: ignore[misc]  # that it is refused is the point
