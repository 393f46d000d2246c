"""Since when reads are safe, by the lines of mock-read's own log."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from playbook.safe_reads import SafeSince, StillServingError, wait_until_safe

SWITCHED = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
POLL = timedelta(seconds=15)


@dataclass
class Reads:
    """Reads that went to Prisma, in seconds after the switch; time passes where it is waited for."""

    seconds: list[float] = field(default_factory=list)
    now: datetime = SWITCHED
    told: list[datetime] = field(default_factory=list)

    def wait(self) -> SafeSince:
        return wait_until_safe(
            SWITCHED,
            poll_interval=POLL,
            prisma_reads=lambda since, until: [at for at in self._times if since <= at <= until],
            now=lambda: self.now,
            on_wait=self.told.append,
            sleep=self._sleep,
        )

    @property
    def _times(self) -> list[datetime]:
        return [SWITCHED + timedelta(seconds=second) for second in self.seconds]

    def _sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def test_without_a_read_on_prisma_it_is_safe_since_the_switch_and_known_after_a_poll() -> None:
    reads = Reads()
    assert reads.wait() == SafeSince(switched_at=SWITCHED, last_prisma_read_at=None)
    assert reads.now >= SWITCHED + POLL


def test_the_last_read_of_a_function_that_had_not_asked_again_is_when_it_became_safe() -> None:
    reads = Reads([2, 9, 14.5])
    assert reads.wait().at == SWITCHED + timedelta(seconds=14.5)
    assert reads.now >= SWITCHED + timedelta(seconds=14.5) + POLL


def test_said_again_later_it_is_known_at_once() -> None:
    reads = Reads([9], now=SWITCHED + timedelta(hours=1))
    assert reads.wait().at == SWITCHED + timedelta(seconds=9)
    assert reads.told == []


def test_reads_that_go_on_are_no_safety() -> None:
    reads = Reads([second * 5.0 for second in range(200)])
    with pytest.raises(StillServingError, match="reads still go to Prisma, the last at 15:05"):
        reads.wait()


def test_whoever_waits_is_told_until_when() -> None:
    reads = Reads([3])
    reads.wait()
    assert reads.told[-1] == SWITCHED + timedelta(seconds=3) + POLL + timedelta(seconds=11)
