"""What the saved queries should answer, counted from log events in plain Python.

Nothing here knows Logs Insights: a function for each query, written from what the query is for, over the events as
`filter-log-events` returns them.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

_INITIALISATION: Final = re.compile(r"^REPORT .*\bInit Duration: ([\d.]+) ms")
_SHOWN_DIGITS: Final = 4
_MINUTE_MS: Final = 60_000


@dataclass(frozen=True)
class RawEvent:
    """`function` is the one whose log group it was in; `line` is a handler's own, None where the platform wrote."""

    function: str
    timestamp_ms: int
    message: str
    line: Mapping[str, Any] | None

    @classmethod
    def read(cls, function: str, event: Mapping[str, Any]) -> "RawEvent":
        message = event["message"]
        return cls(function, event["timestamp"], message, json.loads(message) if message.startswith("{") else None)


@dataclass(frozen=True)
class Percentile:
    """Any of the values that may be called the percentile: as many are not above it, and not more are below it.

    AWS does not say how `pct` chooses, and approximates over many values.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html
    """

    values: Sequence[float]
    percent: float

    def is_shown_by(self, number: float) -> bool:
        share = self.percent / 100 * len(self.values)
        not_above = sum(value <= number + 0.001 for value in self.values)
        below = sum(value < number - 0.001 for value in self.values)
        return min(self.values) <= number <= max(self.values) and below <= share <= not_above


@dataclass(frozen=True)
class Number:
    value: float

    def is_shown_by(self, number: float) -> bool:
        return abs(self.value - number) <= 10**-_SHOWN_DIGITS


Row = dict[str, str | Number | Percentile]
"""A row's texts are what it is told from the others by. What has no value is left out."""


def _row(texts: Mapping[str, str], numbers: Mapping[str, float | None], **percentiles: Percentile) -> Row:
    return {
        **texts,
        **{name: Number(value) for name, value in numbers.items() if value is not None},
        **{name: percentile for name, percentile in percentiles.items() if percentile.values},
    }


def _lines(events: Iterable[RawEvent], *tokens: str) -> Iterable[tuple[RawEvent, Mapping[str, Any]]]:
    """By the sentence at the head of a line, for the queries go by its fields."""
    heads = tuple(f"[{token}]" for token in tokens)
    return ((event, event.line) for event in events if event.line and event.line["message"].startswith(heads))


def _window(event: RawEvent, minutes: int) -> str:
    length_ms = minutes * _MINUTE_MS
    begin = datetime.fromtimestamp(event.timestamp_ms // length_ms * length_ms / 1000, UTC)
    return begin.strftime("%Y-%m-%d %H:%M:%S.000")


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def shadow_diffs_by_minute(events: Sequence[RawEvent]) -> list[Row]:
    verdicts: dict[str, list[bool]] = defaultdict(list)
    for event, line in _lines(events, "SHADOW-DIFF"):
        verdicts[_window(event, 1)].append(bool(line["diffs"]))
    return [
        _row(
            {"minute": minute},
            {
                "comparisons": len(differ),
                "mismatches": sum(differ),
                "mismatchPercent": 100 * sum(differ) / len(differ),
            },
        )
        for minute, differ in verdicts.items()
    ]


def error_rate_by_minute(events: Sequence[RawEvent]) -> list[Row]:
    failed: dict[str, list[bool]] = defaultdict(list)
    for event, line in _lines(events, "MOCK-SUCCESS", "CANARY-SUCCESS", "CANARY-ERROR"):
        failed[_window(event, 1)].append("code" in line)
    return [
        _row(
            {"minute": minute},
            {"reads": len(reads), "errors": sum(reads), "errorPercent": 100 * sum(reads) / len(reads)},
        )
        for minute, reads in failed.items()
    ]


def latency_by_path(events: Sequence[RawEvent]) -> list[Row]:
    waits: dict[tuple[str, str], list[float]] = defaultdict(list)
    for path, token in (("mock", "MOCK-SUCCESS"), ("prisma", "CANARY-SUCCESS")):
        for event, line in _lines(events, token):
            waits[path, _window(event, 5)].append(line["duration"])
    return [
        _row(
            {"path": path, "window": window},
            {"reads": len(waited), "avgMs": _mean(waited)},
            p50Ms=Percentile(waited, 50),
            p95Ms=Percentile(waited, 95),
            p99Ms=Percentile(waited, 99),
        )
        for (path, window), waited in waits.items()
    ]


def canary_success_rate(events: Sequence[RawEvent]) -> list[Row]:
    successes = len(list(_lines(events, "CANARY-SUCCESS")))
    errors = len(list(_lines(events, "CANARY-ERROR")))
    reads = successes + errors
    numbers = {"reads": reads, "errors": errors, "successes": successes, "successPercent": 100 * successes / reads}
    return [_row({}, numbers)]


def mock_against_canary_latency(events: Sequence[RawEvent]) -> list[Row]:
    """Without `p95Ratio`, which is held against the percentiles beside it."""
    by_window: dict[str, dict[str, list[float]]] = defaultdict(lambda: {"mock": [], "prisma": []})
    for path, token in (("mock", "MOCK-SUCCESS"), ("prisma", "CANARY-SUCCESS")):
        for event, line in _lines(events, token):
            by_window[_window(event, 5)][path].append(line["duration"])
    return [
        _row(
            {"window": window},
            {
                "mockReads": len(waited["mock"]),
                "prismaReads": len(waited["prisma"]),
                "mockAvgMs": _mean(waited["mock"]),
                "prismaAvgMs": _mean(waited["prisma"]),
            },
            mockP95Ms=Percentile(waited["mock"], 95),
            prismaP95Ms=Percentile(waited["prisma"], 95),
        )
        for window, waited in by_window.items()
    ]


def cold_starts_by_function(events: Sequence[RawEvent]) -> list[Row]:
    rows = []
    for function, tokens in (
        ("mock-read", ("MOCK-SUCCESS", "CANARY-SUCCESS", "CANARY-ERROR")),
        ("prisma-read", ("PRISMA-READ", "PRISMA-ERROR")),
    ):
        own = [event for event in events if event.function.endswith(function)]
        reads = [line for _, line in _lines(own, *tokens) if line["requestId"]]
        timed = [line for line in reads if "duration" in line]
        cold = [line["duration"] for line in timed if line["coldStart"]]
        started = [float(found[1]) for event in own if (found := _INITIALISATION.match(event.message))]
        numbers = {
            "reads": len(reads),
            "coldStarts": sum(line["coldStart"] for line in reads),
            "avgColdMs": _mean(cold),
            "avgWarmMs": _mean([line["duration"] for line in timed if not line["coldStart"]]),
            "maxColdMs": max(cold, default=None),
            "initialisations": len(started),
            "avgInitMs": _mean(started),
        }
        rows += [_row({"functionName": event.function}, numbers) for event in own[:1]]
    return rows


def fallbacks_by_code(events: Sequence[RawEvent]) -> list[Row]:
    by_code: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for _, line in _lines(events, "CANARY-ERROR"):
        by_code[line["code"]].append(line)
    return [
        _row(
            {"code": code},
            {
                "fallbacks": len(lines),
                "users": len({line["userId"] for line in lines}),
                "avgMs": _mean([line["duration"] for line in lines]),
            },
            p95Ms=Percentile([line["duration"] for line in lines], 95),
        )
        for code, lines in by_code.items()
    ]


def most_mismatching_fields(events: Sequence[RawEvent]) -> list[Row]:
    differences: Counter[tuple[str, str]] = Counter()
    users: dict[tuple[str, str], set[str]] = defaultdict(set)
    for _, line in _lines(events, "SHADOW-DIFF"):
        for difference in line["diffs"]:
            field = difference["path"], difference["kind"]
            differences[field] += 1
            users[field].add(line["userId"])
    return [
        _row({"fieldPath": path, "kind": kind}, {"differences": count, "users": len(users[path, kind])})
        for (path, kind), count in differences.items()
    ]


COUNTED: Final[Mapping[str, Callable[[Sequence[RawEvent]], list[Row]]]] = {
    "01-shadow-diffs-by-minute": shadow_diffs_by_minute,
    "02-error-rate-by-minute": error_rate_by_minute,
    "03-latency-by-path": latency_by_path,
    "04-canary-success-rate": canary_success_rate,
    "05-mock-against-canary-latency": mock_against_canary_latency,
    "06-cold-starts-by-function": cold_starts_by_function,
    "07-fallbacks-by-code": fallbacks_by_code,
    "08-most-mismatching-fields": most_mismatching_fields,
}
"""By the name of a query's file."""
