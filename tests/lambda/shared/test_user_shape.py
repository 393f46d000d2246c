"""The shape of a user: what the fixture has, exactly."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given

from shared.mock_reader import FIXTURE
from shared.user_shape import is_user
from tests.lambda_support.documents import USERS

FIXTURE_USERS: list[dict[str, Any]] = json.loads(FIXTURE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("user", FIXTURE_USERS, ids=lambda user: user["id"])
def test_every_user_of_the_fixture_is_one(user: dict[str, Any]) -> None:
    assert is_user(user)


@given(user=USERS)
def test_every_generated_user_is_one(user: dict[str, Any]) -> None:
    assert is_user(user)


@pytest.mark.parametrize("field", sorted(FIXTURE_USERS[0]))
def test_a_user_has_every_field_and_no_other(field: str) -> None:
    assert not is_user({name: value for name, value in FIXTURE_USERS[6].items() if name != field})
    assert not is_user({**FIXTURE_USERS[6], field.upper(): None})


@pytest.mark.parametrize(
    "change",
    [
        lambda user: user.update(balance=12.5),
        lambda user: user.update(displayName=None),
        lambda user: user.update(createdAt=0),
        lambda user: user.update(points=True),
        lambda user: user.update(points=1.0),
        lambda user: user.update(marketingConsent=1),
        lambda user: user.update(tags=None),
        lambda user: user.update(tags=[1]),
        lambda user: user.update(tags="a"),
        lambda user: user.update(profile=[]),
        lambda user: user.update(subscriptions=None),
        lambda user: user.update(subscriptions={}),
        lambda user: user["profile"].pop("bio"),
        lambda user: user["profile"].update(userId="user-7"),
        lambda user: user["subscriptions"].append(None),
        lambda user: user["subscriptions"][0].update(price=9),
    ],
)
def test_each_value_has_its_fields_type(change: Callable[[dict[str, Any]], object]) -> None:
    user = copy.deepcopy(FIXTURE_USERS[6])
    assert is_user(user)
    change(user)
    assert not is_user(user)


@pytest.mark.parametrize("value", [None, [], "user-7", 7, {}])
def test_what_is_no_object_with_fields_is_no_user(value: object) -> None:
    assert not is_user(value)
