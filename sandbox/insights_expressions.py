"""Expressions of a query as functions of a row. Pure.

A query is compiled once and then run over many events, so everything that the text decides is decided here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from sandbox import insights_patterns, insights_periods
from sandbox.insights_aggregates import AGGREGATES
from sandbox.insights_checks import literal_truth
from sandbox.insights_events import Row, at, structured
from sandbox.insights_functions import ARITHMETIC, COMPARISONS, FUNCTIONS
from sandbox.insights_query import (
    Access,
    Call,
    Expression,
    FieldName,
    Inversion,
    Match,
    Membership,
    Negation,
    Number,
    Operation,
    Pattern,
    Period,
    Text,
)
from sandbox.insights_values import Timestamp, Truth, Value, equal, inverted, number, string, truth


@dataclass(frozen=True, slots=True)
class Window:
    """The time a query is about and the time it was started, in milliseconds since 1970."""

    start_ms: int
    end_ms: int
    now_ms: int


Evaluation: TypeAlias = Callable[[Row], Value]
Condition: TypeAlias = Callable[[Row], Truth]

_OF_WINDOW: Final[dict[str, Callable[[Window], int]]] = {
    "now": lambda window: window.now_ms // 1000,
    "querystarttime": lambda window: window.start_ms,
    "queryendtime": lambda window: window.end_ms,
    "querytimerange": lambda window: window.end_ms - window.start_ms,
}


class Compiler:
    """Compiles expressions that have passed `insights_checks`."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self.columns: Mapping[Expression, str] = {}
        """After `stats`, what was computed by it and under which name; to write it again means that column."""

    def value(self, expression: Expression) -> Evaluation:  # noqa: PLR0911 — a case for each kind of node
        if expression in self.columns:
            return _field(self.columns[expression])
        match expression:
            case Number(value=constant) | Text(value=constant):
                return lambda _row: constant
            case FieldName(name=name):
                return _field(name)
            case Access(target=target, key=key):
                return _access(self.value(target), key)
            case Negation(operand=operand):
                return _negative(self.value(operand))
            case Call():
                return self._call(expression)
            case Operation(operator=operator) if operator in ARITHMETIC:
                return _arithmetic(ARITHMETIC[operator], self.value(expression.left), self.value(expression.right))
            case _:
                return _as_value(self.condition(expression))

    def condition(self, expression: Expression) -> Condition:  # noqa: PLR0911 — as above
        match expression:
            case Operation(operator="and"):
                return _both(self.condition(expression.left), self.condition(expression.right))
            case Operation(operator="or"):
                return _either(self.condition(expression.left), self.condition(expression.right))
            case Operation(operator=operator) if operator in COMPARISONS:
                return _comparison(COMPARISONS[operator], self.value(expression.left), self.value(expression.right))
            case Inversion(operand=operand):
                return _inverse(self.condition(operand))
            case Match(value=value, pattern=pattern, negated=negated):
                return _match(self.value(value), pattern, negated=negated)
            case Membership(value=value, items=items, negated=negated):
                member = _member(self.value(value), tuple(map(self.value, items)))
                return _inverse(member) if negated else member
            case _:
                evaluate = self.value(expression)
                return lambda row: truth(evaluate(row))

    def _call(self, call: Call) -> Evaluation:  # noqa: PLR0911 — as above
        name, arguments = call.function, call.arguments
        if name in AGGREGATES:
            return lambda row: row.values.get(call)
        if name in _OF_WINDOW:
            moment = _OF_WINDOW[name](self._window)
            return lambda _row: moment
        if name == "bin":
            return _rounded(insights_periods.floor, _field("@timestamp"), arguments[0])
        if name in {"datefloor", "dateceil"}:
            rounding = insights_periods.floor if name == "datefloor" else insights_periods.ceil
            return _rounded(rounding, self.value(arguments[0]), arguments[1])
        if name in {"if", "case"}:
            return self._branches(arguments)
        of = FUNCTIONS[name].of
        evaluations = tuple(map(self._argument if name == "strcontains" else self.value, arguments))
        if len(evaluations) == 1:
            (only,) = evaluations
            return lambda row: of(only(row))
        return lambda row: of(*[evaluate(row) for evaluate in evaluations])

    def _argument(self, expression: Expression) -> Evaluation:
        literal = literal_truth(expression)
        return self.value(expression) if literal is None else lambda _row: int(literal)

    def _branches(self, arguments: tuple[Expression, ...]) -> Evaluation:
        branches = [
            (self.condition(arguments[place]), self.value(arguments[place + 1]))
            for place in range(0, len(arguments) - 1, 2)
        ]
        default = self.value(arguments[-1]) if len(arguments) % 2 else None

        def evaluate(row: Row) -> Value:
            for condition, value in branches:
                if condition(row):
                    return value(row)
            return default(row) if default else None

        return evaluate


def _field(name: str) -> Evaluation:
    return lambda row: row.get(name)


def _access(target: Evaluation, key: str | int) -> Evaluation:
    return lambda row: structured(at(target(row), str(key)))


def _negative(operand: Evaluation) -> Evaluation:
    def evaluate(row: Row) -> Value:
        found = number(operand(row))
        return None if found is None else -found

    return evaluate


def _arithmetic(operate: Callable[[float, float], Value], left: Evaluation, right: Evaluation) -> Evaluation:
    def evaluate(row: Row) -> Value:
        first, second = number(left(row)), number(right(row))
        return None if first is None or second is None else operate(first, second)

    return evaluate


def _rounded(rounding: Callable[[int, Period], Timestamp], moment: Evaluation, period: Expression) -> Evaluation:
    assert isinstance(period, Period)  # noqa: S101 — checked

    def evaluate(row: Row) -> Value:
        found = number(moment(row))
        return None if found is None else rounding(int(found), period)

    return evaluate


def _as_value(condition: Condition) -> Evaluation:
    def evaluate(row: Row) -> Value:
        holds = condition(row)
        return None if holds is None else int(holds)

    return evaluate


def _both(left: Condition, right: Condition) -> Condition:
    def holds(row: Row) -> Truth:
        first = left(row)
        if first is False:
            return False
        second = right(row)
        return False if second is False else None if first is None else second

    return holds


def _either(left: Condition, right: Condition) -> Condition:
    def holds(row: Row) -> Truth:
        first = left(row)
        if first:
            return True
        second = right(row)
        return True if second else None if first is None else second

    return holds


def _inverse(condition: Condition) -> Condition:
    return lambda row: inverted(condition(row))


def _comparison(compare: Callable[[Value, Value], Truth], left: Evaluation, right: Evaluation) -> Condition:
    return lambda row: compare(left(row), right(row))


def _match(value: Evaluation, pattern: Text | Pattern, *, negated: bool) -> Condition:
    search = insights_patterns.regex(pattern.source).search if isinstance(pattern, Pattern) else None
    part = pattern.value if isinstance(pattern, Text) else ""

    def holds(row: Row) -> Truth:
        found = string(value(row))
        if found is None:
            return None
        return (search(found) is not None if search else part in found) is not negated

    return holds


def _member(value: Evaluation, items: tuple[Evaluation, ...]) -> Condition:
    def holds(row: Row) -> Truth:
        found = value(row)
        return None if found is None else any(equal(found, item(row)) for item in items)

    return holds
