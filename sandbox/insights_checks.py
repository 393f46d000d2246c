"""What a query must keep to beyond its grammar. Pure.

The order of commands, and what may be named after `stats`:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html#CWL_QuerySyntax-stats-multi
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Dedup.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Limit.html
Comparisons belong in `filter` and in functions that take a condition:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html

`sort` and `display` after `stats` may name anything; what is missing orders nothing and is not shown.
"""

import re
from enum import Enum, auto
from typing import Final

from sandbox import insights_patterns
from sandbox.insights_aggregates import AGGREGATES
from sandbox.insights_functions import ARITHMETIC, FUNCTIONS, LACKING
from sandbox.insights_query import (
    Access,
    Call,
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
    Stats,
    Text,
    Unnest,
)
from sandbox.insights_syntax import unexpected_symbol

MOST_EVENTS: Final = 100_000
_MOST_STATS: Final = 2
_MOST_BRANCHES: Final = 10
_HUNDRED_PERCENT: Final = 100
_NO_ARGUMENTS: Final = frozenset({"now", "querystarttime", "queryendtime", "querytimerange"})
_OF_PERIODS: Final = {"bin": 1, "datefloor": 2, "dateceil": 2}


def check(query: Query, text: str) -> None:
    """`text` is what `query` was read from. Raises `MalformedQueryError`."""
    _check_order(query, text)
    checker = _Checker(text)
    for command in query:
        checker.command(command)


def _check_order(query: Query, text: str) -> None:
    places = [place for place, command in enumerate(query) if isinstance(command, Stats)]
    if len(places) > _MOST_STATS:
        raise MalformedQueryError(f"a query has at most {_MOST_STATS} stats commands", query[places[_MOST_STATS]].span)
    last = places[-1] if places else -1
    for place, command in enumerate(query):
        if place < last and isinstance(command, Limit):
            raise MalformedQueryError("limit must come after the last stats command", command.span)
        if place < last and len(places) == _MOST_STATS and isinstance(command, Sort):
            raise MalformedQueryError("sort must come after the second stats command", command.span)
        if isinstance(command, Dedup):
            for later in query[place + 1 :]:
                if not isinstance(later, Limit):
                    raise unexpected_symbol(text, later.span)


class _Scope(Enum):
    """What an expression may name."""

    EVENT = auto()
    """The fields at hand."""
    STATS = auto()
    """What the same `stats` made already; the fields at hand only within an aggregation."""
    ANYTHING = auto()


class _Checker:
    """Goes through the commands in order and keeps which fields there are."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._fields: set[str] | None = None
        """After `stats`, its columns and what was made of them; before it, anything may be a field."""
        self._columns: set[Expression] = set()
        self._made: set[str] = set()

    def command(self, command: Command) -> None:  # noqa: C901, PLR0912 — a case for each command
        match command:
            case Fields(columns=columns):
                for column in columns:
                    self._value(column.expression, _Scope.EVENT)
                    self._add(column.name)
            case Display(columns=columns):
                for column in columns:
                    self._value(column.expression, _Scope.ANYTHING)
            case Filter(condition=condition):
                self._condition(condition, _Scope.EVENT)
            case ParseGlob():
                self._name(command.source, _Scope.EVENT)
                self._check_stars(command)
                self._add(*command.names)
            case ParseRegex():
                self._name(command.source, _Scope.EVENT)
                self._add(*_group_names(command))
            case Stats():
                self._stats(command)
            case Sort(keys=keys):
                for key in keys:
                    self._value(key.expression, _Scope.ANYTHING)
            case Limit():
                if command.count != int(command.count) or not 1 <= command.count <= MOST_EVENTS:
                    raise MalformedQueryError(f"limit takes a whole number from 1 to {MOST_EVENTS}", command.span)
            case Unnest():
                self._value(command.items, _Scope.EVENT)
                self._add(command.name)
            case Dedup():
                pass

    def _check_stars(self, command: ParseGlob) -> None:
        stars = insights_patterns.stars(command.glob.value)
        if stars != len(command.names):
            raise MalformedQueryError(
                f"{stars} wildcards and {len(command.names)} names; there must be a name for each", command.glob.span
            )

    def _stats(self, command: Stats) -> None:
        for key in command.keys:
            self._value(key.expression, _Scope.EVENT)
        self._made = {key.name for key in command.keys}
        for column in command.columns:
            self._value(column.expression, _Scope.STATS)
            self._made.add(column.name)
        self._fields = set(self._made)
        self._columns = {column.expression for column in (*command.keys, *command.columns)}

    def _add(self, *names: str) -> None:
        if self._fields is not None:
            self._fields.update(names)

    def _name(self, field: FieldName, scope: _Scope) -> None:
        if scope is _Scope.STATS and field.name not in self._made:
            raise MalformedQueryError(f"{field.name} must be within an aggregation", field.span)
        if scope is not _Scope.EVENT or self._fields is None or field.name in self._fields:
            return
        if not any(field.name.startswith(f"{known}.") for known in self._fields):
            raise MalformedQueryError(f"there is no field {field.name} after stats", field.span)

    def _condition(self, expression: Expression, scope: _Scope) -> None:
        match expression:
            case Operation(operator="and" | "or"):
                self._condition(expression.left, scope)
                self._condition(expression.right, scope)
            case Operation() if expression.operator not in ARITHMETIC:
                self._value(expression.left, scope)
                self._value(expression.right, scope)
            case Inversion(operand=operand):
                self._condition(operand, scope)
            case Match(value=value, pattern=pattern):
                self._value(value, scope)
                if isinstance(pattern, Pattern):
                    _compiled(pattern)
            case Membership():
                for item in (expression.value, *expression.items):
                    self._value(item, scope)
            case _:
                self._value(expression, scope)

    def _value(self, expression: Expression, scope: _Scope) -> None:
        if scope is not _Scope.STATS and expression in self._columns:
            return
        match expression:
            case Number() | Text():
                pass
            case Period(span=span):
                raise unexpected_symbol(self._text, span)
            case FieldName():
                self._name(expression, scope)
            case Access(target=target):
                self._value(target, scope)
            case Negation(operand=operand):
                self._value(operand, scope)
            case Call():
                self._call(expression, scope)
            case Operation(operator=operator) if operator in ARITHMETIC:
                self._value(expression.left, scope)
                self._value(expression.right, scope)
            case Operation() | Inversion() | Match() | Membership():
                raise unexpected_symbol(self._text, expression.span)

    def _call(self, call: Call, scope: _Scope) -> None:
        name = call.function
        if name in AGGREGATES:
            self._aggregation(call, scope)
        elif name in LACKING:
            raise MalformedQueryError(f"the sandbox does not have the function {name}", call.span)
        elif call.of_all:
            raise MalformedQueryError(f"{name} takes no *", call.span)
        elif name in _OF_PERIODS:
            self._of_period(call, scope)
        elif name in {"if", "case"}:
            self._branches(call, scope)
        elif name in _NO_ARGUMENTS:
            _arity(call, 0, 0)
        elif name in FUNCTIONS:
            _arity(call, FUNCTIONS[name].least, FUNCTIONS[name].most)
            for argument in call.arguments:
                if not (name == "strcontains" and literal_truth(argument) is not None):
                    self._value(argument, scope)
        else:
            raise MalformedQueryError(f"there is no function {name}", call.span)

    def _aggregation(self, call: Call, scope: _Scope) -> None:
        if scope is not _Scope.STATS:
            raise MalformedQueryError(f"{call.function} belongs in stats, and in no other aggregation", call.span)
        if call.function == "count" and not call.arguments:
            return
        if call.of_all:
            raise MalformedQueryError(f"{call.function} takes no *", call.span)
        parameters = AGGREGATES[call.function].parameters
        _arity(call, 1 + parameters, 1 + parameters)
        self._value(call.arguments[0], _Scope.EVENT)
        for parameter in call.arguments[1:]:
            if not (isinstance(parameter, Number) and 0 <= parameter.value <= _HUNDRED_PERCENT):
                raise MalformedQueryError(f"{call.function} takes a percentage from 0 to 100", call.span)

    def _of_period(self, call: Call, scope: _Scope) -> None:
        _arity(call, _OF_PERIODS[call.function], _OF_PERIODS[call.function])
        *moments, period = call.arguments
        if not isinstance(period, Period):
            raise MalformedQueryError(f"{call.function} takes a period, such as 5m", call.span)
        for moment in moments or [FieldName("@timestamp", call.span)]:
            self._value(moment, scope)

    def _branches(self, call: Call, scope: _Scope) -> None:
        if call.function == "if":
            _arity(call, 3, 3)
            conditions = range(1)
        else:
            _arity(call, 2, 2 * _MOST_BRANCHES + 1)
            conditions = range(0, len(call.arguments) - 1, 2)
        for place, argument in enumerate(call.arguments):
            if place in conditions:
                self._condition(argument, scope)
            else:
                self._value(argument, scope)


def _compiled(pattern: Pattern) -> re.Pattern[str]:
    try:
        return insights_patterns.regex(pattern.source)
    except re.error as error:
        raise MalformedQueryError(f"invalid regular expression: {error.msg}", pattern.span) from None


def _group_names(command: ParseRegex) -> tuple[str, ...]:
    pattern = _compiled(command.pattern)
    if command.names and len(command.names) != pattern.groups:
        raise MalformedQueryError(
            f"{pattern.groups} groups and {len(command.names)} names; there must be a name for each",
            command.pattern.span,
        )
    if not command.names and not pattern.groupindex:
        raise MalformedQueryError("a regular expression needs a named group", command.pattern.span)
    return command.names or tuple(pattern.groupindex)


def _arity(call: Call, least: int, most: int | None) -> None:
    given = len(call.arguments)
    if given < least or (most is not None and given > most):
        wanted = f"{least}" if least == most else f"at least {least}" if most is None else f"{least} to {most}"
        raise MalformedQueryError(f"{call.function} takes {wanted} arguments, not {given}", call.span)


def literal_truth(expression: Expression) -> bool | None:
    """What `true` and `false` mean as an argument of `strcontains`; None for any other expression."""
    if isinstance(expression, FieldName):
        return {"true": True, "false": False}.get(expression.name.lower())
    return None
