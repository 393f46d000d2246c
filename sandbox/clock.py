"""The sandbox's clock: playbook time, which may run faster than the wall's and may jump, but never passes it.

It begins as far in the past as it is told and runs at `factor` playbook seconds a second of the wall, until it has
caught up with the wall, with which it goes on. So a command that asks for "the last 30 minutes" by the machine's own
clock is right at the end of a rehearsal.

What the services stamp or wait for is playbook time: metrics, logs, alarms, deployments, polls. Durations that are
measured, and the time-outs of functions and connections, are the wall's.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_STEP_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.05
"""How late, on the wall's clock, a wait may notice that the clock was changed."""


@dataclass(frozen=True)
class Anchor:
    """The clock between two changes: `epoch_seconds` at `monotonic_seconds`, and on from there at `factor`."""

    monotonic_seconds: float
    epoch_seconds: float
    factor: float

    def at(self, monotonic_seconds: float) -> float:
        return self.epoch_seconds + (monotonic_seconds - self.monotonic_seconds) * self.factor


class Clock:
    """`wall` gives epoch seconds, `monotonic` seconds of any origin. Safe to use on several threads."""

    def __init__(
        self,
        *,
        behind_seconds: float = 0.0,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises ValueError for a clock that would begin ahead of the wall."""
        if not behind_seconds >= 0:
            raise ValueError(f"behind_seconds is {behind_seconds:g}; the clock cannot begin ahead of the wall's")
        self._wall = wall
        self._monotonic = monotonic
        self._anchor = Anchor(monotonic(), wall() - behind_seconds, 1.0)
        # A reading that an older, faster anchor gave must not follow one that a newer, slower one gave.
        self._reading = threading.Lock()
        self._changing = threading.Lock()
        self._listeners: list[Callable[[], None]] = []

    @property
    def factor(self) -> float:
        """Playbook seconds a second of the wall, as set; once the clock has caught up it runs at the wall's pace."""
        return self._anchor.factor

    @property
    def anchor(self) -> Anchor:
        return self._anchor

    def now(self) -> float:
        """Epoch seconds."""
        with self._reading:
            return min(self._anchor.at(self._monotonic()), self._wall())

    def behind_seconds(self) -> float:
        """How far the clock is behind the wall's."""
        now = self.now()
        return max(0.0, self._wall() - now)

    def run_at(self, factor: float) -> None:
        """Go on at another pace. Raises ValueError for a factor below 1."""
        if not factor >= 1:
            raise ValueError(f"factor is {factor:g}; playbook time runs at the wall's pace or faster")
        with self._changing:
            self._move(0.0, factor)
            self._tell()

    def jump(self, seconds: float) -> None:
        """Let idle time pass: a minute at a time, each of which every listener has seen before the next begins.

        Raises ValueError when the clock would go back or pass the wall's.
        """
        with self._changing:
            if not 0 <= seconds <= self.behind_seconds():
                raise ValueError(f"a jump of {seconds:g} s; from 0 to {self.behind_seconds():.0f} s are possible")
            while seconds > 0:
                step = min(seconds, _STEP_SECONDS)
                self._move(step, self._anchor.factor)
                seconds -= step
                self._tell()

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after each change, also between the minutes of a jump; returns what ends that.

        It is called in the thread that changes the clock, and must not change the clock itself.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def wall_seconds_until(self, epoch_seconds: float) -> float:
        """How long it takes, on the wall's clock, until this one shows that time, if it is not changed meanwhile."""
        anchor = self._anchor
        by_anchor = (epoch_seconds - anchor.at(self._monotonic())) / anchor.factor
        return max(0.0, by_anchor, epoch_seconds - self._wall())

    def wait(self, seconds: float, interrupted: threading.Event) -> bool:
        """Wait for `seconds` of playbook time, or until `interrupted` is set; returns whether it is."""
        deadline = self.now() + seconds
        while (remaining := self.wall_seconds_until(deadline)) > 0:
            if interrupted.wait(min(remaining, _POLL_SECONDS)):
                return True
        return interrupted.is_set()

    def _move(self, seconds: float, factor: float) -> None:
        with self._reading:
            monotonic = self._monotonic()
            now = min(self._anchor.at(monotonic), self._wall())
            self._anchor = Anchor(monotonic, now + seconds, factor)

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()
