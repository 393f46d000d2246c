"""Values of Logs Insights: how they compare, sort and read. Pure.

A value is a number, a string, a timestamp, a map or list (from `jsonParse`), or missing (None). Types are weak: a
string that holds a number counts as one beside a number. AWS's pages:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Sort.html

Where they are silent, this is what happens here:

- A comparison with a missing value is neither true nor false, `not` leaves it so, and `filter` drops the event.
- Two strings are compared as strings, even if both hold numbers.
- Missing values sort as the lowest.
- A number that was computed is shown with at most four decimals, and one of a log event as Java writes it:
  `@memorySize` reads `1.28E8`.
"""

import math
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias

import orjson


class Timestamp(int):
    """Milliseconds since 1970 that read as a date."""

    __slots__ = ()


Value: TypeAlias = Timestamp | float | str | dict[str, Any] | list[Any] | None
Truth: TypeAlias = bool | None

_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DIGITS: Final = re.compile(r"\d+|\D+")
_DECIMALS: Final = 4
_JAVA_PLAIN: Final = (1e-3, 1e7)


def number(value: Value) -> float | None:
    """None for what is no number, nor a string that holds one."""
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            return None
        return int(value) if value.isdigit() else float(value)
    if isinstance(value, Timestamp):
        return int(value)
    return value if isinstance(value, int | float) else None


def string(value: Value) -> str | None:
    """None for maps, lists and what is missing."""
    if isinstance(value, str):
        return value
    return None if value is None or isinstance(value, dict | list) else shown(value)


def truth(value: Value) -> Truth:
    """Of a number, whether it is not 0."""
    if value is None:
        return None
    found = number(value)
    return bool(value) if found is None else found != 0


def inverted(truth: Truth, /) -> Truth:
    return None if truth is None else not truth


def equal(left: Value, right: Value) -> Truth:
    if left is None or right is None:
        return None
    if type(left) is str and type(right) is str:
        return left == right
    if isinstance(left, dict | list) or isinstance(right, dict | list):
        return False
    left_number, right_number = number(left), number(right)
    if left_number is not None and right_number is not None:
        return left_number == right_number
    return string(left) == string(right)


def less(left: Value, right: Value) -> Truth:
    if left is None or right is None:
        return None
    if isinstance(left, dict | list) or isinstance(right, dict | list):
        return False
    if not (type(left) is str and type(right) is str):
        left_number, right_number = number(left), number(right)
        if left_number is not None and right_number is not None:
            return left_number < right_number
    return str(string(left)) < str(string(right))


def sort_key(value: Value) -> tuple[Any, ...]:
    """Ascending: strings in their natural order, then numbers.

    Runs of digits within a string are compared by length, then by value.
    """
    if value is None:
        return (0,)
    found = number(value)
    if found is not None:
        return (2, found, str(value))
    chunks: list[tuple[str, int, str]] = [
        ("0", len(chunk), chunk) if chunk[0] in "0123456789" else (chunk, 0, "")
        for chunk in _DIGITS.findall(str(string(value)))
    ]
    return (1, chunks)


def shown(value: Value) -> str:
    """How a value that was computed reads in an answer."""
    if isinstance(value, Timestamp):
        return date_and_time(value)
    if isinstance(value, float) and math.isfinite(value):
        rounded = round(value, _DECIMALS)
        return str(int(rounded)) if rounded.is_integer() else f"{rounded:.{_DECIMALS}f}".rstrip("0")
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return str(value)


def shown_as_logged(value: Value) -> str:
    """How a value that a log event holds reads in an answer."""
    return java_double(value) if type(value) is float else shown(value)


def date_and_time(milliseconds: int) -> str:
    """`YYYY-MM-DD HH:MM:SS.mmm`, in UTC."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{rest:03d}"


def java_double(value: float) -> str:
    """As `Double.toString` writes it: at least one decimal, and an exponent outside of [0.001, 10,000,000)."""
    least, most = _JAVA_PLAIN
    if value == 0 or not math.isfinite(value) or least <= abs(value) < most:
        return repr(value)
    decimal = Decimal(repr(value))
    digits = "".join(map(str, decimal.as_tuple().digits)).rstrip("0")
    return f"{'-' if value < 0 else ''}{digits[0]}.{digits[1:] or '0'}E{decimal.adjusted()}"
