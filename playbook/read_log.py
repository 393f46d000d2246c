"""What the functions themselves wrote about their reads and comparisons."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.names import LogToken

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

_SERVED = {LogToken.MOCK_SUCCESS, LogToken.CANARY_SUCCESS, LogToken.CANARY_ERROR}


@dataclass(frozen=True)
class ReadLog:
    """Counts over mock-read's log: reads and their durations by (version, path), failures by token and code."""

    served: Counter[tuple[str, str]]
    failures: Counter[str]
    durations_ms: tuple[tuple[tuple[str, str], float], ...]
    shadow_requests: frozenset[str]

    def served_by(self, path: str) -> int:
        return sum(count for (_, served_path), count in self.served.items() if served_path == path)


@dataclass(frozen=True)
class ShadowLog:
    """Counts over the comparator's log. A read counts once, however often its line was delivered."""

    compared: frozenset[str]
    mismatching: frozenset[str]
    differences: Counter[str]
    failures: Counter[str]

    def coverage(self, requests: frozenset[str]) -> float:
        """Share of the sampled reads that were compared, 0 to 1; 1 where none was sampled."""
        return len(self.compared & requests) / len(requests) if requests else 1.0


def read_log(client: "CloudWatchLogsClient", log_group: str, *, start_ms: int = 0) -> ReadLog:
    """Count every line of ours from `start_ms` on (epoch milliseconds); the Lambda platform's are passed over."""
    served: Counter[tuple[str, str]] = Counter()
    failures: Counter[str] = Counter()
    durations_ms: list[tuple[tuple[str, str], float]] = []
    shadow_requests: set[str] = set()
    for line in log_lines(client, log_group, start_ms):
        if line["event"] == LogToken.SHADOW_REQUEST:
            shadow_requests.add(line["requestId"])
            continue
        if "code" in line:
            failures[f"[{line['event']}] {line['code']}"] += 1
        if line["event"] in _SERVED:
            served[line["version"], line["path"]] += 1
            durations_ms.append(((line["version"], line["path"]), line["duration"]))
    return ReadLog(
        served=served,
        failures=failures,
        durations_ms=tuple(durations_ms),
        shadow_requests=frozenset(shadow_requests),
    )


def shadow_log(client: "CloudWatchLogsClient", log_group: str, *, start_ms: int = 0) -> ShadowLog:
    """Count the comparisons logged from `start_ms` on (epoch milliseconds)."""
    compared: set[str] = set()
    mismatching: set[str] = set()
    differences: Counter[str] = Counter()
    failures: Counter[str] = Counter()
    for line in log_lines(client, log_group, start_ms):
        if line["event"] == LogToken.SHADOW_DIFF:
            if not line["match"] and line["requestId"] not in mismatching:
                mismatching.add(line["requestId"])
                differences.update(f"{difference['path']} {difference['kind']}" for difference in line["diffs"])
            compared.add(line["requestId"])
        elif line["event"] == LogToken.SHADOW_ERROR:
            failures[f"[{line['event']}] {line['code']}"] += 1
    return ShadowLog(
        compared=frozenset(compared),
        mismatching=frozenset(mismatching),
        differences=differences,
        failures=failures,
    )


def log_lines(client: "CloudWatchLogsClient", log_group: str, start_ms: int) -> Iterator[dict[str, Any]]:
    """Every line of ours from `start_ms` on (epoch milliseconds), parsed; the Lambda platform's are passed over."""
    pages = client.get_paginator("filter_log_events").paginate(logGroupName=log_group, startTime=start_ms)
    for page in pages:
        for event in page["events"]:
            if event["message"].startswith("{"):
                yield json.loads(event["message"])
