"""What the functions themselves wrote about their reads."""

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
    """Counts over one log group: reads served by (version, path), and failures by token and code."""

    served: Counter[tuple[str, str]]
    failures: Counter[str]
    durations_ms: tuple[float, ...]


def read_log(client: "CloudWatchLogsClient", log_group: str) -> ReadLog:
    """Count every line of ours in the group; lines of the Lambda platform are passed over."""
    served: Counter[tuple[str, str]] = Counter()
    failures: Counter[str] = Counter()
    durations_ms: list[float] = []
    for line in _our_lines(client, log_group):
        if "code" in line:
            failures[f"[{line['event']}] {line['code']}"] += 1
        if line["event"] in _SERVED:
            served[line["version"], line["path"]] += 1
            durations_ms.append(line["duration"])
    return ReadLog(served=served, failures=failures, durations_ms=tuple(durations_ms))


def _our_lines(client: "CloudWatchLogsClient", log_group: str) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator("filter_log_events").paginate(logGroupName=log_group):
        for event in page["events"]:
            if event["message"].startswith("{"):
                yield json.loads(event["message"])
