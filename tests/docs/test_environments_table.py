"""docs/ENVIRONMENTS.md shows the environments as they are."""

from dataclasses import dataclass
from enum import Enum

import pytest

from stacks.environments import Environment
from tests.docs.environments_table import DOCUMENT, Row, held_by, rows, shown, written


class Length(Enum):
    """As CDK's enums: a name that says more than the value."""

    ONE_WEEK = 7


@dataclass(frozen=True)
class Address:
    host: str
    port: int


@dataclass(frozen=True)
class Place:
    name: str
    address: Address | None
    size: int


HERE = Place(name="here", address=Address(host="db", port=5432), size=1)
THERE = Place(name="there", address=None, size=1)


def test_the_page_is_up_to_date() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    assert written(document) == document, "python -m tests.docs.environments_table"


def test_every_field_has_a_meaning_or_a_name_that_is_one() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    for field in Environment.__dataclass_fields__:
        assert f"| `{field}" in document


def test_a_field_that_holds_a_value_of_fields_has_a_row_for_each() -> None:
    assert rows([HERE, THERE]) == [
        Row("name", ("`here`", "`there`")),
        Row("address", ("`Address`", "none")),
        Row("address.host", ("`db`", "–")),
        Row("address.port", ("5432", "–")),
        Row("size", ("1", "1")),
    ]


def test_a_value_that_only_a_later_environment_holds_stands_beside_its_field() -> None:
    assert [row.field for row in rows([THERE, HERE])] == [row.field for row in rows([HERE, THERE])]


def test_a_row_agrees_where_all_environments_do() -> None:
    assert [row.field for row in rows([HERE, THERE]) if row.agrees] == ["size"]


def test_what_a_field_may_hold_is_found_in_its_annotation() -> None:
    assert held_by(Place) == [Address]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, "none"),
        (True, "yes"),
        (0, "0"),
        (2.5, "2.5"),
        ("us-east-1", "`us-east-1`"),
        (Length.ONE_WEEK, "`ONE_WEEK`"),
        ((), "none"),
        (("a", "b"), "`a`<br>`b`"),
        ({1: 60, 5: 1260}, "1: 60<br>5: 1260"),
    ],
)
def test_a_value_is_shown_as_a_person_would_write_it(value: object, cell: str) -> None:
    assert shown(value) == cell
