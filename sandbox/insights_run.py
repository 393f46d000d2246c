"""Runs a query over log events. Pure.

Events go through the commands newest first, which is the order of a result that is not sorted
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Dedup.html). Where AWS's pages are silent,
groups come in the order of their newest events, and what `parse` extracts is shown after the fields asked for.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sandbox import insights_patterns
from sandbox.insights_aggregates import AGGREGATES, Sample
from sandbox.insights_events import Event, Row, structured
from sandbox.insights_expressions import Compiler, Evaluation, Window
from sandbox.insights_query import (
    Call,
    Column,
    Command,
    Dedup,
    Display,
    FieldName,
    Fields,
    Filter,
    Limit,
    Number,
    ParseGlob,
    ParseRegex,
    Query,
    Sort,
    Stats,
    Unnest,
    calls_in,
)
from sandbox.insights_values import Value, shown, shown_as_logged, sort_key, string

DEFAULT_LIMIT: Final = 10_000
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Limit.html"""

_DEFAULT_COLUMNS: Final = ("@timestamp", "@message")
_EVENTS_BETWEEN_LOOKS: Final = 1000

ResultRow = tuple[tuple[str, str], ...]
"""Fields and values, as they are shown; a field without a value is left out."""


class CancelledError(Exception):
    """Somebody no longer wants the result."""


@dataclass(frozen=True, slots=True)
class Result:
    """`matched` counts the events that passed every filter before they were counted, sorted out or left off."""

    rows: tuple[ResultRow, ...] = ()
    matched: int = 0
    scanned: int = 0
    scanned_bytes: int = 0


def run(
    query: Query,
    newest_first: Iterable[Event],
    window: Window,
    *,
    limit: int | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Result:
    """Runs a query that has passed `insights_checks`, over each event once, in their order.

    Raises `CancelledError` once `cancelled` says so.
    """
    execution = _Execution(Compiler(window), cancelled)
    rows = execution.run(query, newest_first)
    if not any(isinstance(command, Limit) for command in query):
        rows = rows[: DEFAULT_LIMIT if limit is None else limit]
    elif limit is not None:
        rows = rows[:limit]
    return Result(tuple(map(execution.shown, rows)), execution.matched, execution.scanned, execution.scanned_bytes)


class _Execution:
    """One run of a query; it counts, and learns which columns to show, as it goes."""

    def __init__(self, compiler: Compiler, cancelled: Callable[[], bool]) -> None:
        self._compiler = compiler
        self._cancelled = cancelled
        self._columns: list[str] = []
        self._made: list[str] = []
        self._displayed: list[str] | None = None
        self._counting = False
        self.matched = 0
        self.scanned = 0
        self.scanned_bytes = 0

    def run(self, query: Query, events: Iterable[Event]) -> list[Row]:
        rows: Iterable[Row] = self._scanned(events)
        for command in query:
            if not isinstance(command, Fields | Filter | ParseGlob | ParseRegex | Display) and not self._counting:
                rows = self._counted(rows)
            rows = self._step(command, rows)
        if not self._counting:
            rows = self._counted(rows)
        return [_light(row) for row in rows]

    def _scanned(self, events: Iterable[Event]) -> Iterator[Row]:
        for event in events:
            if self.scanned % _EVENTS_BETWEEN_LOOKS == 0 and self._cancelled():
                raise CancelledError
            self.scanned += 1
            self.scanned_bytes += len(event.message.encode())
            yield Row(event)

    def _counted(self, rows: Iterable[Row]) -> Iterator[Row]:
        self._counting = True

        def counted() -> Iterator[Row]:
            for row in rows:
                self.matched += 1
                yield row

        return counted()

    def shown(self, row: Row) -> ResultRow:
        cells = tuple(
            (name, shown(value) if row.made(name) else shown_as_logged(value))
            for name in self._shown_columns()
            if (value := row.get(name)) is not None
        )
        if row.event is None or any(name == "@ptr" for name, _ in cells):
            return cells
        return (*cells, ("@ptr", row.event.pointer))

    def _shown_columns(self) -> Sequence[str]:
        if self._displayed is not None:
            return self._displayed
        return list(dict.fromkeys([*(self._columns or _DEFAULT_COLUMNS), *self._made]))

    def _step(self, command: Command, rows: Iterable[Row]) -> Iterable[Row]:  # noqa: C901, PLR0911 — a case a command
        match command:
            case Fields(columns=columns):
                self._columns += [column.name for column in columns]
                return _with(rows, self._evaluations(columns))
            case Display(columns=columns):
                self._displayed = [column.name for column in columns]
                return _with(rows, self._evaluations(columns))
            case Filter(condition=condition):
                holds = self._compiler.condition(condition)
                return (row for row in rows if holds(row))
            case ParseGlob():
                self._made += command.names
                return _parsed(
                    rows, command.source.name, insights_patterns.glob(command.glob.value).search, command.names
                )
            case ParseRegex():
                pattern = insights_patterns.regex(command.pattern.source)
                names = command.names or tuple(pattern.groupindex)
                groups = range(1, len(names) + 1) if command.names else tuple(pattern.groupindex.values())
                self._made += names
                return _parsed(rows, command.source.name, pattern.search, names, tuple(groups))
            case Stats():
                return self._stats(command, rows)
            case Sort(keys=keys):
                return _sorted(rows, [(self._compiler.value(key.expression), key.descending) for key in keys])
            case Limit(count=count):
                return [_light(row) for row in rows][: int(count)]
            case Unnest(items=items, name=name):
                return _unnested(rows, self._compiler.value(items), name)
            case Dedup(fields=fields):
                return _first_of_each(rows, [field.name for field in fields])

    def _evaluations(self, columns: Iterable[Column]) -> list[tuple[str, Evaluation]]:
        """Of the columns whose values are not there already, under the column's name."""
        return [
            (column.name, self._compiler.value(column.expression))
            for column in columns
            if not (isinstance(column.expression, FieldName) and column.expression.name == column.name)
            and self._compiler.columns.get(column.expression) != column.name
        ]

    def _stats(self, command: Stats, rows: Iterable[Row]) -> Iterable[Row]:
        keys = [self._compiler.value(key.expression) for key in command.keys]
        calls = _aggregations(command)
        sampled = [self._compiler.value(call.arguments[0]) if call.arguments else _one for call in calls]
        groups: dict[tuple[object, ...], tuple[tuple[Value, ...], list[list[Sample]]]] = {}
        for row in rows:
            key = tuple(evaluate(row) for evaluate in keys)
            identity = tuple(map(_identity, key))
            if identity not in groups:
                groups[identity] = (key, [[] for _ in calls])
            timestamp_ms = 0 if row.event is None else row.event.timestamp_ms
            for evaluate, samples in zip(sampled, groups[identity][1], strict=True):
                value = evaluate(row)
                if value is not None:
                    samples.append((timestamp_ms, value))
        self._compiler.columns = {}
        computed = [(column.name, self._compiler.value(column.expression)) for column in command.columns]
        names = [key.name for key in command.keys]
        self._columns = [*names, *(column.name for column in command.columns)]
        self._made, self._displayed = [], None
        self._compiler.columns = {column.expression: column.name for column in (*command.keys, *command.columns)}
        return [_group(names, key, zip(calls, samples, strict=True), computed) for key, samples in groups.values()]


def _aggregations(command: Stats) -> list[Call]:
    found = (call for column in command.columns for call in calls_in(column.expression) if call.function in AGGREGATES)
    return list(dict.fromkeys(found))


def _light(row: Row) -> Row:
    row.forget()
    return row


def _part(place: int) -> Callable[[tuple[list[tuple[Any, ...]], Row]], tuple[Any, ...]]:
    return lambda keyed: keyed[0][place]


def _sorted(rows: Iterable[Row], keys: Sequence[tuple[Evaluation, bool]]) -> list[Row]:
    keyed = [([sort_key(evaluate(row)) for evaluate, _ in keys], _light(row)) for row in rows]
    for place in reversed(range(len(keys))):
        keyed.sort(key=_part(place), reverse=keys[place][1])
    return [row for _, row in keyed]


def _one(_row: Row) -> Value:
    return 1


def _identity(value: Value) -> object:
    """What is the same for equal values, and can be a key."""
    return shown(value) if isinstance(value, dict | list) else value


def _group(
    names: Sequence[str],
    key: Sequence[Value],
    samples: Iterable[tuple[Call, list[Sample]]],
    computed: Iterable[tuple[str, Evaluation]],
) -> Row:
    row = Row(None)
    row.values.update(zip(names, key, strict=True))
    for call, of_call in samples:
        parameters = [argument.value for argument in call.arguments[1:] if isinstance(argument, Number)]
        row.values[call] = AGGREGATES[call.function].of(of_call, *parameters)
    for name, evaluate in computed:
        row.values[name] = evaluate(row)
    return row


def _with(rows: Iterable[Row], evaluations: Sequence[tuple[str, Evaluation]]) -> Iterable[Row]:
    if not evaluations:
        return rows

    def evaluated() -> Iterator[Row]:
        for row in rows:
            row.values.update([(name, evaluate(row)) for name, evaluate in evaluations])
            yield row

    return evaluated()


def _parsed(
    rows: Iterable[Row],
    source: str,
    search: Callable[[str], re.Match[str] | None],
    names: Sequence[str],
    groups: Sequence[int] = (),
) -> Iterator[Row]:
    chosen = tuple(groups) or tuple(range(1, len(names) + 1))
    for row in rows:
        text = string(row.get(source))
        found = None if text is None else search(text)
        for name, group in zip(names, chosen, strict=True):
            row.values[name] = found[group] if found else None
        yield row


def _unnested(rows: Iterable[Row], evaluate: Evaluation, name: str) -> Iterator[Row]:
    """What is no list is its own only item; what is missing has none."""
    for row in rows:
        found = evaluate(row)
        items = found if isinstance(found, list) else [] if found is None else [found]
        for item in items:
            yield row.copy_with(name, structured(item))


def _first_of_each(rows: Iterable[Row], names: Sequence[str]) -> list[Row]:
    seen: set[tuple[object, ...]] = set()
    kept: list[Row] = []
    for row in rows:
        identity = tuple(_identity(row.get(name)) for name in names)
        row.forget()
        if None in identity or identity not in seen:
            seen.add(identity)
            kept.append(row)
    return kept
