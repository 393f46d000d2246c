"""The fields of a user's document and what kind each is: what a string means is known by its field, never guessed.

The check of a candidate's answer and the canonical form both go by these tables; `fixture_users.json` shows the shape.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final, TypeAlias, TypeGuard

from shared.reader import Document


class Kind(Enum):
    """What a value is. `TEXT` includes the names of enums; `JSON` is whatever the user stored."""

    TEXT = auto()
    DECIMAL = auto()
    TIMESTAMP = auto()
    BOOLEAN = auto()
    INTEGER = auto()
    JSON = auto()
    # A list of texts whose order means nothing.
    TEXTS = auto()


@dataclass(frozen=True, slots=True)
class Scalar:
    kind: Kind
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A related object, or null."""

    fields: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of related objects, each with an `id`, whose order means nothing."""

    fields: Mapping[str, Scalar]


Field: TypeAlias = Scalar | Row | Rows

PROFILE: Final[Mapping[str, Scalar]] = {
    "id": Scalar(Kind.TEXT),
    "bio": Scalar(Kind.TEXT, nullable=True),
    "locale": Scalar(Kind.TEXT),
    "avatarColour": Scalar(Kind.TEXT),
    "updatedAt": Scalar(Kind.TIMESTAMP),
}

SUBSCRIPTION: Final[Mapping[str, Scalar]] = {
    "id": Scalar(Kind.TEXT),
    "product": Scalar(Kind.TEXT),
    "plan": Scalar(Kind.TEXT),
    "price": Scalar(Kind.DECIMAL),
    "startedAt": Scalar(Kind.TIMESTAMP),
    "endedAt": Scalar(Kind.TIMESTAMP, nullable=True),
}

USER: Final[Mapping[str, Field]] = {
    "id": Scalar(Kind.TEXT),
    "displayName": Scalar(Kind.TEXT),
    "nickname": Scalar(Kind.TEXT, nullable=True),
    "status": Scalar(Kind.TEXT),
    "balance": Scalar(Kind.DECIMAL),
    "createdAt": Scalar(Kind.TIMESTAMP),
    "lastSeenAt": Scalar(Kind.TIMESTAMP, nullable=True),
    "marketingConsent": Scalar(Kind.BOOLEAN),
    "points": Scalar(Kind.INTEGER),
    "tags": Scalar(Kind.TEXTS),
    "preferences": Scalar(Kind.JSON, nullable=True),
    "profile": Row(PROFILE),
    "subscriptions": Rows(SUBSCRIPTION),
}

_TYPES: Final[Mapping[Kind, type]] = {
    Kind.TEXT: str,
    Kind.DECIMAL: str,
    Kind.TIMESTAMP: str,
    Kind.BOOLEAN: bool,
    Kind.INTEGER: int,
    Kind.TEXTS: list,
}


def is_user(value: object) -> TypeGuard[Document]:
    """Whether a JSON value has exactly a user's fields, each of its type. What the texts say is not looked at."""
    return _has_fields(value, USER)


def _has_fields(value: object, fields: Mapping[str, Field]) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == fields.keys()
        and all(_is_field(value[name], field) for name, field in fields.items())
    )


def _is_field(value: Any, field: Field) -> bool:
    if isinstance(field, Row):
        return value is None or _has_fields(value, field.fields)
    if isinstance(field, Rows):
        return isinstance(value, list) and all(_has_fields(row, field.fields) for row in value)
    if value is None:
        return field.nullable
    if field.kind is Kind.JSON:
        return True
    # Exactly the type: a bool is an int to Python.
    if type(value) is not _TYPES[field.kind]:
        return False
    return not isinstance(value, list) or all(isinstance(text, str) for text in value)
