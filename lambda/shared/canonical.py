"""The canonical form: two documents that tell the same facts become the same JSON text, all others do not.

Version 1, by the kind of each field in `user_shape`:

- Timestamps: UTC with milliseconds, `2024-02-29T23:59:59.999Z`. Finer digits are cut, never rounded, as Prisma's
  engine cuts them, so that one instant has one form on both sides. A text that is no timestamp stays as it is, and so
  does one without a zone, which is no instant.
- Decimals: plain, without needless zeros, -0 as 0: `12.50` and `1.25E1` are `12.5`. Exact at any scale; a text that
  is no decimal stays as it is.
- JSON numbers: equal numbers are equal (1.0 is 1, 1e300 is a 1 with 300 zeros). Integers are exact at any size, all
  others are doubles.
- Lists: order means nothing in `tags`, where repeats count, nor in `subscriptions`, whose rows go by id. Elsewhere,
  that is within `preferences`, order is kept.
- Objects: the order of keys means nothing. A key that is missing is not a key that is null.
- Texts: as they are. Enums are their names. Unicode is not normalised: PostgreSQL keeps code points, so NFC in the
  place of NFD is a difference. A text of any other field may look like a number or a timestamp and stays a text.
- No field is volatile today, so none is left out; `profile.updatedAt` is a fact that both stores hold.

A value of another type than its field's is taken as JSON, and so differs from every right one. Whatever changes the
form of any document raises `CANONICAL_VERSION`, so that the two sides never compare across two rules.

The text is written in one go, without a canonical document in between, because a user waits for it.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii as text_as_json
from typing import Any, Final, TypeAlias

from shared.reader import Document
from shared.user_shape import USER, Field, Kind, Row, Rows

CANONICAL_VERSION: Final = 1

Writer: TypeAlias = Callable[[Any], str]

_is_canonical_timestamp: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII).fullmatch
# What databases write. Short enough to be of use, and shorter than `_LONGEST_PLAIN`.
_is_plain_decimal: Final = re.compile(r"-?(?:0|[1-9]\d{0,99})(?:\.\d{1,99})?", re.ASCII).fullmatch
_DECIMAL: Final = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?0*\d{1,9}))?", re.ASCII)
# PostgreSQL's numeric ends before: https://www.postgresql.org/docs/current/datatype-numeric.html
_LONGEST_PLAIN: Final = 150_000
# Below it, a double that is an integer is exact and has one spelling.
_EXACT_DOUBLE: Final = 1e15

_encode: Final = json.JSONEncoder().encode


def canonical_text(document: Document) -> str:
    """The document in canonical form, as JSON with sorted keys."""
    return _write_user(document)


def canonical(document: Document) -> Document:
    """The document in canonical form, as an object. Compare texts instead: to Python, True is 1."""
    form: Document = json.loads(canonical_text(document))
    return form


def field_writer(name: str) -> Writer:
    """What writes a value of the user's field `name` in canonical form, as JSON."""
    return _WRITERS.get(name, json_text)


def object_writer(names: Iterable[str]) -> Writer:
    """What writes an object of the user's fields, quickest if it has these `names`."""
    return _object_writer({name: field_writer(name) for name in names})


def json_text(value: Any) -> str:
    """A JSON value of which nothing is known but that equal numbers are equal.

    Compact, and with ASCII escapes, so that even a lone surrogate has a form.
    """
    if isinstance(value, str):
        return text_as_json(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return _other_json_text(value)


def _other_json_text(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{','.join([f'{text_as_json(key)}:{json_text(value[key])}' for key in sorted(value)])}}}"
    if isinstance(value, list):
        return f"[{','.join([json_text(member) for member in value])}]"
    return _encode(_number(value) if isinstance(value, float) else value)


def _number(number: float) -> float:
    if not number.is_integer():
        return number
    if abs(number) < _EXACT_DOUBLE:
        return int(number)
    # What 1e300 says, not the integer of 301 digits that the nearest double happens to be.
    return int(_decimal(repr(number)))


def _timestamp_text(value: Any) -> str:
    if not isinstance(value, str):
        return json_text(value)
    if _is_canonical_timestamp(value):
        return f'"{value}"'
    return text_as_json(_timestamp(value))


def _timestamp(text: str) -> str:
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:
            return text
        # isoformat cuts what is finer: https://docs.python.org/3/library/datetime.html#datetime.datetime.isoformat
        return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (ValueError, OverflowError):
        return text


def _decimal_text(value: Any) -> str:
    if not isinstance(value, str):
        return json_text(value)
    if not _is_plain_decimal(value):
        return text_as_json(_decimal(value))
    if "." in value:
        value = value.rstrip("0").rstrip(".")
    return '"0"' if value == "-0" else f'"{value}"'


def _decimal(text: str) -> str:
    match = _DECIMAL.fullmatch(text)
    if match is None:
        return text
    sign, whole, fraction, exponent = match.groups(default="")
    written = whole + fraction
    if not written:
        return text
    significant = written.lstrip("0")
    digits = significant.rstrip("0")
    if not digits:
        return "0"
    # The number is 0.<digits> times ten to the power of `point`.
    point = len(whole) + int(exponent or 0) - (len(written) - len(significant))
    return ("-" if sign == "-" else "") + _plain(digits, point)


def _plain(digits: str, point: int) -> str:
    if abs(point) > _LONGEST_PLAIN:
        return f"0.{digits}e{point}"
    if point <= 0:
        return f"0.{'0' * -point}{digits}"
    if point >= len(digits):
        return digits + "0" * (point - len(digits))
    return f"{digits[:point]}.{digits[point:]}"


def _texts_text(value: Any) -> str:
    try:
        return f"[{','.join(map(text_as_json, sorted(value)))}]" if isinstance(value, list) else json_text(value)
    except TypeError:  # a member is no text
        return _unordered_text(value, json_text)


def _rows_writer(write_row: Writer) -> Writer:
    def write(value: Any) -> str:
        if not isinstance(value, list):
            return json_text(value)
        try:
            texts = {row["id"]: write_row(row) for row in value}
            ordered = [texts[row_id] for row_id in sorted(texts)]
        except (TypeError, KeyError):  # a row has no id, or none of the others' kind
            ordered = []
        return f"[{','.join(ordered)}]" if len(ordered) == len(value) else _unordered_text(value, write_row)

    return write


def _unordered_text(values: list[Any], write: Writer) -> str:
    """A list that is not what its field says, in an order that depends on nothing but its members."""
    return f"[{','.join(sorted(map(write, values)))}]"


def _object_writer(writers: Mapping[str, Writer]) -> Writer:
    """Writes objects that have exactly the keys of `writers` at little cost, and all others, too."""
    ordered = [(name, writers[name]) for name in sorted(writers)]
    template = _template(name for name, _ in ordered)

    def write(value: Any) -> str:
        if not isinstance(value, dict):
            return json_text(value)
        if value.keys() == writers.keys():
            return template % tuple([write_member(value[name]) for name, write_member in ordered])
        names = sorted(value)
        return _template(names) % tuple([writers.get(name, json_text)(value[name]) for name in names])

    return write


def _template(names: Iterable[str]) -> str:
    keys = (text_as_json(name).replace("%", "%%") for name in names)
    return f"{{{','.join(f'{key}:%s' for key in keys)}}}"


def _writers(fields: Mapping[str, Field]) -> dict[str, Writer]:
    return {name: _writer(field) for name, field in fields.items()}


def _writer(field: Field) -> Writer:
    if isinstance(field, Row):
        return _object_writer(_writers(field.fields))
    if isinstance(field, Rows):
        return _rows_writer(_object_writer(_writers(field.fields)))
    by_kind = {Kind.TIMESTAMP: _timestamp_text, Kind.DECIMAL: _decimal_text, Kind.TEXTS: _texts_text}
    return by_kind.get(field.kind, json_text)


_WRITERS: Final = _writers(USER)
_write_user: Final = _object_writer(_WRITERS)
