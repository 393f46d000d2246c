"""Log events of one stream that go to one function together, and the document in which they travel. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/services-cloudwatchlogs.html
"""

import base64
import gzip
import json
from dataclasses import dataclass
from typing import Any, Final

MAX_BATCH_BYTES: Final = 256 * 1024
"""Of the messages as they were written. What is sent is compressed, and so smaller than Lambda takes."""


@dataclass(frozen=True)
class LogEvent:
    """`event_id` stays the same however often the event is delivered."""

    event_id: str
    timestamp_ms: int
    message: str


@dataclass(frozen=True)
class Subscription:
    """One log stream's events on their way through one filter."""

    account_id: str
    region: str
    log_group: str
    log_stream: str
    filter_name: str
    destination_arn: str


@dataclass(frozen=True)
class Batch:
    subscription: Subscription
    events: tuple[LogEvent, ...]

    def lambda_event(self) -> dict[str, Any]:
        """Return the event with which CloudWatch Logs invokes the function."""
        document = {
            "messageType": "DATA_MESSAGE",
            "owner": self.subscription.account_id,
            "logGroup": self.subscription.log_group,
            "logStream": self.subscription.log_stream,
            "subscriptionFilters": [self.subscription.filter_name],
            "logEvents": [
                {"id": event.event_id, "timestamp": event.timestamp_ms, "message": event.message}
                for event in self.events
            ],
        }
        packed = gzip.compress(json.dumps(document).encode(), compresslevel=6, mtime=0)
        return {"awslogs": {"data": base64.b64encode(packed).decode()}}


@dataclass
class _Gathering:
    events: list[LogEvent]
    size_bytes: int
    due: float


class Batches:
    """Gathers events by subscription. Times are seconds of any one clock."""

    def __init__(self) -> None:
        self._gathering: dict[Subscription, _Gathering] = {}

    def add(
        self, subscription: Subscription, event: LogEvent, *, now: float, batch_s: float, batch_events: int
    ) -> list[Batch]:
        """Put an event in; return the batches which that completes.

        A batch is complete when it holds `batch_events`, or when the next event would not fit into it. Otherwise
        it is due `batch_s` after its first event.
        """
        size = len(event.message.encode())
        completed = []
        gathering = self._gathering.get(subscription)
        if gathering and gathering.size_bytes + size > MAX_BATCH_BYTES:
            completed.append(self._take(subscription))
            gathering = None
        if gathering is None:
            gathering = self._gathering[subscription] = _Gathering([], 0, now + batch_s)
        gathering.events.append(event)
        gathering.size_bytes += size
        if len(gathering.events) >= batch_events:
            completed.append(self._take(subscription))
        return completed

    def take_due(self, now: float) -> list[Batch]:
        return [self._take(key) for key, gathering in list(self._gathering.items()) if gathering.due <= now]

    def next_due(self) -> float | None:
        return min((gathering.due for gathering in self._gathering.values()), default=None)

    def _take(self, subscription: Subscription) -> Batch:
        return Batch(subscription, tuple(self._gathering.pop(subscription).events))
