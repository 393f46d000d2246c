"""The canonical form: the same facts in any spelling are one text, and other facts are another."""

import copy
import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.canonical import canonical, canonical_text
from shared.mock_reader import FIXTURE
from tests.lambda_support.documents import DECIMALS, INSTANTS, JSON_VALUES, NUMBERS, TIMESTAMPS, USERS, other_spelling

FIXTURE_USERS: list[dict[str, Any]] = json.loads(FIXTURE.read_text(encoding="utf-8"))


def form(field: str, value: Any) -> Any:
    return canonical({field: value})[field]


def same(field: str, one: Any, other: Any) -> bool:
    return canonical_text({field: one}) == canonical_text({field: other})


@given(data=st.data(), user=USERS)
def test_the_same_facts_in_another_spelling_have_the_same_form(data: st.DataObject, user: dict[str, Any]) -> None:
    assert canonical_text(data.draw(other_spelling(user))) == canonical_text(user)


@given(user=USERS | st.dictionaries(st.sampled_from(sorted(FIXTURE_USERS[0])), JSON_VALUES))
def test_the_form_of_a_form_is_itself_whatever_the_fields_hold(user: dict[str, Any]) -> None:
    before = copy.deepcopy(user)
    assert canonical_text(canonical(user)) == canonical_text(user)
    assert user == before


@pytest.mark.parametrize("user", FIXTURE_USERS, ids=lambda user: user["id"])
def test_a_fixture_users_form_holds_the_users_facts(user: dict[str, Any]) -> None:
    form = canonical(user)
    assert form.keys() == user.keys()
    for name in ("id", "displayName", "nickname", "status", "createdAt", "lastSeenAt", "points", "preferences"):
        assert form[name] == user[name]
    assert sorted(form["tags"]) == sorted(user["tags"])
    assert [row["id"] for row in form["subscriptions"]] == sorted(row["id"] for row in user["subscriptions"])


@given(one=USERS, other=USERS)
def test_other_facts_have_another_form(one: dict[str, Any], other: dict[str, Any]) -> None:
    spelled_in_one_way = set(one) - {"balance", "tags", "preferences", "subscriptions"}
    for name in spelled_in_one_way:
        mixed = {**one, name: other[name]}
        assert (canonical_text(mixed) == canonical_text(one)) == (one[name] == other[name])


@pytest.mark.parametrize(
    ("spelling", "plain"),
    [
        ("12.50", "12.5"),
        ("1.25E1", "12.5"),
        ("+012.5", "12.5"),
        ("1250e-2", "12.5"),
        ("-0", "0"),
        ("-0.00", "0"),
        ("0E-9", "0"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1e+21", "1000000000000000000000"),
        ("1E-9", "0.000000001"),
        ("100", "100"),
        ("12345678901234567890.123456789", "12345678901234567890.123456789"),
    ],
)
def test_a_decimal_is_plain_and_without_needless_zeros(spelling: str, plain: str) -> None:
    assert form("balance", spelling) == plain


@given(one=DECIMALS, other=DECIMALS)
def test_decimals_have_one_form_exactly_if_they_are_one_number(one: str, other: str) -> None:
    assert same("balance", one, other) == (Fraction(one) == Fraction(other))
    assert Fraction(form("balance", one)) == Fraction(one)


@given(scale=st.integers(0, 200_000), digit=st.integers(1, 9))
def test_decimals_of_any_scale_are_exact(scale: int, digit: int) -> None:
    small = f"0.{'0' * scale}{digit}"
    assert same("balance", small, f"{digit}e-{scale + 1}")
    assert same("balance", small, f"{small}00")
    assert not same("balance", small, f"{small}1")
    large = f"{digit}{'0' * scale}"
    assert same("balance", large, f"{digit}E+{scale}")
    assert not same("balance", large, f"{large}0")


def test_an_absurd_exponent_does_not_make_an_absurd_text() -> None:
    assert len(form("balance", "1e999999999")) < 20
    assert same("balance", "1e999999998", "10e999999997")
    assert form("balance", "1e9999999999") == "1e9999999999"


@pytest.mark.parametrize(
    "text", ["", "NaN", "abc", "1,5", "1 000", "--1", "1e", ".", "-", " 1", "1\n", "\u0661", "0x1"]
)
def test_a_text_that_is_no_decimal_stays_as_it_is(text: str) -> None:
    assert form("balance", text) == text


@pytest.mark.parametrize(
    "spelling",
    [
        "2024-02-29T23:59:59.999Z",
        "2024-02-29T23:59:59.999+00:00",
        "2024-02-29T23:59:59.999999Z",
        "2024-02-29T23:59:59.99900Z",
        "2024-02-29 23:59:59.999+00",
        "2024-03-01T01:29:59.999+01:30",
        "2024-02-29T18:59:59.999-05:00",
        "20240229T235959,999Z",
    ],
)
def test_a_timestamp_is_its_instant_in_utc_cut_to_milliseconds(spelling: str) -> None:
    assert form("createdAt", spelling) == "2024-02-29T23:59:59.999Z"


def test_a_timestamp_before_1970_is_cut_like_any_other() -> None:
    assert form("createdAt", "1969-12-31T23:59:59.9999Z") == "1969-12-31T23:59:59.999Z"


@given(one=INSTANTS, other=INSTANTS)
def test_timestamps_have_one_form_exactly_if_they_share_their_millisecond(one: Any, other: Any) -> None:
    def millisecond(instant: Any) -> Any:
        return instant.replace(microsecond=instant.microsecond // 1000 * 1000)

    shared = millisecond(one) == millisecond(other)
    assert same("createdAt", one.isoformat(), other.isoformat()) == shared


@given(timestamp=TIMESTAMPS)
def test_a_millisecond_is_a_difference(timestamp: str) -> None:
    last_digit = str((int(timestamp[-2]) + 1) % 10)
    assert not same("createdAt", timestamp, f"{timestamp[:-2]}{last_digit}Z")


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2024-02-29", "2024-02-29T23:59:59.999", "2024-02-30T00:00:00Z", "0001-01-01T00:00:00+14:00"],
)
def test_a_text_that_is_no_instant_stays_as_it_is(text: str) -> None:
    assert form("createdAt", text) == text


@pytest.mark.parametrize("field", ["displayName", "status", "nickname", "preferences", "unknown"])
def test_what_a_text_means_is_known_by_its_field_alone(field: str) -> None:
    assert form(field, "12.50") == "12.50"
    assert form(field, "2024-02-29T23:59:59.999999Z") == "2024-02-29T23:59:59.999999Z"
    assert not same(field, "1.5", 1.5)
    assert not same(field, "null", None)


def test_rows_have_decimals_and_timestamps_too() -> None:
    row = {"id": "s", "price": "9.990", "startedAt": "2024-01-01T01:00:00+01:00", "product": "9.990"}
    assert form("subscriptions", [row]) == [
        {"id": "s", "price": "9.99", "startedAt": "2024-01-01T00:00:00.000Z", "product": "9.990"}
    ]
    profile = {"updatedAt": "2024-01-01T01:00:00+01:00", "bio": "2024-01-01T01:00:00+01:00"}
    assert form("profile", profile) == {**profile, "updatedAt": "2024-01-01T00:00:00.000Z"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["a", "b"], ["b", "a"]),
        (["b", "a", "a"], ["a", "b", "a"]),
        ([2, "a", None], [None, 2, "a"]),
    ],
)
def test_tags_have_no_order(one: list[Any], other: list[Any]) -> None:
    assert same("tags", one, other)


def test_tags_count() -> None:
    assert not same("tags", ["a"], ["a", "a"])
    assert not same("tags", ["1"], [1])


@given(data=st.data(), rows=st.lists(st.fixed_dictionaries({"id": JSON_VALUES, "n": JSON_VALUES}) | JSON_VALUES))
def test_subscriptions_have_no_order_even_where_ids_are_missing_or_repeated(
    data: st.DataObject, rows: list[Any]
) -> None:
    shuffled = data.draw(st.permutations(rows))
    assert same("subscriptions", rows, shuffled)
    assert len(form("subscriptions", rows)) == len(rows)


@pytest.mark.parametrize("field", ["tags", "subscriptions", "profile", "balance", "createdAt"])
def test_values_of_the_wrong_type_are_told_apart(field: str) -> None:
    values: list[Any] = [None, True, 1, "1", [], {}, "", [[]], {"a": 1}, [{"a": 1}], 1.5]
    assert len({canonical_text({field: value}) for value in values}) == len(values)


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, 1.0), (0, -0.0), (10**300, 1e300), (10**16, 1e16), ({"a": [1.0]}, {"a": [1]}), (123456789.0, 123456789)],
)
def test_equal_json_numbers_have_one_form(one: Any, other: Any) -> None:
    assert same("preferences", one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (9007199254740993, 9007199254740992),
        (9007199254740993, 9007199254740992.0),
        (10**300, 10**300 + 1),
        (0.1, 0.2),
        (1, True),
        (0, False),
        (1, "1"),
        (None, 0),
        ([1, 2], [2, 1]),
        ([], {}),
        ({"a": None}, {}),
        ("\u00e9", "e\u0301"),
        ("a", "A"),
    ],
)
def test_other_json_has_another_form(one: Any, other: Any) -> None:
    assert not same("preferences", one, other)


@given(one=NUMBERS, other=NUMBERS)
def test_json_numbers_have_one_form_exactly_if_what_they_say_is_equal(one: float, other: float) -> None:
    assert same("preferences", one, other) == (Fraction(str(one)) == Fraction(str(other)))


@given(one=JSON_VALUES, other=JSON_VALUES)
def test_json_has_one_form_exactly_if_it_is_equal(one: Any, other: Any) -> None:
    # A double's neighbours are the other test's; and to Python, True is 1.
    assume("e+" not in json.dumps([one, other]))
    typed = [json.dumps(value).count("true") + json.dumps(value).count("false") for value in (one, other)]
    assume(typed == [0, 0])
    assert same("preferences", one, other) == (one == other)


def test_the_order_of_keys_means_nothing_and_a_missing_key_is_not_null() -> None:
    assert canonical_text({"id": "user-7", "nickname": None}) == canonical_text({"nickname": None, "id": "user-7"})
    assert canonical_text({"id": "user-7", "nickname": None}) != canonical_text({"id": "user-7"})


def test_unicode_stays_as_it_is_and_even_half_a_character_has_a_form() -> None:
    assert not same("displayName", "\u00e9", "e\u0301")
    assert not same("displayName", "\ud800", "\ud801")
    assert form("displayName", "\U0001f991\u0000") == "\U0001f991\u0000"
