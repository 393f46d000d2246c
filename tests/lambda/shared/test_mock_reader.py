"""The fixture's users: the shape that a later store must reproduce, and that nobody can change it."""

import json
import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from shared.mock_reader import FIXTURE, MockReader
from shared.reader import CandidateError

USERS: list[dict[str, Any]] = json.loads(FIXTURE.read_text(encoding="utf-8"))
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
DECIMAL = re.compile(r"-?\d{1,20}(\.\d{1,9})?")


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, member in value.items():
            yield key
            yield from texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from texts(member)


def subscriptions() -> list[dict[str, Any]]:
    return [subscription for user in USERS for subscription in user["subscriptions"]]


def test_user_1_to_user_50_are_served() -> None:
    reader = MockReader()
    assert [reader.read(f"user-{number}") for number in range(1, 51)] == USERS
    assert [user["id"] for user in USERS] == [f"user-{number}" for number in range(1, 51)]


@pytest.mark.parametrize("user_id", ["user-0", "user-51", "USER-1", "user-1 ", ""])
def test_any_other_id_is_nobody(user_id: str) -> None:
    assert MockReader().read(user_id) is None


def test_a_caller_that_changes_its_document_changes_nobody_elses() -> None:
    reader = MockReader()
    document = reader.read("user-4")
    assert document is not None
    document["displayName"] = "changed"
    document["tags"].append("changed")
    document["profile"]["locale"] = "changed"
    document["subscriptions"].clear()
    assert reader.read("user-4") == USERS[3]


def test_all_users_have_the_same_fields() -> None:
    assert len({tuple(user) for user in USERS}) == 1
    assert len({tuple(user["profile"]) for user in USERS if user["profile"]}) == 1
    assert len({tuple(subscription) for subscription in subscriptions()}) == 1


def test_related_rows_have_ids_of_their_own() -> None:
    ids = [row["id"] for row in [*subscriptions(), *(user["profile"] for user in USERS if user["profile"])]]
    assert len(ids) == len(set(ids))


def test_timestamps_are_utc_with_milliseconds_and_reach_to_the_edges() -> None:
    stamps = [user["createdAt"] for user in USERS] + [row["startedAt"] for row in subscriptions()]
    assert all(TIMESTAMP.fullmatch(stamp) and datetime.fromisoformat(stamp) for stamp in stamps)
    assert {"1970-01-01T00:00:00.000Z", "1969-12-31T23:59:59.999Z", "2024-02-29T23:59:59.999Z"} <= set(stamps)


def test_decimals_are_strings_of_many_scales() -> None:
    decimals = [user["balance"] for user in USERS] + [row["price"] for row in subscriptions()]
    assert all(DECIMAL.fullmatch(decimal) for decimal in decimals)
    assert {len(decimal.partition(".")[2]) for decimal in decimals} >= {0, 1, 2, 4, 9}
    assert any(decimal.startswith("-") for decimal in decimals)
    assert any("." in decimal and decimal.endswith("0") for decimal in decimals)
    assert any(len(decimal.partition(".")[0]) == 20 for decimal in decimals)


def test_relations_are_absent_single_and_many() -> None:
    assert {user["profile"] is None for user in USERS} == {True, False}
    assert {min(len(user["subscriptions"]), 3) for user in USERS} == {0, 1, 2, 3}


def test_lists_are_not_sorted_already() -> None:
    assert any(user["tags"] != sorted(user["tags"]) for user in USERS)
    assert any(not user["tags"] for user in USERS)
    ids = [[row["id"] for row in user["subscriptions"]] for user in USERS]
    assert any(of_user != sorted(of_user) for of_user in ids)


def test_null_differs_from_the_empty_string() -> None:
    assert {None, ""} <= {user["nickname"] for user in USERS}


def test_enums_have_several_members_each() -> None:
    assert {user["status"] for user in USERS} == {"ACTIVE", "INVITED", "SUSPENDED", "DELETED"}
    assert {row["plan"] for row in subscriptions()} == {"MONTHLY", "YEARLY", "LIFETIME"}


def test_the_json_column_holds_every_kind_of_json() -> None:
    kinds = {type(user["preferences"]) for user in USERS}
    assert kinds == {type(None), dict, list, bool, int, str, float}


def test_texts_combine_leave_the_basic_plane_and_run_right_to_left() -> None:
    characters = {character for text in texts(USERS) for character in text}
    assert any(unicodedata.combining(character) for character in characters)
    assert any(ord(character) > 0xFFFF for character in characters)
    assert any(unicodedata.bidirectional(character) == "AL" for character in characters)


def test_the_fixture_holds_no_e_mail_address_and_nothing_postgresql_refuses() -> None:
    assert all("@" not in text and "\0" not in text for text in texts(USERS))


@pytest.mark.parametrize("code", ["", "Timeout", "no such user", "a" * 41, "user-7's name is Ada"])
def test_a_candidates_code_is_one_short_word(code: str) -> None:
    with pytest.raises(ValueError, match="at most 40"):
        CandidateError(code)
