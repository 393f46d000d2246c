"""A point in time that several steps share, where a timeout per step would add up."""

import time


class Deadline:
    """`timeout_ms` from now, on the monotonic clock."""

    def __init__(self, timeout_ms: float) -> None:
        self._at_s = time.monotonic() + timeout_ms / 1000

    def remaining_s(self) -> float:
        """Seconds left, more than 0. Raises TimeoutError when none are."""
        remaining_s = self._at_s - time.monotonic()
        if remaining_s <= 0:
            raise TimeoutError("the deadline has passed")
        return remaining_s
