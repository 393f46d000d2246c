"""Since when no read has gone to Prisma any more, from what mock-read itself logged."""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import click

from playbook.log_reader import AccountLogs
from shared.names import LogToken

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

# mock-read keeps a flag for a second, and its lines take some to be found.
_CACHE_AND_LOG: Final = timedelta(seconds=1 + 10)
_LIMIT: Final = timedelta(minutes=5)
_LOOK_SECONDS: Final = 1.0
# The head of their `message`.
_CANARY_LINES: Final = '"[CANARY-"'
_READS: Final = frozenset({LogToken.CANARY_SUCCESS, LogToken.CANARY_ERROR})


class StillServingError(click.ClickException):
    """Reads go to Prisma although the kill switch is set."""


@dataclass(frozen=True, kw_only=True)
class SafeSince:
    """The kill switch was set at `switched_at`; after the last read that went to Prisma, if any did, all were safe."""

    switched_at: datetime
    last_prisma_read_at: datetime | None

    @property
    def at(self) -> datetime:
        return max(self.switched_at, self.last_prisma_read_at or self.switched_at)


def wait_until_safe(
    switched_at: datetime,
    *,
    poll_interval: timedelta,
    prisma_reads: Callable[[datetime, datetime], Iterable[datetime]],
    now: Callable[[], datetime],
    on_wait: Callable[[datetime], None],
    sleep: Callable[[float], None] = time.sleep,
) -> SafeSince:
    """Wait until every function has asked for the switch again, and no read has gone to Prisma for as long since.

    `poll_interval` is how stale a function's flag may be. `prisma_reads` gives the times of the reads that were sent to
    Prisma between two times, `now` is the account's time, and `on_wait` is told when to expect the end. Raises
    StillServingError after some minutes.
    """
    settles = poll_interval + _CACHE_AND_LOG
    gives_up = max(now(), switched_at + settles) + _LIMIT
    while True:
        at = now()
        last = max(prisma_reads(switched_at, at), default=None)
        quiet_at = (last or switched_at) + settles
        if at >= quiet_at:
            return SafeSince(switched_at=switched_at, last_prisma_read_at=last)
        if at > gives_up:
            raise StillServingError(
                f"reads still go to Prisma, the last at {last:%H:%M:%S} UTC, though the kill switch has been set since "
                f"{switched_at:%H:%M:%S} UTC. Take Prisma away: docs/PLAYBOOK.md#rollback"
            )
        on_wait(quiet_at)
        sleep(_LOOK_SECONDS)


def logged_prisma_reads(
    client: "CloudWatchLogsClient", log_group: str, since: datetime, until: datetime
) -> list[datetime]:
    """When reads were sent to Prisma. Raises NotDeployedError and botocore's errors."""
    events = AccountLogs(client, _CANARY_LINES).events(log_group, _ms(since), _ms(until))
    return [
        datetime.fromtimestamp(event.time_ms / 1000, UTC)
        for event in events
        if json.loads(event.message).get("event") in _READS
    ]


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
