"""Digests: what they can be recomputed from, which paths they have, and that they give nothing away."""

import json
from hashlib import blake2b
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.canonical import canonical_text
from shared.digests import DIGEST_PATHS, DIGESTED_FIELDS, ROOT, Digester
from shared.mock_reader import FIXTURE
from shared.user_shape import USER
from tests.lambda_support.documents import USERS, other_spelling

FIXTURE_USERS: list[dict[str, Any]] = json.loads(FIXTURE.read_text(encoding="utf-8"))
KEY = "0123456789abcdef0123456789abcdef"
DIGESTER = Digester(KEY)


def by_hand(request_id: str, path: str, value: str) -> str:
    text = f"{len(request_id)}:{request_id}{len(path)}:{path}{value}"
    return blake2b(text.encode(), digest_size=8, key=KEY.encode(), person=b"huntaze shadow").hexdigest()


def test_a_digest_is_what_its_description_says() -> None:
    digests = DIGESTER.digests("request-1", {"id": "user-7", "balance": "12.50", "tags": ["b", "a"], "new": 1.0})
    assert digests == {
        "balance": by_hand("request-1", "balance", '"12.5"'),
        "tags": by_hand("request-1", "tags", '["a","b"]'),
        ROOT: by_hand("request-1", ROOT, '{"id":"user-7","new":1}'),
    }


@pytest.mark.parametrize("user", FIXTURE_USERS, ids=lambda user: user["id"])
def test_a_user_has_a_digest_of_16_hex_digits_at_each_of_12_paths(user: dict[str, Any]) -> None:
    digests = DIGESTER.digests("request-1", user)
    assert digests.keys() == DIGEST_PATHS
    assert len(digests) == 12
    assert all(len(digest) == 16 and int(digest, 16) >= 0 for digest in digests.values())


def test_the_fields_without_a_digest_of_their_own_are_known() -> None:
    assert set(USER) - set(DIGESTED_FIELDS) == {"id", "marketingConsent"}


@given(user=USERS, strange=st.dictionaries(st.text(max_size=5), st.integers(), max_size=20))
def test_no_document_has_more_than_12_digests(user: dict[str, Any], strange: dict[str, int]) -> None:
    assert len(DIGESTER.digests("request-1", {**strange, **user})) <= 12


@given(data=st.data(), user=USERS)
def test_the_same_facts_in_another_spelling_have_the_same_digests(data: st.DataObject, user: dict[str, Any]) -> None:
    other = data.draw(other_spelling(user))
    assert DIGESTER.digests("request-1", other) == DIGESTER.digests("request-1", user)


@given(one=USERS, other=USERS)
def test_digests_are_equal_exactly_if_the_canonical_forms_are(one: dict[str, Any], other: dict[str, Any]) -> None:
    equal = DIGESTER.digests("request-1", one) == DIGESTER.digests("request-1", other)
    assert equal == (canonical_text(one) == canonical_text(other))


@pytest.mark.parametrize("field", [*USER, "unknown"])
def test_a_change_of_one_field_changes_one_digest(field: str) -> None:
    before = DIGESTER.digests("request-1", FIXTURE_USERS[6])
    after = DIGESTER.digests("request-1", {**FIXTURE_USERS[6], field: ["changed"]})
    changed = {path for path in DIGEST_PATHS if before[path] != after[path]}
    assert changed == {field if field in DIGESTED_FIELDS else ROOT}


def test_no_such_user_has_no_digests_and_any_user_has() -> None:
    assert DIGESTER.digests("request-1", None) == {}
    assert set(DIGESTER.digests("request-1", {})) == {ROOT}


def test_equal_values_do_not_look_equal() -> None:
    """Of two users, of one user's two reads, and of two fields of one read."""
    users = [{**FIXTURE_USERS[0], "id": f"user-{number}"} for number in range(10)]
    of_users = [DIGESTER.digests(f"request-{number}", user) for number, user in enumerate(users)]
    of_reads = [DIGESTER.digests(f"read-{number}", users[0]) for number in range(10)]
    of_fields = DIGESTER.digests("request", dict.fromkeys(DIGESTED_FIELDS, "x"))
    seen = [digest for digests in (*of_users, *of_reads, of_fields) for digest in digests.values()]
    assert len(seen) == len(set(seen))


def test_the_framing_keeps_request_id_path_and_value_apart() -> None:
    one = Digester(KEY).digests("a1:b", {"tags": "x"})
    other = Digester(KEY).digests("a", {"tags": "x"})
    assert one["tags"] != other["tags"]
    assert DIGESTER.digests("r", {"a": "b"})[ROOT] != DIGESTER.digests("r{", {"a": "b"})[ROOT]


def test_another_key_makes_other_digests() -> None:
    ours, theirs = (Digester(key).digests("request-1", FIXTURE_USERS[0]) for key in (KEY, KEY[::-1]))
    assert not set(ours.values()) & set(theirs.values())


def test_half_a_character_in_a_request_id_or_a_name_has_a_digest() -> None:
    assert DIGESTER.digests("\ud800", {"\ud800": "\ud800"})[ROOT]
