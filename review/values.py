"""Values of a template in a line: references as ${…}, joins joined, JSON in strings opened."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from deepdiff import DeepDiff
from deepdiff.helper import NotPresent

_LONGEST: Final = 160


@dataclass(frozen=True)
class Leaf:
    """A value that differs within another; `path` as it reads in code, empty for the value itself. None is nothing."""

    path: str
    old: Any
    new: Any


def readable(value: Any) -> str:
    """In at most 160 characters."""
    text = _text(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def with_references(value: Any) -> Any:
    """The value, with each of CloudFormation's own functions that can be read as text replaced by that text."""
    if isinstance(value, list):
        return [with_references(item) for item in value]
    if not isinstance(value, dict):
        return value
    text = _function_as_text(value) if len(value) == 1 else None
    return text if text is not None else {key: with_references(item) for key, item in value.items()}


def leaves(old: Any, new: Any) -> Iterator[Leaf]:
    """Each value that differs, as deep as both sides have the same shape."""
    if old is None or new is None:
        yield Leaf("", old, new)
        return
    found = DeepDiff(_opened(old), _opened(new), view="tree", verbose_level=2)
    differences = [
        Leaf(_path(difference.path(output_format="list")), _present(difference.t1), _present(difference.t2))
        for kind in found.values()
        for difference in kind
    ]
    yield from sorted(differences, key=lambda leaf: leaf.path)


def _function_as_text(value: dict[str, Any]) -> str | None:
    match value:
        case {"Ref": str(name)}:
            return f"${{{name}}}"
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return f"${{{name}.{attribute}}}"
        case {"Fn::GetStackOutput": {"StackName": str(stack), "OutputName": str(output)}}:
            return f"${{{stack}:{output}}}"
        case {"Fn::Join": [str(separator), list(parts)]}:
            return separator.join(_text(part) for part in parts)
        case {"Fn::Sub": str(text)}:
            return text
        case _:
            return None


def _opened(value: Any) -> Any:
    """Documents that a template holds as text are compared as documents."""
    resolved = with_references(value)
    if isinstance(resolved, str) and resolved.startswith(("{", "[")):
        try:
            return json.loads(resolved)
        except ValueError:
            return resolved
    return resolved


def _present(value: Any) -> Any:
    return None if isinstance(value, NotPresent) else value


def _path(keys: Sequence[str | int]) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).removeprefix(".")


def _text(value: Any) -> str:
    resolved = with_references(value)
    return resolved if isinstance(resolved, str) else json.dumps(resolved, ensure_ascii=False, sort_keys=True)
