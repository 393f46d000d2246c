"""The fixed users hold, between them, every kind of value that each field can have."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from pre_traffic_hook.probe_users import EXPECTED_STATUS, KNOWN_USERS, MALFORMED_USER, UNKNOWN_USER
from shared.mock_reader import FIXTURE, MockReader
from shared.user_id import is_user_id
from shared.user_shape import PROFILE, SUBSCRIPTION, USER, Kind, Scalar

USERS: list[Any] = [MockReader().read(user_id) for user_id in KNOWN_USERS]
PROFILES = [user["profile"] for user in USERS if user["profile"] is not None]
SUBSCRIPTIONS = [row for user in USERS for row in user["subscriptions"]]


def nullable_fields() -> Iterator[tuple[str, list[Any]]]:
    shapes = (("user", USER, USERS), ("profile", PROFILE, PROFILES), ("row", SUBSCRIPTION, SUBSCRIPTIONS))
    for where, fields, rows in shapes:
        for name, field in fields.items():
            if isinstance(field, Scalar) and field.nullable:
                yield f"{where}.{name}", [row[name] for row in rows]


def test_all_are_beta_users_but_one_whom_nobody_knows_and_one_whom_nobody_can_be() -> None:
    everybody = {user["id"] for user in json.loads(FIXTURE.read_text(encoding="utf-8"))}
    assert set(KNOWN_USERS) <= everybody
    assert is_user_id(UNKNOWN_USER)
    assert UNKNOWN_USER not in everybody
    assert not is_user_id(MALFORMED_USER)
    assert set(EXPECTED_STATUS) == {*KNOWN_USERS, UNKNOWN_USER, MALFORMED_USER}


@pytest.mark.parametrize(("name", "values"), [*nullable_fields()])
def test_a_field_that_may_be_null_is_seen_both_ways(name: str, values: list[Any]) -> None:
    assert None in values, name
    assert [value for value in values if value is not None], name


def test_related_rows_are_seen_missing_single_and_several() -> None:
    assert [user for user in USERS if user["profile"] is None]
    assert {min(len(user["subscriptions"]), 2) for user in USERS} == {0, 1, 2}
    assert {min(len(user["tags"]), 2) for user in USERS} == {0, 1, 2}


def test_texts_are_seen_empty_beyond_ascii_beyond_the_first_plane_and_not_normalised() -> None:
    texts = [str(value) for user in USERS for value in (user["displayName"], user["nickname"], *user["tags"])]
    assert "" in texts
    assert [text for text in texts if not text.isascii()]
    assert [text for text in texts if any(ord(character) > 0xFFFF for character in text)]
    assert [text for text in texts if "e\u0301" in text]
    assert [text for text in texts if "\u00e9" in text]
    assert [text for text in texts if "\n" in text or "\t" in text]


def test_numbers_and_times_are_seen_at_their_ends() -> None:
    balances = [user["balance"] for user in USERS]
    assert [balance for balance in balances if balance.startswith("-")]
    assert [balance for balance in balances if balance.endswith("0") and "." in balance]
    assert [balance for balance in balances if len(balance) > 25]
    assert {user["points"] for user in USERS} >= {-1, 0, 2147483647}
    assert {user["marketingConsent"] for user in USERS} == {True, False}
    created = sorted(user["createdAt"] for user in USERS)
    assert created[0] < "1970"
    assert created[-1] > "2038"


def test_a_users_own_json_is_seen_in_every_type() -> None:
    assert {type(user["preferences"]) for user in USERS} >= {dict, list, str, bool, int, float, type(None)}


def test_every_kind_of_field_is_among_them() -> None:
    scalars = [field for fields in (USER, PROFILE, SUBSCRIPTION) for field in fields.values()]
    assert {field.kind for field in scalars if isinstance(field, Scalar)} == set(Kind)


def test_every_status_of_a_user_and_every_plan_is_among_them() -> None:
    everybody = json.loads(FIXTURE.read_text(encoding="utf-8"))
    assert {user["status"] for user in USERS} == {user["status"] for user in everybody}
    assert {row["plan"] for row in SUBSCRIPTIONS} == {
        row["plan"] for user in everybody for row in user["subscriptions"]
    }
