"""Whether a time-out was probably the candidate's cold start. A guess: a call that timed out tells nothing."""

import time
from collections.abc import Callable
from typing import Final

# Lambda does not say how long it keeps an idle execution environment; minutes are what is seen.
IDLE_S: Final = 300
# The Init phase may last this long: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
LONGEST_COLD_START_S: Final = 10


class ColdStartGuess:
    """Guesses a cold start from when this execution environment first asks, or first asks after `IDLE_S`.

    The guess holds until the candidate answers, and no longer than `LONGEST_COLD_START_S`: a candidate that is silent
    for longer is not starting. Wrong where another caller kept the candidate warm, and where a warm candidate grows by
    an environment, which counts as an ordinary time-out. `clock` counts seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._asked_at_s = float("-inf")
        self._cold_since_s = float("-inf")

    def asked(self) -> None:
        now_s = self._clock()
        if now_s - self._asked_at_s > IDLE_S:
            self._cold_since_s = now_s
        self._asked_at_s = now_s

    def answered(self) -> None:
        self._cold_since_s = float("-inf")

    def is_likely(self) -> bool:
        return self._clock() - self._cold_since_s < LONGEST_COLD_START_S
