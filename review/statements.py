"""Policy statements before and after: what is allowed that was not, and the reverse."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from review.values import leaves, readable, with_references

Statement = Mapping[str, Any]

_LISTS: Final = ("Action", "Resource", "Principal")
_EXCEPTIONS: Final = ("NotAction", "NotResource", "NotPrincipal")


class Direction(StrEnum):
    """What a change does to the permissions, as far as its form shows; `CHANGED` may be either."""

    WIDER = "wider"
    NARROWER = "narrower"
    CHANGED = "changed"


@dataclass(frozen=True)
class StatementChange:
    """`name` is the Sid, or the actions where there is none. `details` are parts of a sentence, as Markdown."""

    name: str
    direction: Direction
    details: tuple[str, ...]


def statements_in(value: Any) -> list[Statement]:
    """Every policy statement, however deep it lies in a resource's properties."""
    return list(_statements(value))


def statement_changes(old: Sequence[Statement], new: Sequence[Statement]) -> list[StatementChange]:
    """Pairs statements by Sid, then by what they say alike; the rest was removed or added."""
    removed, added = _without_common(old, new)
    changes = []
    for before in list(removed):
        after = next((candidate for candidate in added if _same_statement(before, candidate)), None)
        if after is not None:
            removed.remove(before)
            added.remove(after)
            changes.append(_changed(before, after))
    changes += [_whole(statement, added=False) for statement in removed]
    changes += [_whole(statement, added=True) for statement in added]
    return changes


def _statements(value: Any) -> Iterator[Statement]:
    match value:
        case {"Effect": "Allow" | "Deny"}:
            yield {key: with_references(item) for key, item in value.items()}
        case dict():
            for item in value.values():
                yield from _statements(item)
        case list():
            for item in value:
                yield from _statements(item)


def _without_common(old: Sequence[Statement], new: Sequence[Statement]) -> tuple[list[Statement], list[Statement]]:
    before, after = Counter(map(_key, old)), Counter(map(_key, new))
    return (
        [json.loads(text) for text in (before - after).elements()],
        [json.loads(text) for text in (after - before).elements()],
    )


def _key(statement: Statement) -> str:
    return json.dumps(statement, sort_keys=True)


def _same_statement(one: Statement, other: Statement) -> bool:
    if one.get("Sid") or other.get("Sid"):
        return one.get("Sid") == other.get("Sid")
    return one["Effect"] == other["Effect"] and (
        _values(one, "Action") == _values(other, "Action")
        or (_values(one, "Resource") == _values(other, "Resource") and one.get("Principal") == other.get("Principal"))
    )


def _values(statement: Statement, element: str) -> set[str]:
    """An element's values as texts; principals with their kind before them."""
    match statement.get(element):
        case None:
            return set()
        case list() as several:
            return set(map(readable, several))
        case dict() as kinds:
            return {
                f"{kind}: {readable(one)}"
                for kind, several in kinds.items()
                for one in (several if isinstance(several, list) else [several])
            }
        case one:
            return {readable(one)}


def _name(statement: Statement) -> str:
    actions = sorted(_values(statement, "Action") or _values(statement, "NotAction"))
    return str(statement.get("Sid") or ", ".join(actions))


def _whole(statement: Statement, *, added: bool) -> StatementChange:
    allows = statement["Effect"] == "Allow"
    parts = [statement["Effect"]]
    for element in (*_LISTS, *_EXCEPTIONS):
        values = sorted(_values(statement, element))
        if values:
            parts.append(f"{element} {', '.join(f'`{value}`' for value in values)}")
    if "Condition" in statement:
        parts.append(f"if `{readable(statement['Condition'])}`")
    return StatementChange(
        name=_name(statement),
        direction=Direction.WIDER if allows == added else Direction.NARROWER,
        details=("added" if added else "removed", *parts),
    )


def _changed(old: Statement, new: Statement) -> StatementChange:
    details: list[str] = []
    grown = shrunk = unclear = False
    for element in (*_LISTS, *_EXCEPTIONS):
        before, after = _values(old, element), _values(new, element)
        added, removed = sorted(after - before), sorted(before - after)
        more, fewer = (removed, added) if element in _EXCEPTIONS else (added, removed)
        grown, shrunk = grown or bool(more), shrunk or bool(fewer)
        details += [f"{element} + `{value}`" for value in added]
        details += [f"{element} − `{value}`" for value in removed]
    for leaf in leaves(old.get("Condition", {}), new.get("Condition", {})):
        details.append(f"Condition {leaf.path}: `{readable(leaf.old)}` → `{readable(leaf.new)}`")
        grown, shrunk = grown or leaf.new is None, shrunk or leaf.old is None
        unclear = unclear or None not in (leaf.old, leaf.new)
    if old["Effect"] != new["Effect"]:
        details.insert(0, f"Effect `{old['Effect']}` → `{new['Effect']}`")
        direction = Direction.WIDER if new["Effect"] == "Allow" else Direction.NARROWER
        return StatementChange(_name(new), direction, tuple(details))
    if new["Effect"] == "Deny":
        grown, shrunk = shrunk, grown
    # Whatever else it loses, a statement that gained something allows what it did not.
    direction = Direction.WIDER if grown else Direction.CHANGED if unclear or not shrunk else Direction.NARROWER
    return StatementChange(_name(new), direction, tuple(details))
