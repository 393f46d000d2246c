"""Every kind of write that the client can send, raw statements, batches and transactions."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest

_NUMBERS = itertools.count(1)
NOW = datetime(2025, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)


def new_id() -> str:
    """An id that no other test of this module has."""
    return f"user-{next(_NUMBERS)}"


def user_data(prisma: ModuleType, user_id: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": user_id,
        "displayName": "Brisk Pebble",
        "status": "ACTIVE",
        "balance": Decimal("1.50"),
        "createdAt": NOW,
        "marketingConsent": False,
        "points": 1,
        "tags": ["b", "a"],
        "preferences": prisma.Json({"theme": "dark"}),
        **fields,
    }


def subscription(number: str, plan: str = "YEARLY") -> dict[str, Any]:
    return {"id": number, "product": "Weekly", "plan": plan, "price": Decimal("9.990"), "startedAt": NOW}


def profile(number: str) -> dict[str, Any]:
    return {"id": number, "locale": "fr-FR", "avatarColour": "#000000", "updatedAt": NOW}


def test_create_writes_a_record_with_its_relations(client: Any, prisma: ModuleType) -> None:
    user_id = new_id()
    relations = {
        "profile": {"create": profile(f"profile-of-{user_id}")},
        "subscriptions": {"create": [subscription(f"{user_id}-1"), subscription(f"{user_id}-2", "MONTHLY")]},
    }
    include = {"profile": True, "subscriptions": {"order_by": {"id": "asc"}}}
    created = client.user.create(data=user_data(prisma, user_id, **relations), include=include)
    assert created == client.user.find_unique(where={"id": user_id}, include=include)
    assert created.balance == Decimal("1.5")
    assert created.createdAt == NOW
    assert created.tags == ["b", "a"]
    assert created.preferences == {"theme": "dark"}
    assert created.profile.locale == "fr-FR"
    assert [item.plan for item in created.subscriptions] == ["YEARLY", "MONTHLY"]


def test_create_many_counts_and_skips_duplicates_if_told(client: Any, prisma: ModuleType) -> None:
    first, second = new_id(), new_id()
    assert client.user.create_many(data=[user_data(prisma, first)]) == 1
    both = [user_data(prisma, first), user_data(prisma, second, preferences=prisma.Json(None))]
    assert client.user.create_many(data=both, skip_duplicates=True) == 1
    assert client.user.find_unique(where={"id": second}).preferences is None


def test_update_changes_scalars_lists_json_and_relations(client: Any, prisma: ModuleType) -> None:
    user_id = new_id()
    data = user_data(prisma, user_id, subscriptions={"create": [subscription(f"{user_id}-1")]})
    client.user.create(data=data)
    updated = client.user.update(
        where={"id": user_id},
        data={
            "points": {"increment": 41},
            "nickname": "é",
            "balance": Decimal("-0.000000001"),
            "tags": {"push": ["c"]},
            "preferences": prisma.Json([None, {"a": "b"}]),
            "profile": {"create": profile(f"profile-of-{user_id}")},
            "subscriptions": {
                "update": [{"where": {"id": f"{user_id}-1"}, "data": {"endedAt": NOW + timedelta(days=1)}}],
                "create": [subscription(f"{user_id}-2")],
            },
        },
        include={"profile": True, "subscriptions": {"order_by": {"id": "asc"}}},
    )
    assert (updated.points, updated.nickname, updated.balance) == (42, "é", Decimal("-1E-9"))
    assert updated.tags == ["b", "a", "c"]
    assert updated.preferences == [None, {"a": "b"}]
    assert updated.profile.id == f"profile-of-{user_id}"
    assert [item.endedAt for item in updated.subscriptions] == [NOW + timedelta(days=1), None]


def test_update_of_a_record_that_is_not_there_is_none(client: Any) -> None:
    assert client.user.update(where={"id": "nobody"}, data={"points": 1}) is None
    assert client.user.delete(where={"id": "nobody"}) is None


def test_update_many_and_delete_many_count(client: Any, prisma: ModuleType) -> None:
    ids = [new_id() for _ in range(3)]
    client.user.create_many(data=[user_data(prisma, user_id) for user_id in ids])
    assert client.user.update_many(where={"id": {"in": ids[:2]}}, data={"status": "SUSPENDED"}) == 2
    assert client.user.delete_many(where={"id": {"in": ids}, "status": "SUSPENDED"}) == 2
    assert client.user.count(where={"id": {"in": ids}}) == 1


def test_upsert_creates_and_then_updates(client: Any, prisma: ModuleType) -> None:
    user_id = new_id()
    data = {"create": user_data(prisma, user_id), "update": {"preferences": prisma.Json("again")}}
    assert client.user.upsert(where={"id": user_id}, data=data).preferences == {"theme": "dark"}
    assert client.user.upsert(where={"id": user_id}, data=data).preferences == "again"


def test_connect_moves_a_record_to_another(client: Any, prisma: ModuleType) -> None:
    first, second = new_id(), new_id()
    client.user.create(data=user_data(prisma, first, subscriptions={"create": [subscription(f"{first}-1")]}))
    moved = client.user.create(
        data=user_data(prisma, second, subscriptions={"connect": [{"id": f"{first}-1"}]}),
        include={"subscriptions": True},
    )
    assert [item.id for item in moved.subscriptions] == [f"{first}-1"]
    third = new_id()
    owner = {"connect_or_create": {"where": {"id": third}, "create": user_data(prisma, third)}}
    created = client.subscription.create(data={**subscription(f"{third}-1"), "user": owner}, include={"user": True})
    assert created.user.preferences == {"theme": "dark"}


def test_delete_answers_what_it_deleted_and_takes_the_relations_along(client: Any, prisma: ModuleType) -> None:
    user_id = new_id()
    client.user.create(data=user_data(prisma, user_id, profile={"create": profile(f"profile-of-{user_id}")}))
    assert client.user.delete(where={"id": user_id}, include={"profile": True}).profile.locale == "fr-FR"
    assert client.profile.find_unique(where={"userId": user_id}) is None


def test_a_unique_violation_is_told_apart(client: Any, prisma: ModuleType) -> None:
    user_id = new_id()
    client.user.create(data=user_data(prisma, user_id, profile={"create": profile(f"profile-of-{user_id}")}))
    with pytest.raises(prisma.errors.UniqueViolationError) as caught:
        client.user.create(data=user_data(prisma, user_id))
    assert caught.value.meta == {"target": ["id"]}
    with pytest.raises(prisma.errors.UniqueViolationError) as caught:
        client.profile.create(data={**profile("another"), "userId": user_id})
    assert caught.value.meta == {"target": ["user_id"]}


def test_a_foreign_key_violation_is_told_apart(client: Any, prisma: ModuleType) -> None:
    with pytest.raises(prisma.errors.ForeignKeyViolationError) as caught:
        client.profile.create(data={**profile("lonely"), "userId": "nobody"})
    assert caught.value.code == "P2003"


def test_a_missing_value_is_told_apart(client: Any, prisma: ModuleType) -> None:
    data = user_data(prisma, new_id())
    del data["createdAt"]
    with pytest.raises(prisma.errors.MissingRequiredValueError):
        client.user.create(data=data)


def test_a_raw_statement_answers_how_many_rows_it_changed(client: Any, prisma: ModuleType) -> None:
    ids = [new_id(), new_id()]
    client.user.create_many(data=[user_data(prisma, user_id) for user_id in ids])
    assert client.execute_raw("UPDATE users SET points = $1 WHERE id IN ($2, $3)", 7, *ids) == 2
    assert {user.points for user in client.user.find_many(where={"id": {"in": ids}})} == {7}


def test_a_batch_is_done_together_or_not_at_all(client: Any, prisma: ModuleType) -> None:
    first, second = new_id(), new_id()
    with client.batch_() as batch:
        batch.user.create(data=user_data(prisma, first))
        batch.user.create(data=user_data(prisma, second))
        batch.user.update(where={"id": first}, data={"points": 5})
    assert client.user.count(where={"id": {"in": [first, second]}}) == 2
    batch = client.batch_()
    batch.user.delete(where={"id": second})
    batch.user.create(data=user_data(prisma, first))
    with pytest.raises(prisma.errors.UniqueViolationError):
        batch.commit()
    assert client.user.count(where={"id": {"in": [first, second]}}) == 2


def test_a_transaction_is_seen_by_others_when_it_is_committed(client: Any, prisma: ModuleType) -> None:
    user_id = new_id()
    with client.tx() as transaction:
        transaction.user.create(data=user_data(prisma, user_id))
        assert transaction.user.find_unique(where={"id": user_id}) is not None
        assert client.user.find_unique(where={"id": user_id}) is None
    assert client.user.find_unique(where={"id": user_id}) is not None


def test_a_transaction_that_is_rolled_back_leaves_nothing_behind(client: Any, prisma: ModuleType) -> None:
    user_id = new_id()
    manager = client.tx()
    manager.start().user.create(data=user_data(prisma, user_id))
    manager.rollback()
    assert client.user.find_unique(where={"id": user_id}) is None


def test_a_transaction_past_its_time_is_told_apart(client: Any, prisma: ModuleType) -> None:
    transaction = client.tx(timeout=timedelta(milliseconds=50)).start()
    client.query_raw("SELECT 1 AS slept FROM (SELECT pg_sleep(0.3)) AS sleep")
    with pytest.raises(prisma.errors.TransactionExpiredError):
        transaction.user.count()


@pytest.mark.parametrize("transaction_id", ["nonsense", "c" * 25])
def test_a_transaction_that_never_was_is_told_apart(client: Any, prisma: ModuleType, transaction_id: str) -> None:
    query = '{"query": "query { result: findManyUser { id } }", "variables": {}}'
    with pytest.raises(prisma.errors.TransactionError):
        client._engine.query(query, tx_id=transaction_id)
    assert client.user.count(where={"id": "nobody"}) == 0
