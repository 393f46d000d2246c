"""Generated users: every shape that the tables allow, each value with its many spellings."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, localcontext
from typing import Any

from hypothesis import strategies as st

TEXTS = st.text(max_size=6) | st.sampled_from(["", "1.50", "2024-01-01T00:00:00.000Z", "null", "\u00e9", "e\u0301"])

DECIMALS = st.builds(
    lambda digits, scale: str(Decimal(digits).scaleb(-scale)) if abs(digits) < 10**28 else str(digits),
    st.integers(-(10**30), 10**30),
    st.integers(0, 12),
)
INSTANTS = st.datetimes(
    min_value=datetime(2, 1, 1),  # noqa: DTZ001 — hypothesis adds the zone
    max_value=datetime(9998, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
TIMESTAMPS = INSTANTS.map(lambda instant: instant.isoformat(timespec="milliseconds").replace("+00:00", "Z"))
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda values: st.lists(values, max_size=3) | st.dictionaries(TEXTS, values, max_size=3),
    max_leaves=8,
)

PROFILES = st.fixed_dictionaries(
    {"id": TEXTS, "bio": st.none() | TEXTS, "locale": TEXTS, "avatarColour": TEXTS, "updatedAt": TIMESTAMPS}
)
SUBSCRIPTIONS = st.fixed_dictionaries(
    {
        "id": TEXTS,
        "product": TEXTS,
        "plan": st.sampled_from(["MONTHLY", "YEARLY"]),
        "price": DECIMALS,
        "startedAt": TIMESTAMPS,
        "endedAt": st.none() | TIMESTAMPS,
    }
)
USERS = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["user-7", "user-8"]),
        "displayName": TEXTS,
        "nickname": st.none() | TEXTS,
        "status": st.sampled_from(["ACTIVE", "DELETED"]),
        "balance": DECIMALS,
        "createdAt": TIMESTAMPS,
        "lastSeenAt": st.none() | TIMESTAMPS,
        "marketingConsent": st.booleans(),
        "points": st.integers(-(2**31), 2**31 - 1),
        "tags": st.lists(TEXTS, max_size=4),
        "preferences": JSON_VALUES,
        "profile": st.none() | PROFILES,
        "subscriptions": st.lists(SUBSCRIPTIONS, max_size=3, unique_by=lambda row: row["id"]),
    }
)


@st.composite
def other_timestamp(draw: st.DrawFn, timestamp: str) -> str:
    """The same instant to the millisecond: in another zone, with finer digits, or with a blank for the T."""
    finer = timedelta(microseconds=draw(st.integers(0, 999)))
    zone = timezone(timedelta(minutes=draw(st.integers(-840, 840))))
    instant = (datetime.fromisoformat(timestamp) + finer).astimezone(zone)
    return instant.isoformat(sep=draw(st.sampled_from("T ")), timespec="microseconds")


@st.composite
def other_decimal(draw: st.DrawFn, decimal: str) -> str:
    """The same number: with zeros around it, with an exponent, or with a sign."""
    number = Decimal(decimal)
    if draw(st.booleans()):
        sign, digits, exponent = number.as_tuple()
        assert isinstance(exponent, int)
        more = draw(st.integers(0, 3))
        text = "".join(map(str, digits)) + "0" * more
        return f"{'-' if sign else ''}{text}{draw(st.sampled_from('eE'))}{exponent - more:+}"
    with localcontext(prec=100):
        text = f"{number:f}"
    text = text if "." in text else f"{text}."
    return text + "0" * draw(st.integers(0, 3))


@st.composite
def other_json(draw: st.DrawFn, value: Any) -> Any:
    """The same JSON: keys in another order, integers as doubles where these are exact."""
    if isinstance(value, dict):
        return {key: draw(other_json(value[key])) for key in draw(st.permutations(sorted(value)))}
    if isinstance(value, list):
        return [draw(other_json(member)) for member in value]
    if type(value) is int and abs(value) < 10**15:
        return float(value) if draw(st.booleans()) else value
    return value


@st.composite
def other_spelling(draw: st.DrawFn, user: dict[str, Any]) -> dict[str, Any]:
    """The same facts as `user`'s, told in another way wherever the canonical form allows one."""
    told = dict(user)
    told["balance"] = draw(other_decimal(user["balance"]))
    for name in ("createdAt", "lastSeenAt"):
        told[name] = user[name] and draw(other_timestamp(user[name]))
    told["tags"] = draw(st.permutations(user["tags"]))
    told["preferences"] = draw(other_json(user["preferences"]))
    if user["profile"]:
        told["profile"] = {**user["profile"], "updatedAt": draw(other_timestamp(user["profile"]["updatedAt"]))}
    told["subscriptions"] = [
        {
            **row,
            "price": draw(other_decimal(row["price"])),
            "startedAt": draw(other_timestamp(row["startedAt"])),
            "endedAt": row["endedAt"] and draw(other_timestamp(row["endedAt"])),
        }
        for row in draw(st.permutations(user["subscriptions"]))
    ]
    return {name: told[name] for name in draw(st.permutations(sorted(told)))}
