"""A checklist: what was looked at, what came of it, and what to do about what is not as it should be. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from playbook.wording import count


class Result(StrEnum):
    """From the best to the worst."""

    PASS = "PASS"  # noqa: S105 - no password
    WARN = "WARN"
    FAIL = "FAIL"


# Words carry the meaning; colours only help to find it.
_STYLES: Final = {Result.PASS: "green", Result.WARN: "yellow", Result.FAIL: "bold red"}
_NAME_WIDTH: Final = 18
_INDENT: Final = len(Result.PASS) + 2 + _NAME_WIDTH + 2


@dataclass(frozen=True, kw_only=True)
class Item:
    """`told` is what was seen, in a sentence with its figures. `to_do` is empty only where there is nothing to do."""

    name: str
    result: Result
    told: str
    to_do: str = ""

    def lines(self) -> Iterator[tuple[str, str | None]]:
        """Lines for people, each with rich's style."""
        yield f"{self.result}  {self.name:<{_NAME_WIDTH}}  {self.told}", _STYLES[self.result]
        if self.to_do:
            yield f"{'':{_INDENT}}→ {self.to_do}", None

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {"name": self.name, "result": self.result, "told": self.told, "to_do": self.to_do or None}


@dataclass(frozen=True)
class Checklist:
    """All items, in the order in which they were looked at."""

    items: tuple[Item, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing failed; a warning is for people to weigh."""
        return not self.of(Result.FAIL)

    def of(self, result: Result) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.result is result)

    @property
    def sentence(self) -> str:
        """The sum of it."""
        failed, warned = self.of(Result.FAIL), self.of(Result.WARN)
        said = f"{count(len(self.items), 'item')}: {len(self.of(Result.PASS))} pass"
        said += f", {count(len(warned), 'warning')}" if warned else ""
        return f"{said}, {len(failed)} fail ({', '.join(item.name for item in failed)})." if failed else f"{said}."


def passed(name: str, told: str) -> Item:
    return Item(name=name, result=Result.PASS, told=told)


def warned(name: str, told: str, to_do: str) -> Item:
    return Item(name=name, result=Result.WARN, told=told, to_do=to_do)


def failed(name: str, told: str, to_do: str) -> Item:
    return Item(name=name, result=Result.FAIL, told=told, to_do=to_do)
