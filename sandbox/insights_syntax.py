"""Reads Logs Insights queries: text → `Query`, by the grammar in `insights_grammar.lark`.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html

What the grammar cannot say is checked by `insights_checks`.
"""

import re
from pathlib import Path
from typing import Any, Final

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError
from lark.tree import Meta

from sandbox.insights_query import (
    Access,
    Call,
    Column,
    Command,
    Dedup,
    Display,
    Expression,
    FieldName,
    Fields,
    Filter,
    Inversion,
    Limit,
    MalformedQueryError,
    Match,
    Membership,
    Negation,
    Number,
    Operation,
    ParseGlob,
    ParseRegex,
    Pattern,
    Period,
    Query,
    Sort,
    SortKey,
    Span,
    Stats,
    Text,
    Unnest,
)

# Commands and modes that AWS documents and this grammar does not have.
_LACKING: Final = frozenset(
    {
        "addtotals", "anomaly", "csv", "diff", "expand", "filterindex", "join", "json", "logfmt", "lookup", "multi",
        "offset", "pattern", "relevantfields", "source", "subqueries", "unmask",
    }
)  # fmt: skip
_UNITS: Final = {
    "millisecond": "ms", "msec": "ms", "second": "s", "sec": "s", "minute": "m", "min": "m", "hour": "h", "hr": "h",
    "day": "d", "week": "w", "month": "mo", "mon": "mo", "quarter": "q", "qtr": "q", "year": "y", "yr": "y",
}  # fmt: skip
_SHORT_UNITS: Final = frozenset({"ms", "s", "m", "h", "d", "w", "mo", "q", "y"})
_SYMBOL: Final = re.compile(r"[\w@.]+|.", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_MESSAGE: Final = FieldName("@message")


def parse(text: str) -> Query:
    """Raises `MalformedQueryError` with the place of what cannot be read."""
    try:
        tree = _PARSER.parse(text)
        query: Query = _Build(text).transform(tree)
    except UnexpectedInput as error:
        raise _unexpected(text, error) from None
    except VisitError as error:
        raise error.orig_exc from None
    return query


def unexpected_symbol(text: str, span: Span) -> MalformedQueryError:
    """AWS's complaint about what stands at `span`; lines and positions count from 1."""
    before = text[: span.start]
    line, position = before.count("\n") + 1, span.start - before.rfind("\n")
    symbol = text[span.start : span.end]
    return MalformedQueryError(f"unexpected symbol found {symbol} at line {line} and position {position}", span)


def _unexpected(text: str, error: UnexpectedInput) -> MalformedQueryError:
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        return MalformedQueryError("unexpected end of query", Span(len(text), len(text)))
    start = error.token.start_pos if isinstance(error, UnexpectedToken) else error.pos_in_stream
    found = _SYMBOL.match(text, start or 0)
    span = Span(found.start(), found.end()) if found else Span(len(text), len(text))
    if text[span.start : span.end].lower() in _LACKING and isinstance(error, UnexpectedToken | UnexpectedCharacters):
        return MalformedQueryError(f"the sandbox does not do '{text[span.start : span.end]}'", span)
    return unexpected_symbol(text, span)


def _unquoted(token: Token) -> str:
    return _ESCAPE.sub(lambda found: found[1] if found[1] in "\\\"'" else found[0], str(token)[1:-1])


def _text_or_pattern(token: Token) -> Text | Pattern:
    return _pattern(token) if token.type == "REGEX" else Text(_unquoted(token), _span(token))


def _pattern(token: Token) -> Pattern:
    return Pattern(str(token)[1:-1], _span(token))


def _span(token: Token | Meta) -> Span:
    return Span(token.start_pos or 0, token.end_pos or 0)


@v_args(inline=True)
class _Build(Transformer[Token, Any]):
    """The parse tree as dataclasses."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def start(self, *commands: Command) -> Query:
        return commands

    def fields(self, token: Token, *columns: Column) -> Command:
        return Fields(columns, _span(token))

    def display(self, token: Token, *columns: Column) -> Command:
        return Display(columns, _span(token))

    def filter(self, token: Token, condition: Expression) -> Command:
        return Filter(condition, _span(token))

    def parse_glob(
        self, token: Token, source: FieldName | None, glob: Token, _as: Token, names: tuple[str, ...]
    ) -> Command:
        return ParseGlob(source or _MESSAGE, Text(_unquoted(glob), _span(glob)), names, _span(token))

    def parse_regex(
        self, token: Token, source: FieldName | None, pattern: Token, _as: Token | None, names: tuple[str, ...] | None
    ) -> Command:
        return ParseRegex(source or _MESSAGE, _pattern(pattern), names or (), _span(token))

    def stats(self, token: Token, *parts: Column | Token | tuple[Column, ...] | None) -> Command:
        columns = tuple(part for part in parts if isinstance(part, Column))
        keys = parts[-1] if isinstance(parts[-1], tuple) else ()
        return Stats(columns, keys, _span(token))

    def sort(self, token: Token, _by: Token | None, *keys: SortKey) -> Command:
        return Sort(keys, _span(token))

    def limit(self, token: Token, of_any: Token | None, count: Token) -> Command:
        return Limit(_number(count), of_any is not None, _span(token))

    def dedup(self, token: Token, *fields: FieldName) -> Command:
        return Dedup(fields, _span(token))

    def unnest(self, token: Token, items: Expression, _into: Token, name: Token) -> Command:
        return Unnest(items, _name(name), _span(token))

    @v_args(inline=True, meta=True)
    def column(self, meta: Meta, expression: Expression, _as: Token | None, name: Token | None) -> Column:
        if name is not None:
            return Column(expression, _name(name))
        if isinstance(expression, FieldName):
            return Column(expression, expression.name)
        return Column(expression, self._text[meta.start_pos : meta.end_pos])

    def keys(self, *columns: Column) -> tuple[Column, ...]:
        return columns

    def sort_key(self, expression: Expression, direction: Token | None) -> SortKey:
        return SortKey(expression, direction is not None and direction.type == "DESC")

    def names(self, *names: Token) -> tuple[str, ...]:
        return tuple(_name(name) for name in names)

    def name(self, token: Token) -> Token:
        return token

    def field(self, token: Token) -> Expression:
        return FieldName(_name(token), _span(token))

    def operation(self, left: Expression, token: Token, right: Expression) -> Expression:
        return Operation(str(token).lower(), left, right, _span(token))

    def inverted(self, token: Token, operand: Expression) -> Expression:
        return Inversion(operand, _span(token))

    def negation(self, token: Token, operand: Expression) -> Expression:
        return Negation(operand, _span(token))

    def match(self, value: Expression, token: Token, pattern: Token) -> Expression:
        return Match(value, _text_or_pattern(pattern), negated=False, span=_span(token))

    def mismatch(self, value: Expression, token: Token, _like: Token, pattern: Token) -> Expression:
        return Match(value, _text_or_pattern(pattern), negated=True, span=_span(token))

    def membership(self, value: Expression, token: Token, *items: Expression) -> Expression:
        return Membership(value, items, negated=False, span=_span(token))

    def exclusion(self, value: Expression, token: Token, _in: Token, *items: Expression) -> Expression:
        return Membership(value, items, negated=True, span=_span(token))

    def attribute(self, target: Expression, name: Token) -> Expression:
        return Access(target, _name(name), _span(name))

    def element(self, target: Expression, index: Token) -> Expression:
        return Access(target, int(_number(index)), _span(index))

    def number(self, token: Token) -> Expression:
        return Number(_number(token), _span(token))

    def text(self, token: Token) -> Expression:
        return Text(_unquoted(token), _span(token))

    def period(self, token: Token) -> Expression:
        digits = re.match(r"\d+", token)
        assert digits  # noqa: S101 — the token begins with them
        unit = token[digits.end() :].strip().lower()
        if unit not in _SHORT_UNITS:
            singular = unit.removesuffix("s")
            unit = singular if singular in _SHORT_UNITS else _UNITS[singular]
        return Period(int(digits[0]), unit, _span(token))

    def call(self, name: Token, *arguments: Expression | None) -> Expression:
        given = tuple(argument for argument in arguments if argument is not None)
        return Call(str(name).lower(), given, span=_span(name))

    def call_of_all(self, name: Token, _star: Token) -> Expression:
        return Call(str(name).lower(), (), of_all=True, span=_span(name))


def _name(token: Token) -> str:
    return str(token)[1:-1] if token.type == "QUOTED" else str(token)


def _number(token: Token) -> float:
    return int(token) if token.isdigit() else float(token)


_PARSER: Final = Lark(
    (Path(__file__).parent / "insights_grammar.lark").read_text(encoding="utf-8"),
    parser="lalr",
    maybe_placeholders=True,
    propagate_positions=True,
)
