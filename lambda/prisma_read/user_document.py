"""A row as a document: the shape of `fixture_users.json`, and every value as JSON without losing a digit."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from shared.reader import Document
from shared.user_shape import USER, Field, Kind, Row, Rows


def user_document(row: Mapping[str, Any]) -> Document:
    """The document of a user's row; keys that are no fields of it, such as foreign keys, are left out."""
    return _object(row, USER)


def _object(row: Mapping[str, Any], fields: Mapping[str, Field]) -> Document:
    return {name: _value(row[name], field) for name, field in fields.items()}


def _value(value: Any, field: Field) -> Any:
    if value is None:
        return None
    if isinstance(field, Row):
        return _object(value, field.fields)
    if isinstance(field, Rows):
        return [_object(row, field.fields) for row in value]
    convert = _CONVERSIONS.get(field.kind)
    return value if convert is None else convert(value)


def _decimal(value: Decimal) -> str:
    # Not normalize(), which rounds to the context's 28 digits. The column's scale pads with zeros; they say nothing.
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _timestamp(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_CONVERSIONS: Final[Mapping[Kind, Callable[[Any], Any]]] = {Kind.DECIMAL: _decimal, Kind.TIMESTAMP: _timestamp}
