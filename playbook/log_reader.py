"""The account's log groups, read in the order of time and, again and again, only what is new."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeVar

from playbook.live_state import NotDeployedError
from playbook.recent_ids import RecentIds

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

# "It might take 5 to 10 minutes for logs to show up after a function invocation", so a line may appear behind others.
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html
LATEST_MS: Final = 10 * 60 * 1000

# In every line of ours, and in none of those that Lambda itself writes around an invocation: they are three in five.
# A quoted term of a pattern is found as it stands, and an empty pattern finds everything.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
OUR_LINES: Final = '"CloudWatchMetrics"'
EVERY_LINE: Final = ""


Page = TypeVar("Page")


class LogEvent(NamedTuple):
    """One line. `time_ms` is epoch milliseconds, the event's own time."""

    time_ms: int
    event_id: str
    message: str


class Logs(Protocol):
    """`AccountLogs` is the real one."""

    def events(self, log_group: str, start_ms: int, end_ms: int) -> Iterator[LogEvent]:
        """The lines from `start_ms` to `end_ms`, both included, the oldest first."""


class AccountLogs:
    """CloudWatch Logs, and of them the lines of a pattern.

    Raises NotDeployedError for a log group that is not there, and botocore's errors.
    """

    def __init__(self, client: "CloudWatchLogsClient", pattern: str = OUR_LINES) -> None:
        self._client = client
        self._pattern = pattern

    def events(self, log_group: str, start_ms: int, end_ms: int) -> Iterator[LogEvent]:
        pages = self._client.get_paginator("filter_log_events").paginate(
            logGroupName=log_group, startTime=start_ms, endTime=end_ms, filterPattern=self._pattern
        )
        try:
            for page in _one_ahead(iter(pages)):
                for event in page["events"]:
                    yield LogEvent(event["timestamp"], event["eventId"], event["message"])
        except self._client.exceptions.ResourceNotFoundException as error:
            raise NotDeployedError(f"there is no log group {log_group}; deploy the stacks first") from error


class FollowedGroup:
    """One log group from a moment on. Each look reads what came since the last one, and a little before it."""

    def __init__(self, logs: Logs, log_group: str, since_ms: int) -> None:
        self.log_group: Final = log_group
        self.lines = 0
        self._logs = logs
        self._since_ms = since_ms
        self._last_ms = since_ms
        self._seen = RecentIds(LATEST_MS)

    def new_events(self, until_ms: int) -> Iterator[LogEvent]:
        """The lines up to `until_ms` that no earlier look has given, the oldest first."""
        start_ms = max(self._since_ms, self._last_ms - LATEST_MS)
        for event in self._logs.events(self.log_group, start_ms, until_ms):
            if self._seen.is_new(event.event_id, event.time_ms):
                self.lines += 1
                self._last_ms = max(self._last_ms, event.time_ms)
                yield event


def _one_ahead(pages: Iterator[Page]) -> Iterator[Page]:
    """The same pages; while one is worked on the next is fetched."""
    with ThreadPoolExecutor(1, thread_name_prefix="log-page") as pool:
        ahead = pool.submit(next, pages, None)
        while (page := ahead.result()) is not None:
            ahead = pool.submit(next, pages, None)
            yield page
