"""A circuit breaker: after several failures in a row a dead candidate is left alone, and tried again in a while."""

import time
from collections.abc import Callable


class Breaker:
    """Opens after `threshold` failures in a row. Every `cool_down_s` one attempt probes, and its success closes it.

    Whoever is admitted reports the outcome. `clock` counts seconds. For one thread, as Lambda runs one read at a time.
    """

    def __init__(self, *, threshold: int, cool_down_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._threshold = threshold
        self._cool_down_s = cool_down_s
        self._clock = clock
        self._failures = 0
        self._opened_at_s = 0.0
        self._probing = False

    def admit(self) -> bool:
        """Whether to attempt now."""
        if self._failures < self._threshold:
            return True
        if self._probing or self._clock() - self._opened_at_s < self._cool_down_s:
            return False
        self._probing = True
        return True

    def succeeded(self) -> None:
        self._failures = 0
        self._probing = False

    def failed(self) -> None:
        self._failures += 1
        self._probing = False
        self._opened_at_s = self._clock()
