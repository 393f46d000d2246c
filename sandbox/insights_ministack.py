# ruff: noqa: SLF001  # MiniStack offers no other way in, and this is the one file of this part that goes there.
"""The log events that MiniStack holds, to Logs Insights; a contract test names each part that is used."""

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from ministack.services import cloudwatch_logs

from sandbox.insights_events import Event
from sandbox.ministack_internals import account_id


def install() -> None:
    """Give every stored event an id, as AWS does; MiniStack forgets it for functions' lines. Call it once a process."""
    store = cloudwatch_logs._append_log_events

    def store_with_ids(stream: Any, events: Sequence[dict[str, Any]]) -> None:
        store(stream, [event if event.get("eventId") else {**event, "eventId": uuid4().hex} for event in events])

    cloudwatch_logs._append_log_events = store_with_ids


def has_group(name: str) -> bool:
    """Whether the account and region at hand have the log group."""
    return name in cloudwatch_logs._log_groups


@dataclass(frozen=True)
class HeldEvents:
    """What a log stream held at one moment, as MiniStack stores it, oldest first."""

    log: str
    stream_name: str
    stored: Sequence[Any]

    def newest_first(self) -> Iterator[Event]:
        return (_event(stored, self.log, self.stream_name) for stored in reversed(self.stored))


def held_events(group_name: str, start_ms: int, end_ms: int) -> list[HeldEvents]:
    """What a log group of the account and region at hand holds now, from `start_ms` to `end_ms`, both included."""
    log = f"{account_id()}:{group_name}"
    held: list[HeldEvents] = []
    with cloudwatch_logs._log_events_lock:
        for stream_name, stream in cloudwatch_logs._log_groups[group_name]["streams"].items():
            history = stream["events"]
            first = bisect_left(history, start_ms, key=_timestamp)
            last = bisect_right(history, end_ms, key=_timestamp)
            held.append(HeldEvents(log, stream_name, history[first:last]))
    return held


def newest_first(held: Iterable[HeldEvents]) -> Iterator[Event]:
    """The events of all streams, each made as it is asked for."""
    streams = [events.newest_first() for events in held]
    return heapq.merge(*streams, key=lambda event: event.timestamp_ms, reverse=True)


def find_event(pointer: str) -> Event | None:
    """The event of the account and region at hand that has this id."""
    for group_name, stream_name, stored in _stored():
        if stored.get("eventId") == pointer:
            return _event(stored, f"{account_id()}:{group_name}", stream_name)
    return None


def _stored() -> Iterator[tuple[str, str, Any]]:
    for group_name, group in list(cloudwatch_logs._log_groups.items()):
        for stream_name, stream in list(group["streams"].items()):
            for stored in list(stream["events"]):
                yield group_name, stream_name, stored


def _timestamp(stored: Any) -> int:
    return int(stored["timestamp"])


def _event(stored: Any, log: str, stream_name: str) -> Event:
    timestamp_ms = stored["timestamp"]
    return Event(
        timestamp_ms,
        stored.get("ingestionTime", timestamp_ms),
        stored.get("message", ""),
        log,
        stream_name,
        stored.get("eventId", ""),
    )
