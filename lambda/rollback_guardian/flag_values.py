"""The two flags' documents: whether they are safe, and the same documents made safe. Pure."""

from collections.abc import Mapping
from typing import Final

from rollback_guardian.dial import Document
from shared.flag import InvalidFlagError, parse_flag, parse_switch
from shared.names import FLAG_KILL_SWITCH, FLAG_PRISMA_ADAPTER

_SWITCH_ON: Final = {"enabled": True}
# Off alone would do; 0 % as well, so that whoever enables the flag again begins at 0.
_FLAG_OFF: Final = {"enabled": False, "percent": 0}


def switch_is_on(document: Document) -> bool:
    """Whether every read is kept on the mock. A switch that cannot be understood is not on."""
    try:
        return parse_switch(_value(document, FLAG_KILL_SWITCH))
    except InvalidFlagError:
        return False


def flag_is_off(document: Document) -> bool:
    """Whether nobody is sent to Prisma. A flag that cannot be understood is not off: somebody may mend it."""
    try:
        return not parse_flag(_value(document, FLAG_PRISMA_ADAPTER)).reaches_anybody
    except InvalidFlagError:
        return False


def flag_percent(document: Document) -> str:
    """What an enabled flag says, for people."""
    try:
        flag = parse_flag(_value(document, FLAG_PRISMA_ADAPTER))
    except InvalidFlagError:
        return "something that cannot be understood"
    return f"{flag.percent:g} %" if not flag.allow_users else f"{flag.percent:g} % and {len(flag.allow_users)} users"


def with_switch_on(document: Document) -> Document:
    return _with_value(document, FLAG_KILL_SWITCH, _SWITCH_ON)


def with_flag_off(document: Document) -> Document:
    """Everything but the percentage stays, for the next attempt."""
    return _with_value(document, FLAG_PRISMA_ADAPTER, _FLAG_OFF)


def _value(document: Document, flag: str) -> object:
    values = document.get("values")
    return values.get(flag) if isinstance(values, dict) else None


def _with_value(document: Document, flag: str, changes: Mapping[str, object]) -> Document:
    values = document.get("values")
    others = values if isinstance(values, dict) else {}
    known = others.get(flag)
    return {**document, "values": {**others, flag: {**(known if isinstance(known, dict) else {}), **changes}}}
