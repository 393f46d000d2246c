"""A row becomes the fixture's document, without losing a digit."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prisma_read.user_document import user_document
from shared.mock_reader import FIXTURE
from shared.user_shape import USER, is_user

INSTANT = datetime(2024, 2, 29, 23, 59, 59, 999000, tzinfo=UTC)
ROW: dict[str, Any] = {
    "id": "user-7",
    "displayName": "Brisk Pebble",
    "nickname": None,
    "status": "ACTIVE",
    "balance": Decimal("12.50"),
    "createdAt": INSTANT,
    "lastSeenAt": None,
    "marketingConsent": True,
    "points": 3,
    "tags": ["b", "a"],
    "preferences": {"theme": {"dark": 1.5}},
    "profile": {
        "id": "profile-7",
        "userId": "user-7",
        "user": None,
        "bio": None,
        "locale": "fr-FR",
        "avatarColour": "#050e49",
        "updatedAt": INSTANT,
    },
    "subscriptions": [
        {
            "id": "subscription-7-1",
            "userId": "user-7",
            "user": None,
            "product": "Willow Weekly",
            "plan": "MONTHLY",
            "price": Decimal("1200.5000"),
            "startedAt": INSTANT,
            "endedAt": None,
        }
    ],
}


def document(**values: Any) -> dict[str, Any]:
    return user_document({**ROW, **values})


def test_a_row_becomes_a_document_without_its_foreign_keys() -> None:
    assert document() == {
        "id": "user-7",
        "displayName": "Brisk Pebble",
        "nickname": None,
        "status": "ACTIVE",
        "balance": "12.5",
        "createdAt": "2024-02-29T23:59:59.999Z",
        "lastSeenAt": None,
        "marketingConsent": True,
        "points": 3,
        "tags": ["b", "a"],
        "preferences": {"theme": {"dark": 1.5}},
        "profile": {
            "id": "profile-7",
            "bio": None,
            "locale": "fr-FR",
            "avatarColour": "#050e49",
            "updatedAt": "2024-02-29T23:59:59.999Z",
        },
        "subscriptions": [
            {
                "id": "subscription-7-1",
                "product": "Willow Weekly",
                "plan": "MONTHLY",
                "price": "1200.5",
                "startedAt": "2024-02-29T23:59:59.999Z",
                "endedAt": None,
            }
        ],
    }
    assert is_user(document())


def test_a_document_has_the_fixtures_keys_in_the_fixtures_order() -> None:
    [first, *_] = json.loads(FIXTURE.read_text(encoding="utf-8"))
    assert list(document()) == list(first) == list(USER)


def test_a_user_without_a_profile_and_without_subscriptions() -> None:
    bare = document(profile=None, subscriptions=[], tags=[])
    assert (bare["profile"], bare["subscriptions"], bare["tags"]) == (None, [], [])


@pytest.mark.parametrize("preferences", [None, True, 0, "", [], {}, [{"a": [None]}], "null"])
def test_preferences_pass_as_they_are(preferences: Any) -> None:
    assert document(preferences=preferences)["preferences"] == preferences


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0E-30", "0"),
        ("100", "100"),
        ("1E+3", "1000"),
        ("0.000000000000000000000000000001", "0.000000000000000000000000000001"),
        ("1234567890123456789012345678901.234567890123456789", "1234567890123456789012345678901.234567890123456789"),
        ("-0.010", "-0.01"),
    ],
)
def test_decimals_are_plain_and_whole(value: str, text: str) -> None:
    assert document(balance=Decimal(value))["balance"] == text


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_no_decimal_loses_a_digit(value: Decimal) -> None:
    text = document(balance=value)["balance"]
    assert Decimal(text) == value
    assert "E" not in text.upper()


@given(st.datetimes(timezones=st.just(UTC)), st.integers(-14 * 60, 14 * 60))
def test_every_instant_is_in_utc_with_milliseconds_whatever_its_offset(instant: datetime, offset_min: int) -> None:
    try:
        local = instant.astimezone(timezone(timedelta(minutes=offset_min)))
    except OverflowError:
        local = instant
    text = document(createdAt=local)["createdAt"]
    assert datetime.fromisoformat(text) == instant.replace(microsecond=instant.microsecond // 1000 * 1000)
    assert text.endswith("Z")
    assert len(text) == len("2024-02-29T23:59:59.999Z")
