"""The mock's users come out of PostgreSQL, through Prisma, as the documents they went in as."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from shared.mock_reader import FIXTURE, MockReader

USER_IDS = [user["id"] for user in json.loads(FIXTURE.read_text(encoding="utf-8"))]


def facts(value: Any, key: str = "") -> Any:
    """A document, or a row with its relations, with times and decimals as what they mean and subscriptions in order."""
    if isinstance(value, dict) and key != "preferences":
        return {name: facts(inner, name) for name, inner in value.items() if name != "userId"}
    if key == "subscriptions":
        return sorted((facts(item) for item in value), key=lambda item: str(item["id"]))
    if key in {"balance", "price"}:
        return Decimal(value)
    if key == "preferences":
        return json.dumps(value, sort_keys=True)  # tells true from 1, and 1 from 1.0
    if key.endswith("At") and isinstance(value, str):
        return datetime.fromisoformat(value)
    return value


def row(user: Any) -> dict[str, Any]:
    document: dict[str, Any] = user.model_dump()
    for relation in (document["profile"], *document["subscriptions"]):
        if relation is not None:
            del relation["user"]
    return document


@pytest.mark.parametrize("user_id", USER_IDS)
def test_a_user_read_through_prisma_is_the_mocks_user(reading_client: Any, user_id: str) -> None:
    user = reading_client.user.find_unique(where={"id": user_id}, include={"profile": True, "subscriptions": True})
    expected = MockReader().read(user_id)
    assert facts(row(user)) == facts(expected)


def test_a_user_who_is_not_there_is_none(reading_client: Any) -> None:
    assert reading_client.user.find_unique(where={"id": "nobody"}) is None
