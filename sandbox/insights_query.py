"""A Logs Insights query as values. Pure; `insights_syntax` reads one from text."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Span:
    """Where something stands in a query's text, in characters: from `start` up to, but not including, `end`."""

    start: int
    end: int


_NOWHERE: Final = Span(0, 0)


class MalformedQueryError(ValueError):
    """A query that Logs Insights refuses, or that asks for what the sandbox lacks; `span` is the part at fault."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.message = message
        self.span = span


# Where a node stands says nothing about what it means, so it is left out of comparisons. Of an operator's node it is
# the operator.


@dataclass(frozen=True, slots=True)
class Number:
    value: float
    span: Span = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    value: str
    span: Span = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression, as written between its slashes."""

    source: str
    span: Span = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Period:
    """`5m` is 5 of the unit `m`; units are `ms s m h d w mo q y`."""

    count: int
    unit: str
    span: Span = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class FieldName:
    name: str
    span: Span = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Access:
    """An attribute of a map or an element of a list."""

    target: "Expression"
    key: str | int
    span: Span = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """`function` is in lower case. `of_all` stands for the star in `count(*)`."""

    function: str
    arguments: tuple["Expression", ...]
    of_all: bool = False
    span: Span = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Negation:
    operand: "Expression"
    span: Span = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Inversion:
    operand: "Expression"
    span: Span = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Operation:
    """`operator` is one of `+ - * / % ^ = != < <= > >= and or`."""

    operator: str
    left: "Expression"
    right: "Expression"
    span: Span = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Match:
    """`like`, `not like` and `=~`."""

    value: "Expression"
    pattern: Text | Pattern
    negated: bool
    span: Span = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Membership:
    """`in` and `not in`."""

    value: "Expression"
    items: tuple["Expression", ...]
    negated: bool
    span: Span = field(default=_NOWHERE, compare=False)


Expression = Number | Text | Period | FieldName | Access | Call | Negation | Inversion | Operation | Match | Membership


def calls_in(expression: Expression) -> Iterator[Call]:
    """Every call of a function in it, outer ones first."""
    inner: tuple[Expression, ...] = ()
    match expression:
        case Call(arguments=inner):
            yield expression
        case Operation(left=left, right=right):
            inner = (left, right)
        case Negation(operand=operand) | Inversion(operand=operand):
            inner = (operand,)
        case Match(value=value):
            inner = (value,)
        case Membership(value=value, items=items):
            inner = (value, *items)
        case Access(target=target):
            inner = (target,)
    for part in inner:
        yield from calls_in(part)


@dataclass(frozen=True, slots=True)
class Column:
    """An expression and what its values are called: its alias or, without one, how it was written."""

    expression: Expression
    name: str


@dataclass(frozen=True, slots=True)
class Fields:
    columns: tuple[Column, ...]
    span: Span = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Display:
    columns: tuple[Column, ...]
    span: Span = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Filter:
    condition: Expression
    span: Span = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class ParseGlob:
    source: FieldName
    glob: Text
    names: tuple[str, ...]
    span: Span = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class ParseRegex:
    """Without `names` the pattern's named groups are the fields."""

    source: FieldName
    pattern: Pattern
    names: tuple[str, ...]
    span: Span = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Stats:
    columns: tuple[Column, ...]
    keys: tuple[Column, ...]
    span: Span = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class SortKey:
    expression: Expression
    descending: bool


@dataclass(frozen=True, slots=True)
class Sort:
    keys: tuple[SortKey, ...]
    span: Span = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Limit:
    """`of_any` lets AWS stop as soon as it has enough events, whichever they are."""

    count: float
    of_any: bool
    span: Span = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Dedup:
    fields: tuple[FieldName, ...]
    span: Span = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Unnest:
    """An event for each item of a list, which bears `name`."""

    items: Expression
    name: str
    span: Span = field(default=_NOWHERE, compare=False)


Command = Fields | Display | Filter | ParseGlob | ParseRegex | Stats | Sort | Limit | Dedup | Unnest

Query = tuple[Command, ...]
