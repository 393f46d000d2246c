"""What is to be said of each change, one remark at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from review.assembly import StackKey
from review.concerns import Concern, concern_of, concern_of_type, is_limit
from review.differ import ResourceChange, Update
from review.statements import Direction, statement_changes, statements_in
from review.values import Leaf, leaves, readable


class Kind(Enum):
    """What is to be done about a remark that is no concern: read it as a replacement, a removal or plain new code."""

    REPLACED = "Replaced"
    REMOVED = "Removed"
    CODE = "Code"


@dataclass(frozen=True)
class Remark:
    """`text` is Markdown, of one line. `path` is the construct's within the stage, or the stack's name."""

    heading: Concern | Kind
    stack: StackKey
    path: str
    text: str


_REPLACEMENTS: Final = {"WILL_REPLACE": "will be replaced", "MAY_REPLACE": "may be replaced"}
_REMOVALS: Final = {
    "WILL_DESTROY": "will be destroyed",
    "WILL_ORPHAN": "stays in the account, but no longer in the stack",
}
# A resource has to be named by something that a reader knows from the console.
_NAMES: Final = ("AlarmName", "FunctionName", "RoleName", "LogGroupName", "TopicName", "QueueName", "Name")
_CODE: Final = {"AWS::Lambda::Function": "Code", "AWS::Lambda::LayerVersion": "Content"}


def resource_remarks(stack: StackKey, change: ResourceChange) -> Iterator[Remark]:
    """Everything worth saying of one resource's change."""
    for heading, text in _all_of(change):
        yield Remark(heading, stack, change.construct_path, text)


def is_code_only(change: ResourceChange) -> bool:
    """Whether nothing differs but which file a function is made of."""
    names = {update.name for update in (*change.properties, *change.attributes)} - {"Metadata"}
    return change.impact == "WILL_UPDATE" and names == {_CODE.get(change.type)}


def settings_remarks(stack: StackKey, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Remark]:
    """What CloudFormation is told of a stack beside its template. Another name or place is another stack."""
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        text = f"{name} `{readable(before)}` → `{readable(after)}`"
        if name in {"stackName", "environment"}:
            yield Remark(Kind.REPLACED, stack, stack.name, f"**a new stack is made, the old one stays**: {text}")
        elif name == "terminationProtection":
            yield Remark(
                Concern.DATA, stack, stack.name, f"termination protection is **{'on' if after else 'off'}** now"
            )


def _all_of(change: ResourceChange) -> Iterator[tuple[Concern | Kind, str]]:
    if change.impact in _REPLACEMENTS:
        yield Kind.REPLACED, _replacement(change)
    if change.impact in _REMOVALS:
        yield Kind.REMOVED, f"{_kind_and_name(change)} **{_REMOVALS[change.impact]}**"
    if change.old is None or change.new is None:
        yield from _whole(change)
        return
    for update in (*change.properties, *change.attributes):
        if update.name == _CODE.get(change.type):
            yield Kind.CODE, "new code"
        elif change.type == "AWS::Lambda::Function" and update.name == "Environment":
            yield from _variables(update)
        else:
            concern = concern_of(change.type, update.name)
            if concern is not None:
                yield from ((concern, text) for text in _update(update))


def _replacement(change: ResourceChange) -> str:
    causes = [update.name for update in change.properties if update.impact in _REPLACEMENTS]
    because = f", because {' and '.join(f'`{cause}`' for cause in causes)} differs" if causes else ""
    return f"{_kind_and_name(change)} **{_REPLACEMENTS[change.impact]}**{because}"


def _whole(change: ResourceChange) -> Iterator[tuple[Concern, str]]:
    """A resource that comes or goes: its statements one by one, of others that it does."""
    concern = concern_of_type(change.type)
    old, new = statements_in(change.old), statements_in(change.new)
    yield from ((Concern.PERMISSIONS, text) for text in _statements(old, new))
    if concern is not None and not old and not new:
        yield concern, f"{_kind_and_name(change)} **{'added' if change.old is None else 'removed'}**"


def _update(update: Update) -> Iterator[str]:
    old, new = statements_in(update.old), statements_in(update.new)
    if old or new:
        yield from _statements(old, new)
        return
    for leaf in leaves(update.old, update.new):
        name = f"{update.name}.{leaf.path}" if leaf.path and not leaf.path.startswith("[") else update.name + leaf.path
        yield _leaf(name, leaf)


def _statements(old: list[Any], new: list[Any]) -> Iterator[str]:
    for changed in statement_changes(old, new):
        direction = f"**{changed.direction}**" if changed.direction is Direction.WIDER else str(changed.direction)
        yield f"statement `{changed.name}` {direction}: {'; '.join(changed.details)}"


def _variables(update: Update) -> Iterator[tuple[Concern, str]]:
    for leaf in leaves(update.old or {}, update.new or {}):
        variable = leaf.path.removeprefix("Variables.")
        if is_limit(variable):
            yield Concern.THRESHOLDS, _leaf(variable, leaf)


def _leaf(name: str, leaf: Leaf) -> str:
    if leaf.old is None:
        return f"{name} set to `{readable(leaf.new)}`"
    if leaf.new is None:
        return f"{name} **removed** (was `{readable(leaf.old)}`)"
    word = ""
    old, new = _number(leaf.old), _number(leaf.new)
    if old is not None and new is not None:
        word = " **lowered**" if new < old else " **raised**"
    return f"{name}{word} `{readable(leaf.old)}` → `{readable(leaf.new)}`"


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _kind_and_name(change: ResourceChange) -> str:
    properties = (change.old or change.new or {}).get("Properties", {})
    name = next((readable(properties[key]) for key in _NAMES if key in properties), None)
    return change.type if name is None else f"{change.type} `{name}`"
