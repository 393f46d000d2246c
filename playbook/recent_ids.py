"""Which ids have been seen already, in memory that does not grow with their number."""

from typing import Final


class RecentIds:
    """Remembers an id for at least `span_ms` of the time that its neighbours bear, and at most twice as long."""

    def __init__(self, span_ms: int) -> None:
        self._span_ms: Final = span_ms
        self._recent: set[str] = set()
        self._older: set[str] = set()
        self._recent_since_ms: int | None = None

    def is_new(self, identity: str, time_ms: int) -> bool:
        """Whether it comes for the first time; from then on it has come."""
        if self._recent_since_ms is None:
            self._recent_since_ms = time_ms
        elif time_ms >= self._recent_since_ms + self._span_ms:
            self._older, self._recent = self._recent, set()
            self._recent_since_ms = time_ms
        if identity in self._recent or identity in self._older:
            return False
        self._recent.add(identity)
        return True
