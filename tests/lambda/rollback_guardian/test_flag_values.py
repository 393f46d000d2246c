"""What the two flags' documents say, and the same documents made safe."""

from typing import Any

import pytest

from rollback_guardian.flag_values import flag_is_off, flag_percent, switch_is_on, with_flag_off, with_switch_on
from stacks.flag_documents import FEATURE_FLAGS_SEED, KILL_SWITCH_SEED


def flag(**values: Any) -> dict[str, Any]:
    seed = FEATURE_FLAGS_SEED["values"]["prismaAdapter"]
    return {**FEATURE_FLAGS_SEED, "values": {"prismaAdapter": {**seed, **values}}}


@pytest.mark.parametrize(
    ("values", "off"),
    [
        ({}, True),
        ({"enabled": True}, True),
        ({"enabled": True, "shadowPercent": 100}, True),
        ({"enabled": True, "percent": 0.1}, False),
        ({"enabled": True, "allowUsers": ["user-7"]}, False),
        ({"percent": 100}, True),
        ({"enabled": True, "percent": "many"}, False),
        ({"enabled": "yes"}, False),
    ],
)
def test_a_flag_is_off_when_nobody_is_sent_to_prisma_for_sure(values: dict[str, Any], *, off: bool) -> None:
    assert flag_is_off(flag(**values)) == off


@pytest.mark.parametrize("document", [{}, {"values": None}, {"values": {}}, {"values": {"prismaAdapter": []}}])
def test_a_document_of_another_shape_is_neither_off_nor_on(document: dict[str, Any]) -> None:
    assert not flag_is_off(document)
    assert not switch_is_on(document)
    assert flag_is_off(with_flag_off(document))
    assert switch_is_on(with_switch_on(document))


def test_making_a_document_safe_changes_nothing_else() -> None:
    before = flag(enabled=True, percent=25, allowUsers=["user-7"], shadowPercent=10, seed="spring")
    after = with_flag_off(before)
    assert after == flag(enabled=False, percent=0, allowUsers=["user-7"], shadowPercent=10, seed="spring")
    assert before["values"]["prismaAdapter"]["percent"] == 25
    switched = with_switch_on(KILL_SWITCH_SEED)
    assert switched == {**KILL_SWITCH_SEED, "values": {"prismaKillSwitch": {"enabled": True}}}
    assert not switch_is_on(KILL_SWITCH_SEED)


def test_people_are_told_a_percentage_and_how_many_are_in_at_any() -> None:
    assert flag_percent(flag(enabled=True, percent=2.5)) == "2.5 %"
    assert flag_percent(flag(enabled=True, percent=0, allowUsers=["user-7", "user-8"])) == "0 % and 2 users"
    assert "cannot be understood" in flag_percent({})
