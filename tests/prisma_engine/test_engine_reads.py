"""Every kind of read that the client can send, on the fixture's users."""

import json
from collections import Counter
from datetime import datetime
from decimal import Decimal, localcontext
from types import ModuleType
from typing import Any

import pytest

from shared.mock_reader import FIXTURE

USERS: list[dict[str, Any]] = json.loads(FIXTURE.read_text(encoding="utf-8"))


def ids_where(condition: Any) -> list[str]:
    return sorted(user["id"] for user in USERS if condition(user))


def find_ids(client: Any, where: dict[str, Any]) -> list[str]:
    return sorted(user.id for user in client.user.find_many(where=where))


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("where", "condition"),
    [
        ({"displayName": "Amélie Lanterne"}, lambda user: user["displayName"] == "Amélie Lanterne"),
        ({"displayName": {"not": "Brisk Pebble"}}, lambda user: user["displayName"] != "Brisk Pebble"),
        ({"displayName": {"contains": "🦑"}}, lambda user: "🦑" in user["displayName"]),
        ({"displayName": {"startswith": "  "}}, lambda user: user["displayName"].startswith("  ")),
        ({"displayName": {"endswith": "\\ Backslash"}}, lambda user: user["displayName"].endswith("\\ Backslash")),
        (
            {"displayName": {"contains": "PEBBLE", "mode": "insensitive"}},
            lambda user: "pebble" in user["displayName"].lower(),
        ),
        ({"id": {"in": ["user-1", "user-50", "nobody"]}}, lambda user: user["id"] in {"user-1", "user-50"}),
        ({"id": {"not_in": ["user-1"]}}, lambda user: user["id"] != "user-1"),
        ({"displayName": {"gte": "Z"}}, lambda user: user["displayName"] >= "Z"),
        ({"nickname": None}, lambda user: user["nickname"] is None),
        ({"nickname": ""}, lambda user: user["nickname"] == ""),
        ({"status": "DELETED"}, lambda user: user["status"] == "DELETED"),
        ({"status": {"in": ["DELETED", "INVITED"]}}, lambda user: user["status"] in {"DELETED", "INVITED"}),
        ({"balance": Decimal("-0.01")}, lambda user: Decimal(user["balance"]) == Decimal("-0.01")),
        (
            {"balance": {"gt": Decimal("12345678901234567890.123456788")}},
            lambda user: Decimal(user["balance"]) > Decimal("12345678901234567890.123456788"),
        ),
        ({"createdAt": {"lt": instant("1970-01-01T00:00:00Z")}}, lambda user: user["createdAt"] < "1970"),
        (
            {"createdAt": instant("1970-01-01T00:59:59.999+01:00")},
            lambda user: user["createdAt"] == "1969-12-31T23:59:59.999Z",
        ),
        ({"lastSeenAt": None}, lambda user: user["lastSeenAt"] is None),
        ({"marketingConsent": True}, lambda user: user["marketingConsent"]),
        ({"points": 2147483647}, lambda user: user["points"] == 2147483647),
        ({"points": {"lte": -1}}, lambda user: user["points"] <= -1),
        ({"tags": {"has": "é"}}, lambda user: "é" in user["tags"]),
        ({"tags": {"has_every": ["a", "10"]}}, lambda user: {"a", "10"} <= set(user["tags"])),
        ({"tags": {"has_some": ["a", "VIP"]}}, lambda user: {"a", "VIP"} & set(user["tags"])),
        ({"tags": {"is_empty": True}}, lambda user: user["tags"] == []),
        ({"tags": {"equals": ["B"]}}, lambda user: user["tags"] == ["B"]),
        ({"profile": {"is": {"locale": "fr-FR"}}}, lambda user: (user["profile"] or {}).get("locale") == "fr-FR"),
        (
            {"subscriptions": {"some": {"plan": "YEARLY"}}},
            lambda user: any(item["plan"] == "YEARLY" for item in user["subscriptions"]),
        ),
        (
            {"subscriptions": {"every": {"endedAt": None}}},
            lambda user: all(item["endedAt"] is None for item in user["subscriptions"]),
        ),
        ({"subscriptions": {"none": {}}}, lambda user: user["subscriptions"] == []),
        (
            {"OR": [{"id": "user-1"}, {"AND": [{"status": "ACTIVE"}, {"NOT": [{"marketingConsent": True}]}]}]},
            lambda user: user["id"] == "user-1" or (user["status"] == "ACTIVE" and not user["marketingConsent"]),
        ),
    ],
)
def test_a_filter_finds_the_users_it_describes(reading_client: Any, where: dict[str, Any], condition: Any) -> None:
    expected = ids_where(condition)
    assert 0 < len(expected) < len(USERS)
    assert find_ids(reading_client, where) == expected


@pytest.mark.parametrize("value", [{}, [], True, 0, 1.5, None, "a bare string", USERS[11]["preferences"]])
def test_json_is_found_by_its_value(reading_client: Any, prisma: ModuleType, value: Any) -> None:
    expected = ids_where(lambda user: json.dumps(user["preferences"]) == json.dumps(value))
    assert expected
    condition = {"preferences": {"equals": prisma.Json(value)}}
    assert find_ids(reading_client, condition) == expected
    assert find_ids(reading_client, {"NOT": [{"OR": [condition]}]}) == sorted({u["id"] for u in USERS} - set(expected))


def test_users_come_in_the_order_asked_for(reading_client: Any) -> None:
    users = reading_client.user.find_many(order=[{"points": "desc"}, {"createdAt": "asc"}])
    expected = sorted(USERS, key=lambda user: (-user["points"], user["createdAt"]))
    assert [user.points for user in users] == [user["points"] for user in expected]
    assert [user.id for user in users] == [user["id"] for user in expected]


def test_pages_follow_each_other(reading_client: Any) -> None:
    ordered = sorted(user["id"] for user in USERS)
    order = {"id": "asc"}
    second_page = reading_client.user.find_many(take=5, skip=5, order=order)
    assert [user.id for user in second_page] == ordered[5:10]
    after_a_cursor = reading_client.user.find_many(take=5, skip=1, cursor={"id": ordered[9]}, order=order)
    assert [user.id for user in after_a_cursor] == ordered[10:15]
    backwards = reading_client.user.find_many(take=-3, cursor={"id": ordered[9]}, order=order)
    assert [user.id for user in backwards] == ordered[7:10]


def test_distinct_keeps_one_user_for_each_value(reading_client: Any) -> None:
    users = reading_client.user.find_many(distinct=["status"])
    assert sorted(user.status for user in users) == sorted({user["status"] for user in USERS})


def test_find_first_takes_the_first_of_an_order(reading_client: Any) -> None:
    newest = max(USERS, key=lambda user: user["createdAt"])
    assert reading_client.user.find_first(order={"createdAt": "desc"}).id == newest["id"]
    assert reading_client.user.find_first(where={"id": "nobody"}) is None


def test_relations_are_filtered_ordered_and_nested(reading_client: Any) -> None:
    user = reading_client.user.find_unique(
        where={"id": "user-5"},
        include={
            "subscriptions": {
                "where": {"plan": {"not": "YEARLY"}},
                "order_by": {"id": "desc"},
                "take": 2,
                "include": {"user": {"include": {"profile": True}}},
            }
        },
    )
    expected = [item["id"] for item in USERS[4]["subscriptions"] if item["plan"] != "YEARLY"]
    assert [item.id for item in user.subscriptions] == sorted(expected, reverse=True)[:2]
    assert user.subscriptions[0].user.profile.id == "profile-5"


def test_a_relation_that_is_not_included_is_not_read(reading_client: Any) -> None:
    user = reading_client.user.find_unique(where={"id": "user-1"})
    assert user.profile is None
    assert user.subscriptions is None


@pytest.mark.parametrize("method", ["find_unique_or_raise", "find_first_or_raise"])
def test_asking_for_a_record_that_must_be_there_raises(reading_client: Any, prisma: ModuleType, method: str) -> None:
    assert getattr(reading_client.user, method)(where={"id": "user-1"}).id == "user-1"
    with pytest.raises(prisma.errors.RecordNotFoundError) as caught:
        getattr(reading_client.user, method)(where={"id": "nobody"})
    assert caught.value.code == "P2025"


def test_counts(reading_client: Any) -> None:
    assert reading_client.user.count() == 50
    assert reading_client.user.count(where={"status": "ACTIVE"}) == len(ids_where(lambda u: u["status"] == "ACTIVE"))
    assert reading_client.user.count(select={"_all": True, "nickname": True}) == {
        "_all": 50,
        "nickname": len(ids_where(lambda user: user["nickname"] is not None)),
    }


def test_groups_have_counts_and_sums(reading_client: Any) -> None:
    groups = reading_client.user.group_by(
        ["status"],
        count=True,
        sum={"points": True, "balance": True},
        max={"createdAt": True},
        having={"status": {"not": "INVITED"}},
        order={"status": "asc"},
    )
    counts = Counter(user["status"] for user in USERS)
    assert [group["status"] for group in groups] == ["ACTIVE", "SUSPENDED", "DELETED"]
    for group in groups:
        members = [user for user in USERS if user["status"] == group["status"]]
        assert group["_count"]["_all"] == counts[group["status"]]
        assert group["_sum"]["points"] == sum(user["points"] for user in members)
        # The sum has more digits than the decimal module's arithmetic keeps by default.
        with localcontext(prec=65):
            assert Decimal(group["_sum"]["balance"]) == sum(Decimal(user["balance"]) for user in members)
        assert instant(group["_max"]["createdAt"]) == max(instant(user["createdAt"]) for user in members)


def test_a_raw_query_answers_every_type_of_the_schema(reading_client: Any, prisma: ModuleType) -> None:
    statement = """
        SELECT id, status, balance, created_at AS "createdAt", marketing_consent AS "marketingConsent", points, tags,
               preferences, nickname, count(*) OVER () AS total
        FROM users WHERE id = $1 AND points = $2 AND $3 = ANY(tags)
    """
    (row,) = reading_client.query_raw(statement, "user-1", 1, "early-bird")
    assert row == {
        "id": "user-1",
        "status": "ACTIVE",
        "balance": 0.0,
        "createdAt": "1970-01-01T00:00:00+00:00",
        "marketingConsent": False,
        "points": 1,
        "tags": ["10", "early-bird", "a"],
        "preferences": {},
        "nickname": "",
        "total": 1,
    }
    assert reading_client.query_first("SELECT 1 AS one WHERE false") is None
    profile = reading_client.query_first(
        'SELECT id, user_id AS "userId", bio, locale, avatar_colour AS "avatarColour", updated_at AS "updatedAt" '
        "FROM profiles WHERE id = 'profile-2'",
        model=prisma.models.Profile,
    )
    assert profile == reading_client.profile.find_unique(where={"id": "profile-2"})


def test_an_unknown_field_is_told_apart(reading_client: Any, prisma: ModuleType) -> None:
    with pytest.raises(prisma.errors.FieldNotFoundError) as caught:
        reading_client.user.find_many(where={"shoeSize": 43})
    assert caught.value.code == "P2009"


def test_a_raw_query_that_is_no_sql_is_told_apart(reading_client: Any, prisma: ModuleType) -> None:
    with pytest.raises(prisma.errors.RawQueryError) as caught:
        reading_client.query_raw("SELEC 1")
    assert (caught.value.code, caught.value.meta["code"]) == ("P2010", "42601")


def test_a_number_too_large_for_the_engine_is_told_apart(reading_client: Any, prisma: ModuleType) -> None:
    with pytest.raises(prisma.errors.DataError) as caught:
        reading_client.user.find_many(where={"points": 2**63})
    assert caught.value.code == "P2033"
