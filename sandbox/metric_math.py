"""CloudWatch metric math: an evaluator over aligned time series.

Pure: no clock, no store. The rules are those of
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html

A value is one of the page's three types: a scalar (`float`), a time series (`Series`) or an array of time
series (a tuple of `Series`). A series is sparse: a timestamp it does not hold is a missing data point.

Where the page is silent, this is what happens here:

- A data point whose value is not a finite number (a negative base to a fractional power, an overflow, an
  `AVG` of no points) is dropped, as the page says of a division by zero.
- `MIN` and `MAX` of an array look at the series that have a point: a missing one read as 0 would invent an
  extreme.
- `REPEAT` has nothing to repeat before the first point, and `LINEAR` nothing to join before the first or
  after the last: those points stay missing.
"""

import itertools
import math
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sandbox.metric_math_syntax import (
    Array,
    Call,
    Expression,
    Keyword,
    MetricMathError,
    Negation,
    Number,
    Operation,
    Reference,
    Text,
    UnsupportedFunctionError,
)

Series = Mapping[int, float]
"""Start of each period that has a value (epoch seconds) → that value."""

Value = float | Series | tuple[Series, ...]


@dataclass(frozen=True)
class Timeline:
    """`count` periods of `period_seconds`, the first of which starts at `start` (epoch seconds)."""

    start: int
    period_seconds: int
    count: int

    @property
    def end(self) -> int:
        return self.start + self.count * self.period_seconds

    @property
    def timestamps(self) -> range:
        return range(self.start, self.end, self.period_seconds)

    def period_start(self, timestamp: float) -> int | None:
        """The start of the period that holds `timestamp`, or None outside the timeline."""
        if not self.start <= timestamp < self.end:
            return None
        return self.start + int((timestamp - self.start) // self.period_seconds) * self.period_seconds


def evaluate(
    expression: Expression,
    *,
    timeline: Timeline,
    metrics: Mapping[str, Series],
    expressions: Mapping[str, Expression] | None = None,
) -> Value:
    """The value of `expression`.

    `metrics` are the request's metrics by id, in the request's order (`METRICS()` answers in it), their
    timestamps among `timeline.timestamps`. `expressions` are the other expressions that ids may refer to.

    Raises `MetricMathError` for an unknown or circular reference and for operands of the wrong type.
    """
    return _Evaluator(timeline, metrics, expressions or {}).value(expression)


def _type_name(value: object) -> str:
    if isinstance(value, float):
        return "a scalar"
    return "a time series" if isinstance(value, Mapping) else "an array of time series"


def _divide(left: float, right: float) -> float:
    return left / right if right else math.nan


def _power(left: float, right: float) -> float:
    try:
        return math.pow(left, right)
    except (ValueError, OverflowError):
        return math.nan


_ARITHMETIC: Final[Mapping[str, Callable[[float, float], float]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "^": _power,
}
_TRUTH: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "&&": lambda left, right: bool(left) and bool(right),
    "||": lambda left, right: bool(left) or bool(right),
}


def _apply(symbol: str, left: float, right: float) -> float:
    """One data point; NaN where it has no value."""
    if math.isnan(left) or math.isnan(right):
        return math.nan
    if symbol in _TRUTH:
        return float(_TRUTH[symbol](left, right))
    result = _ARITHMETIC[symbol](left, right)
    return result if math.isfinite(result) else math.nan


def _point(value: float | Series, timestamp: int, missing: float) -> float:
    return value if isinstance(value, float) else value.get(timestamp, missing)


def _finite(points: Iterable[tuple[int, float]]) -> Series:
    return {timestamp: value for timestamp, value in points if math.isfinite(value)}


class _Evaluator:
    def __init__(
        self, timeline: Timeline, metrics: Mapping[str, Series], expressions: Mapping[str, Expression]
    ) -> None:
        self.timeline = timeline
        self.metrics = metrics
        self._expressions = expressions
        self._resolving: tuple[str, ...] = ()

    def value(self, node: Expression) -> Value:
        match node:
            case Number(value=number):
                return number
            case Reference():
                return self._resolve(node)
            case Negation(operand=operand):
                return self._operate("*", -1.0, self.value(operand), node.position)
            case Operation():
                return self._operate(node.operator, self.value(node.left), self.value(node.right), node.position)
            case Array(items=items):
                return tuple(series for item in items for series in self._several(item))
            case Call():
                if node.function not in _FUNCTIONS:
                    raise UnsupportedFunctionError(node.function, node.position)
                return _FUNCTIONS[node.function](self, node)
            case Text() | Keyword():
                raise MetricMathError("A value is expected here", node.position)

    def _resolve(self, reference: Reference) -> Value:
        name = reference.id
        if name in self.metrics:
            return self.metrics[name]
        if name not in self._expressions:
            raise MetricMathError(f"Unknown id '{name}'", reference.position)
        if name in self._resolving:
            raise MetricMathError(f"'{name}' refers to itself", reference.position)
        outer, self._resolving = self._resolving, (*self._resolving, name)
        try:
            return self.value(self._expressions[name])
        except MetricMathError as error:
            error.expression_id = error.expression_id or name
            raise
        finally:
            self._resolving = outer

    def _several(self, node: Expression) -> tuple[Series, ...]:
        value = self.value(node)
        if isinstance(value, float):
            raise MetricMathError("A time series is expected here, not a scalar", node.position)
        return (value,) if isinstance(value, Mapping) else value

    def _operate(self, symbol: str, left: Value, right: Value, position: int) -> Value:
        if isinstance(left, float) and isinstance(right, float):
            return _apply(symbol, left, right)
        if not isinstance(left, tuple) and not isinstance(right, tuple):
            return _pointwise(symbol, left, right)
        if symbol in _ARITHMETIC:
            if isinstance(left, tuple) and not isinstance(right, tuple):
                return tuple(_pointwise(symbol, series, right) for series in left)
            if isinstance(right, tuple) and not isinstance(left, tuple):
                return tuple(_pointwise(symbol, left, series) for series in right)
        raise MetricMathError(
            f"Unsupported operand types for '{symbol}': {_type_name(left)} and {_type_name(right)}", position
        )


def _pointwise(symbol: str, left: float | Series, right: float | Series) -> Series:
    """At every timestamp that an operand has a point for, a missing one of the other counting as 0."""
    timestamps = {
        *(left if isinstance(left, Mapping) else ()),
        *(right if isinstance(right, Mapping) else ()),
    }
    return _finite(
        (timestamp, _apply(symbol, _point(left, timestamp, 0.0), _point(right, timestamp, 0.0)))
        for timestamp in sorted(timestamps)
    )


def _arity(call: Call, least: int, most: int) -> None:
    if not least <= len(call.arguments) <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        raise MetricMathError(f"{call.function} takes {wanted} arguments, not {len(call.arguments)}", call.position)


def _aggregate(
    of_points: Callable[[list[float]], float], *, missing_is_zero: bool
) -> Callable[[_Evaluator, Call], Value]:
    """A function that makes a scalar of one series, and one series of an array."""

    def function(evaluator: _Evaluator, call: Call) -> Value:
        _arity(call, 1, 1)
        value = evaluator.value(call.arguments[0])
        if isinstance(value, float):
            raise MetricMathError(f"{call.function} takes time series, not a scalar", call.position)
        if isinstance(value, Mapping):
            return of_points(list(value.values()))
        return _finite(
            (
                timestamp,
                of_points([series.get(timestamp, 0.0) for series in value if missing_is_zero or timestamp in series]),
            )
            for timestamp in sorted({timestamp for series in value for timestamp in series})
        )

    return function


def _metrics(evaluator: _Evaluator, call: Call) -> Value:
    _arity(call, 0, 1)
    if not call.arguments:
        return tuple(evaluator.metrics.values())
    (part,) = call.arguments
    if not isinstance(part, Text):
        raise MetricMathError("METRICS takes a string", part.position)
    return tuple(series for name, series in evaluator.metrics.items() if part.value in name)


def _fill(evaluator: _Evaluator, call: Call) -> Value:
    _arity(call, 2, 2)
    target, filler = call.arguments
    value = evaluator.value(target)
    if isinstance(value, float):
        raise MetricMathError("FILL takes time series, not a scalar", target.position)
    fill = _filling(evaluator, filler)
    return fill(value) if isinstance(value, Mapping) else tuple(fill(series) for series in value)


def _filling(evaluator: _Evaluator, filler: Expression) -> Callable[[Series], Series]:
    timestamps = evaluator.timeline.timestamps
    if isinstance(filler, Keyword):
        if filler.name == "REPEAT":
            return lambda series: _repeat(series, timestamps)
        if filler.name == "LINEAR":
            return lambda series: _interpolate(series, timestamps)
        raise MetricMathError(f"FILL takes a value, a metric, REPEAT or LINEAR, not {filler.name}", filler.position)
    value = evaluator.value(filler)
    if isinstance(value, tuple):
        raise MetricMathError("FILL cannot fill with an array of time series", filler.position)
    by_time: Series = dict.fromkeys(timestamps, value) if isinstance(value, float) else value
    return lambda series: _finite(
        (timestamp, series.get(timestamp, by_time.get(timestamp, math.nan))) for timestamp in timestamps
    )


def _repeat(series: Series, timestamps: Iterable[int]) -> Series:
    filled: dict[int, float] = {}
    latest = math.nan
    for timestamp in timestamps:
        latest = series.get(timestamp, latest)
        filled[timestamp] = latest
    return _finite(filled.items())


def _interpolate(series: Series, timestamps: Iterable[int]) -> Series:
    known = sorted(series)
    filled = dict(series)
    for before, after in itertools.pairwise(known):
        slope = (series[after] - series[before]) / (after - before)
        filled |= {
            timestamp: series[before] + slope * (timestamp - before)
            for timestamp in timestamps
            if before < timestamp < after
        }
    return dict(sorted(filled.items()))


def _if(evaluator: _Evaluator, call: Call) -> Value:
    _arity(call, 2, 3)
    condition, when_true, *rest = (_not_an_array(evaluator, argument) for argument in call.arguments)
    when_false = rest[0] if rest else {}
    if isinstance(condition, float):
        # The page lists IF(S, TS, TS) alone: with a scalar in a branch there would be no series to answer.
        for value, argument in zip((when_true, *rest), call.arguments[1:], strict=True):
            if isinstance(value, float):
                raise MetricMathError("IF with a scalar condition takes time series", argument.position)
        return when_true if condition else when_false
    return _finite(
        # Where the condition is true, a missing value counts as 0; where it is false, the point is dropped.
        (timestamp, _point(when_true, timestamp, 0.0) if truth else _point(when_false, timestamp, math.nan))
        for timestamp, truth in condition.items()
    )


def _not_an_array(evaluator: _Evaluator, argument: Expression) -> float | Series:
    value = evaluator.value(argument)
    if isinstance(value, tuple):
        raise MetricMathError("IF cannot take an array of time series", argument.position)
    return value


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else math.nan


_FUNCTIONS: Final[Mapping[str, Callable[[_Evaluator, Call], Value]]] = {
    "SUM": _aggregate(lambda values: float(sum(values)), missing_is_zero=True),
    "AVG": _aggregate(_mean, missing_is_zero=True),
    "MIN": _aggregate(lambda values: min(values, default=math.nan), missing_is_zero=False),
    "MAX": _aggregate(lambda values: max(values, default=math.nan), missing_is_zero=False),
    "METRICS": _metrics,
    "FILL": _fill,
    "IF": _if,
}
