"""The functions of Logs Insights that work on one event. Pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html

Of a missing argument the result is missing, unless the function is about missing values. Where the page is silent,
`concat` leaves missing values out, a division by zero and the logarithm of no positive number are missing, and `round`
rounds halves away from zero.
"""

import base64
import binascii
import ipaddress
import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final
from urllib.parse import quote, unquote

import orjson

from sandbox.insights_events import structured
from sandbox.insights_values import Timestamp, Value, equal, inverted, less, number, string

_EARTH_RADIUS_KM: Final = 6371.0


@dataclass(frozen=True, slots=True)
class Function:
    """What makes a value of the arguments' values, `least` to `most` of them; None is any number."""

    of: Callable[..., Value]
    least: int
    most: int | None


def _of_number(function: Callable[[float], float]) -> Function:
    def of(value: Value) -> Value:
        found = number(value)
        try:
            return None if found is None else function(found)
        except (ValueError, OverflowError):
            return None

    return Function(of, 1, 1)


def _of_string(function: Callable[[str], Value]) -> Function:
    def of(value: Value) -> Value:
        found = string(value)
        return None if found is None else function(found)

    return Function(of, 1, 1)


def _of_strings(function: Callable[..., Value], least: int, most: int) -> Function:
    def of(*values: Value) -> Value:
        found = [string(value) for value in values]
        return None if None in found else function(*found)

    return Function(of, least, most)


def _extreme(choose: Callable[[list[float]], float]) -> Function:
    def of(*values: Value) -> Value:
        found = [known for known in map(number, values) if known is not None]
        return choose(found) if found else None

    return Function(of, 1, None)


def _round(value: Value, decimals: Value = 0) -> Value:
    found, places = number(value), number(decimals)
    if found is None or places is None or not math.isfinite(found):
        return None
    rounded = Decimal(repr(found)).quantize(Decimal(1).scaleb(-int(places)), ROUND_HALF_UP)
    return float(rounded) if places > 0 else int(rounded)


def _haversine(*degrees: Value) -> Value:
    found = [number(value) for value in degrees]
    known = [math.radians(value) for value in found if value is not None]
    if len(known) < len(found):
        return None
    lat1, lon1, lat2, lon2 = known
    root = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_RADIUS_KM * math.asin(math.sqrt(root))


def _from_millis(value: Value) -> Value:
    found = number(value)
    return None if found is None else Timestamp(int(found))


def _coalesce(*values: Value) -> Value:
    return next((value for value in values if value is not None), None)


def _concat(*values: Value) -> Value:
    return "".join(found for found in map(string, values) if found is not None)


def _substr(value: Value, start: Value, length: Value = None) -> Value:
    found, first, count = string(value), number(start), number(length)
    if found is None or first is None:
        return None
    begin = max(0, int(first))
    return found[begin:] if count is None else found[begin : begin + max(0, int(count))]


def _contains(value: str, part: str, ignoring_case: str = "0") -> Value:
    if ignoring_case != "0":
        value, part = value.lower(), part.lower()
    return int(part in value)


def _decoded(value: str) -> Value:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def _parsed(value: Value) -> Value:
    if not isinstance(value, str):
        return None
    try:
        found = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict | list) else None


def _json(value: Value) -> Value:
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else None


def _list(value: Value) -> list[Any]:
    found = value if isinstance(value, list) else _parsed(value)
    return found if isinstance(found, list) else []


def _address(value: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(value)
    except ValueError:
        return None


def _valid_address(*versions: int) -> Function:
    def of(value: str) -> Value:
        address = _address(value)
        return int(address is not None and address.version in versions)

    return _of_strings(of, 1, 1)


def _in_subnet(*versions: int) -> Function:
    def of(value: str, subnet: str) -> Value:
        address = _address(value)
        try:
            network = ipaddress.ip_network(subnet)
        except ValueError:
            return None
        return int(address is not None and address.version in versions and address in network)

    return _of_strings(of, 2, 2)


FUNCTIONS: Final[dict[str, Function]] = {
    "abs": _of_number(abs),
    "ceil": _of_number(math.ceil),
    "floor": _of_number(math.floor),
    "log": _of_number(math.log),
    "sqrt": _of_number(math.sqrt),
    "tonumber": _of_number(lambda value: value),
    "toint": _of_number(int),
    "tolong": _of_number(int),
    "todouble": _of_number(float),
    "tomillis": _of_number(int),
    "round": Function(_round, 1, 2),
    "greatest": _extreme(max),
    "least": _extreme(min),
    "haversine": Function(_haversine, 4, 4),
    "frommillis": Function(_from_millis, 1, 1),
    "ispresent": Function(lambda value: int(value is not None), 1, 1),
    "isnumeric": Function(lambda value: int(number(value) is not None), 1, 1),
    "coalesce": Function(_coalesce, 1, None),
    "messagesize": _of_string(lambda value: len(value.encode())),
    "isempty": Function(lambda value: int(value is None or value == ""), 1, 1),
    "isblank": Function(lambda value: int(value is None or str(value).isspace() or value == ""), 1, 1),
    "concat": Function(_concat, 1, None),
    "strlen": _of_string(len),
    "toupper": _of_string(str.upper),
    "tolower": _of_string(str.lower),
    "ltrim": _of_strings(str.lstrip, 1, 2),
    "rtrim": _of_strings(str.rstrip, 1, 2),
    "trim": _of_strings(str.strip, 1, 2),
    "substr": Function(_substr, 2, 3),
    "replace": _of_strings(str.replace, 3, 3),
    "strcontains": _of_strings(_contains, 2, 3),
    "startswith": _of_strings(lambda value, start: int(value.startswith(start)), 2, 2),
    "endswith": _of_strings(lambda value, end: int(value.endswith(end)), 2, 2),
    "urlencode": _of_string(lambda value: quote(value, safe="")),
    "urldecode": _of_string(unquote),
    "base64encode": _of_string(lambda value: base64.b64encode(value.encode()).decode()),
    "base64decode": _of_string(_decoded),
    "jsonparse": Function(_parsed, 1, 1),
    "jsonstringify": Function(_json, 1, 1),
    "jsonarraysize": Function(lambda value: len(_list(value)), 1, 1),
    "jsonarraycontains": Function(
        lambda value, wanted: int(any(equal(structured(item), wanted) for item in _list(value))), 2, 2
    ),
    "isvalidip": _valid_address(4, 6),
    "isvalidipv4": _valid_address(4),
    "isvalidipv6": _valid_address(6),
    "isipinsubnet": _in_subnet(4, 6),
    "isipv4insubnet": _in_subnet(4),
    "isipv6insubnet": _in_subnet(6),
}
"""By name in lower case. `if`, `case` and what has to do with time are `insights_expressions`'s."""

LACKING: Final = frozenset(
    {
        "count_over_time", "dectohex", "formatdate", "hextoascii", "hextodec", "histogram", "ipv4tonumber",
        "isprivateip", "ispublicip", "isreservedip", "md5", "parsedate", "rate", "regexreplace", "sha256", "split",
        "strftime", "sum_over_time", "values",
    }
)  # fmt: skip
"""What AWS has and this sandbox has not."""


def add(left: float, right: float) -> Value:
    return left + right


def divide(left: float, right: float) -> Value:
    return left / right if right else None


def modulo(left: float, right: float) -> Value:
    return math.fmod(left, right) if right else None


def power(left: float, right: float) -> Value:
    try:
        return math.pow(left, right)
    except (ValueError, OverflowError):
        return None


ARITHMETIC: Final[dict[str, Callable[[float, float], Value]]] = {
    "+": add,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": divide,
    "%": modulo,
    "^": power,
}


COMPARISONS: Final[dict[str, Callable[[Value, Value], bool | None]]] = {
    "=": equal,
    "!=": lambda left, right: inverted(equal(left, right)),
    "<": less,
    ">": lambda left, right: less(right, left),
    "<=": lambda left, right: inverted(less(right, left)),
    ">=": lambda left, right: inverted(less(left, right)),
}
