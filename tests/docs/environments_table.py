"""Writes the tables of docs/ENVIRONMENTS.md from the environments: `python -m tests.docs.environments_table`.

A row is a field, a column an environment. What a field is, and in which unit, is said by its name and by the docstring
of `Environment`, which the page repeats. A field may hold a dataclass, whose fields are then rows of their own.
"""

import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final, get_args, get_type_hints

from stacks.environments import ENVIRONMENTS, Environment
from tests.docs.markdown import made_between, table

REPOSITORY: Final = Path(__file__).resolve().parents[2]
DOCUMENT: Final = REPOSITORY / "docs" / "ENVIRONMENTS.md"
BEGIN_MARK: Final = "<!-- What follows is made by: python -m tests.docs.environments_table -->"
END_MARK: Final = "<!-- end of what is made -->"
_ABSENT: Final = "–"


@dataclass(frozen=True)
class Row:
    """A field's value in each environment, in the order of the columns."""

    field: str
    values: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        return len(set(self.values)) == 1


def rows(environments: Sequence[Any]) -> list[Row]:
    """A row for each leaf of the environments' fields, in the order in which they are declared."""
    leaves = [dict(_leaves("", environment)) for environment in environments]
    # A leaf of a dataclass that only some environments hold is absent in the others.
    names = dict.fromkeys(name for of_one in leaves for name in of_one)
    return [Row(name, tuple(of_one.get(name, _ABSENT) for of_one in leaves)) for name in _in_place(names)]


def _in_place(names: Mapping[str, None]) -> list[str]:
    """Nested leaves beside their field, wherever the first environment that has them stands."""
    first_of_field = {name.split(".")[0]: position for position, name in reversed([*enumerate(names)])}
    return sorted(names, key=lambda name: first_of_field[name.split(".")[0]])


def _leaves(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    for field in fields(value):
        name, member = f"{prefix}{field.name}", getattr(value, field.name)
        if is_dataclass(member):
            yield name, f"`{type(member).__name__}`"
            yield from _leaves(f"{name}.", member)
        else:
            yield name, shown(member)


def shown(value: Any) -> str:
    """A value as a cell of a Markdown table."""
    match value:
        case Mapping():
            return "<br>".join(f"{_one(key)}: {_one(member)}" for key, member in value.items()) or "none"
        case str() | Enum():
            return _one(value)
        case Sequence():
            return "<br>".join(map(_one, value)) or "none"
        case _:
            return _one(value)


def _one(value: Any) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case Enum() if not isinstance(value, str):
            # CDK's own enums stand for numbers; their names are what the code says.
            return f"`{value.name}`"
        case str():
            return f"`{value}`"
        case _:
            return str(value)


def held_by(environment: type) -> list[type]:
    """The dataclasses that its fields may hold, and those that these may hold, each once."""
    found: dict[type, None] = {}
    for annotation in get_type_hints(environment).values():
        for held in (annotation, *get_args(annotation)):
            if isinstance(held, type) and is_dataclass(held):
                found |= dict.fromkeys([held, *held_by(held)])
    return list(found)


def made() -> str:
    """What stands between the marks."""
    stages = list(ENVIRONMENTS)
    found = rows(list(ENVIRONMENTS.values()))
    agreed = [row for row in found if row.agrees]
    return "\n\n".join(
        [
            "## What differs",
            table(["field", *stages], [[f"`{row.field}`", *row.values] for row in found if not row.agrees]),
            "## What is the same in all",
            table(["field", "everywhere"], [[f"`{row.field}`", row.values[0]] for row in agreed]),
            "## What the fields mean",
            inspect.getdoc(Environment) or "",
            *(f"### `{held.__name__}`\n\n{inspect.getdoc(held)}" for held in held_by(Environment)),
        ]
    )


def written(document: str) -> str:
    """The document with what stands between its marks made anew."""
    return made_between(BEGIN_MARK, made(), END_MARK, document)


if __name__ == "__main__":
    DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT.relative_to(REPOSITORY)} is up to date\n")
