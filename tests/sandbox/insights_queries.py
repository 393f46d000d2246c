"""Runs Logs Insights queries over lines of a test, without a server."""

from collections.abc import Iterable

from sandbox.insights_checks import check
from sandbox.insights_events import Event
from sandbox.insights_expressions import Window
from sandbox.insights_query import MalformedQueryError, Query
from sandbox.insights_run import Result, run
from sandbox.insights_syntax import parse

START_MS = 1_700_000_000_000
"""2023-11-14 22:13:20.000, when the first line of a test is logged."""

WINDOW = Window(start_ms=START_MS, end_ms=START_MS + 3_600_000, now_ms=START_MS + 7_200_000)


def compiled(text: str) -> Query:
    """Raises `MalformedQueryError`."""
    query = parse(text)
    check(query, text)
    return query


def events(
    *lines: str, log: str = "123456789012:app", every_ms: int = 1000, stream: str = "stream", start_ms: int = START_MS
) -> list[Event]:
    """One event a line, in the order of their times."""
    return [
        Event(start_ms + every_ms * place, start_ms + every_ms * place, line, log, stream, f"{stream}-{place}")
        for place, line in enumerate(lines)
    ]


def result(text: str, logged: Iterable[Event], limit: int | None = None) -> Result:
    newest_first = sorted(logged, key=lambda event: event.timestamp_ms, reverse=True)
    return run(compiled(text), newest_first, WINDOW, limit=limit)


def answers(text: str, logged: Iterable[Event], limit: int | None = None) -> list[dict[str, str]]:
    """The rows of the answer, without `@ptr`."""
    rows = result(text, logged, limit).rows
    return [{name: value for name, value in row if name != "@ptr"} for row in rows]


def computed(expression: str, line: str = "{}") -> str | None:
    """What an expression is for one event, as the answer shows it."""
    return answers(f"fields {expression} as x", events(line))[0].get("x")


def refusal(text: str) -> MalformedQueryError:
    try:
        compiled(text)
    except MalformedQueryError as error:
        return error
    raise AssertionError(f"not refused: {text}")
