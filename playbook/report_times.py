"""Time as an axis: minutes since its beginning, with ticks at times that people say.

A ramp soaks for days, and in a rehearsal nothing is read meanwhile. Where a plot is about reads, such idle time is cut
out of it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from typing import Final

from playbook.report_plots import Axis

_MOST_TICKS: Final = 8
_MOST_NARROW_TICKS: Final = 4
_MINUTES_A_DAY: Final = 24 * 60
_USUAL_MINUTES: Final = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, _MINUTES_A_DAY, 2 * _MINUTES_A_DAY)
_MINUTE: Final = timedelta(minutes=1)
_IDLE: Final = timedelta(minutes=30)
# Of the whole, what stands for idle time.
_CUT_SHARE: Final = 0.02


@dataclass(frozen=True)
class TimeAxis:
    """Stretches of time in their order, each from a start to a later end, with a cut between every two of them."""

    stretches: tuple[tuple[datetime, datetime], ...]

    def place(self, at: datetime) -> float:
        """Minutes from the left; what lies outside or in a cut is moved to the edge before it, or to the first."""
        number = self._stretch_of(at)
        start, end = self.stretches[number]
        return self._offsets[number] + (min(max(at, start), end) - start) / _MINUTE

    @property
    def start(self) -> datetime:
        return self.stretches[0][0]

    @property
    def minutes(self) -> float:
        """The length of all of it, the cuts included."""
        return self.place(self.stretches[-1][1])

    @property
    def cuts(self) -> Sequence[float]:
        """Where time goes on after one."""
        return self._offsets[1:]

    def axis(self) -> Axis:
        ticks = self._ticks if len(self.stretches) == 1 else self._starts
        return Axis(low=0, high=self.minutes, ticks=ticks(_MOST_TICKS), narrow_ticks=ticks(_MOST_NARROW_TICKS))

    def usual_minutes(self, most: int) -> float:
        """The smallest usual time of which there are at most so many in all."""
        usual = next((minutes for minutes in _USUAL_MINUTES if self.minutes // minutes < most), None)
        return usual or -(-self.minutes // (_MINUTES_A_DAY * most)) * _MINUTES_A_DAY

    def part(self, at: datetime, minutes: float) -> tuple[int, float]:
        """Which one of the parts of such a length a moment falls into; no part goes over a cut."""
        number = self._stretch_of(at)
        return number, (self.place(at) - self._offsets[number]) // minutes

    @property
    def _offsets(self) -> Sequence[float]:
        lengths = [(end - start) / _MINUTE for start, end in self.stretches]
        cut = _CUT_SHARE * sum(lengths)
        return list(accumulate((length + cut for length in lengths[:-1]), initial=0.0))

    def _stretch_of(self, at: datetime) -> int:
        return max((number for number, (start, _) in enumerate(self.stretches) if start <= at), default=0)

    def _ticks(self, most: int) -> Sequence[tuple[float, str]]:
        step = self.usual_minutes(most)
        at = _rounded_up(self.start, step)
        ticks = []
        while at <= self.stretches[-1][1]:
            ticks.append((self.place(at), f"{at:%H:%M}" if at.hour or at.minute else f"{at:%-d %b}"))
            at += timedelta(minutes=step)
        return ticks

    def _starts(self, most: int) -> Sequence[tuple[float, str]]:
        """The begins of the stretches, but for those too close to the one before."""
        ticks: list[tuple[float, str]] = []
        days = [None, *(start.date() for start, _ in self.stretches)]
        for place, (start, _), day_before in zip(self._offsets, self.stretches, days, strict=False):
            label = f"{start:%H:%M}" if start.date() == day_before else f"{start:%-d %b %H:%M}"
            if not ticks or place - ticks[-1][0] > self.minutes / most:
                ticks.append((place, label))
        return ticks


def time_axis(moments: Iterable[datetime]) -> TimeAxis:
    """From the first to the last of them, and at least a minute."""
    ordered = sorted(moments)
    return TimeAxis(((ordered[0], max(ordered[-1], ordered[0] + _MINUTE)),))


def busy_time_axis(moments: Iterable[datetime]) -> TimeAxis:
    """The same, without what is idle for longer than half an hour."""
    return TimeAxis(tuple(_busy(sorted(moments))))


def _busy(ordered: Sequence[datetime]) -> Iterator[tuple[datetime, datetime]]:
    start = ordered[0]
    for before, after in pairwise(ordered):
        if after - before > _IDLE:
            yield start, max(before, start + _MINUTE)
            start = after
    yield start, max(ordered[-1], start + _MINUTE)


def _rounded_up(at: datetime, step_minutes: float) -> datetime:
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    step = timedelta(minutes=step_minutes)
    return midnight + -((midnight - at) // step) * step
