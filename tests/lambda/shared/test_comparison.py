"""Differences: path and kind at a digest's grain and down to the leaf, the same in both directions of a read."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.canonical import canonical_text
from shared.comparison import (
    Difference,
    DifferenceKind,
    Leaf,
    LeafDifference,
    all_leaves,
    compare_digests,
    compare_documents,
)
from shared.digests import DIGESTED_FIELDS, ROOT, Digester
from shared.mock_reader import FIXTURE
from tests.lambda_support.documents import JSON_VALUES, USERS, other_spelling

DIGESTER = Digester("k" * 32)
USER: dict[str, Any] = json.loads(FIXTURE.read_text(encoding="utf-8"))[6]
CHANGED, MISSING, EXTRA = DifferenceKind.CHANGED, DifferenceKind.MISSING, DifferenceKind.EXTRA


def at_digests(mock: Any, candidate: Any) -> list[tuple[str, DifferenceKind]]:
    sides = (DIGESTER.digests("request-1", side) for side in (mock, candidate))
    return [(difference.path, difference.kind) for difference in compare_digests(*sides)]


def at_leaves(mock: Any, candidate: Any) -> list[tuple[str, DifferenceKind]]:
    return [(difference.path, difference.kind) for difference in compare_documents(mock, candidate)]


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    user = copy.deepcopy(USER)
    change(user)
    return user


DEFECTS = [
    pytest.param(
        changed(lambda user: user.update(balance="12345678901234567890.12345678")),
        ("balance", CHANGED),
        ("balance", CHANGED),
        id="a decimal changed",
    ),
    pytest.param(
        changed(lambda user: user["subscriptions"].pop(0)),
        ("subscriptions", CHANGED),
        ("subscriptions[subscription-7-2]", MISSING),
        id="a row dropped",
    ),
    pytest.param(
        changed(lambda user: user["subscriptions"].append({**user["subscriptions"][0], "id": "subscription-7-9"})),
        ("subscriptions", CHANGED),
        ("subscriptions[subscription-7-9]", EXTRA),
        id="a row too many",
    ),
    pytest.param(
        changed(lambda user: user["subscriptions"][1].update(startedAt="2018-08-05T20:53:46.011Z")),
        ("subscriptions", CHANGED),
        ("subscriptions[subscription-7-1].startedAt", CHANGED),
        id="a timestamp of a row shifted by a millisecond",
    ),
    pytest.param(
        changed(lambda user: user.update(createdAt="1999-12-31T23:59:59.002Z")),
        ("createdAt", CHANGED),
        ("createdAt", CHANGED),
        id="a timestamp shifted by a millisecond",
    ),
    pytest.param(
        changed(lambda user: user.update(profile=None)),
        ("profile", CHANGED),
        ("profile", CHANGED),
        id="a relation dropped",
    ),
    pytest.param(
        changed(lambda user: user["profile"].pop("bio")),
        ("profile", CHANGED),
        ("profile.bio", MISSING),
        id="a deep key",
    ),
    pytest.param(changed(lambda user: user.pop("points")), ("points", MISSING), ("points", MISSING), id="a field lost"),
    pytest.param(
        changed(lambda user: user.update(marketingConsent=True)),
        (ROOT, CHANGED),
        ("marketingConsent", CHANGED),
        id="a field without a digest of its own",
    ),
    pytest.param(changed(lambda user: user.update(new=None)), (ROOT, CHANGED), ("new", EXTRA), id="an unknown field"),
    pytest.param(
        changed(lambda user: user["tags"].remove("9")), ("tags", CHANGED), ("tags[]", MISSING), id="a tag dropped"
    ),
    pytest.param(
        changed(lambda user: user["tags"].append("9")), ("tags", CHANGED), ("tags[]", EXTRA), id="a tag twice"
    ),
]


@pytest.mark.parametrize(("defective", "at_digest", "at_leaf"), DEFECTS)
def test_a_defect_of_the_candidate_is_found_with_path_and_kind(
    defective: dict[str, Any], at_digest: tuple[str, DifferenceKind], at_leaf: tuple[str, DifferenceKind]
) -> None:
    assert at_digests(USER, defective) == [at_digest]
    assert at_leaves(USER, defective) == [at_leaf]


def test_a_user_whom_one_side_does_not_know_is_one_difference() -> None:
    assert at_digests(USER, None) == at_leaves(USER, None) == [(ROOT, MISSING)]
    assert at_digests(None, USER) == at_leaves(None, USER) == [(ROOT, EXTRA)]
    assert at_digests({}, None) == at_leaves({}, None) == [(ROOT, MISSING)]
    assert at_digests(None, None) == at_leaves(None, None) == []


def test_differences_come_in_the_order_of_the_fields() -> None:
    assert at_digests(USER, dict.fromkeys(reversed(USER), 9)) == [(path, CHANGED) for path in (ROOT, *DIGESTED_FIELDS)]


def test_a_leaf_shows_both_values_in_canonical_form() -> None:
    (difference,) = compare_documents({"balance": "12.50"}, {"balance": "1.26E1"})
    assert difference == LeafDifference("balance", CHANGED, "12.5", "12.6")
    assert compare_documents({"tags": ["a"]}, {"tags": ["b"]}) == [
        LeafDifference("tags[]", MISSING, "a", None),
        LeafDifference("tags[]", EXTRA, None, "b"),
    ]


@pytest.mark.parametrize(
    ("mock", "candidate", "leaves"),
    [
        ({"theme": "dark"}, {"theme": "light"}, [("preferences.theme", CHANGED)]),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, [("preferences.a[1].b", CHANGED)]),
        ([1, 2], [1], [("preferences[1]", MISSING)]),
        ({"a": None}, {}, [("preferences.a", MISSING)]),
        ([], {}, [("preferences", CHANGED)]),
        (1, True, [("preferences", CHANGED)]),
        (1, 1.0, []),
    ],
)
def test_leaves_of_free_json_have_paths_too(
    mock: Any, candidate: Any, leaves: list[tuple[str, DifferenceKind]]
) -> None:
    assert at_leaves({"preferences": mock}, {"preferences": candidate}) == leaves


def test_all_leaves_are_those_that_differ_among_those_that_do_not() -> None:
    mock = {"balance": "12.50", "tags": ["b", "a", "a"], "preferences": {"theme": "dark", "pins": [], "x": {}}}
    candidate = {"balance": "12.5", "tags": ["a", "c"], "preferences": {"theme": "light", "pins": [], "x": {}}}
    assert sorted(all_leaves(mock, candidate), key=lambda leaf: leaf.path) == [
        Leaf("balance", None, "12.5", "12.5"),
        Leaf("preferences.pins", None, [], []),
        Leaf("preferences.theme", CHANGED, "dark", "light"),
        Leaf("preferences.x", None, {}, {}),
        Leaf("tags[]", None, "a", "a"),
        Leaf("tags[]", MISSING, "a", None),
        Leaf("tags[]", MISSING, "b", None),
        Leaf("tags[]", EXTRA, None, "c"),
    ]


def test_rows_are_leaves_by_their_ids_and_lists_without_members_are_leaves_themselves() -> None:
    empty = all_leaves({"subscriptions": [], "tags": []}, {"subscriptions": [], "tags": []})
    assert list(empty) == [Leaf("subscriptions", None, [], []), Leaf("tags", None, [], [])]
    paths = [leaf.path for leaf in all_leaves(USER, USER)]
    row_id = USER["subscriptions"][0]["id"]
    assert f"subscriptions[{row_id}].price" in paths
    assert "profile.locale" in paths


@given(data=st.data(), user=USERS)
def test_another_spelling_is_no_difference(data: st.DataObject, user: dict[str, Any]) -> None:
    other = data.draw(other_spelling(user))
    assert at_digests(user, other) == at_leaves(user, other) == []


@given(one=USERS, other=USERS, strange=st.dictionaries(st.sampled_from(sorted(USER)), JSON_VALUES))
def test_leaves_differ_exactly_where_digests_do(
    one: dict[str, Any], other: dict[str, Any], strange: dict[str, Any]
) -> None:
    for mock, candidate in ((one, other), (one, {**one, **strange}), (strange, one), (one, one)):
        at_the_root = {path.split(".")[0].split("[")[0] for path, _ in at_leaves(mock, candidate)}
        folded = {path if path in DIGESTED_FIELDS else ROOT for path in at_the_root}
        assert {path for path, _ in at_digests(mock, candidate)} == folded
        assert bool(folded) == (canonical_text(mock) != canonical_text(candidate))


@given(one=USERS | st.none(), other=USERS | st.none())
def test_exchanging_the_sides_exchanges_missing_and_extra(one: Any, other: Any) -> None:
    mirrored = {CHANGED: CHANGED, MISSING: EXTRA, EXTRA: MISSING}
    for find in (at_digests, at_leaves):
        there = sorted((path, mirrored[kind]) for path, kind in find(one, other))
        assert sorted(find(other, one)) == there


def test_a_difference_is_a_path_and_a_kind_and_never_a_value() -> None:
    assert Difference.__slots__ == ("path", "kind")
