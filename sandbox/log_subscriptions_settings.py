"""What the log subscription bus does to the log events it carries, and what it has done so far. Values only."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final, Self

_MOST_MS: Final = 3_600_000
_MOST: Final = 10_000


class SettingsError(ValueError):
    """The message names the setting and says what it takes."""


@dataclass(frozen=True)
class BusSettings:
    """Times are milliseconds of playbook time, shares lie within 0 and 1.

    The defaults are mild: AWS says only that delivery takes "usually less than three minutes", in batches, at least
    once (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Subscriptions.html).
    """

    batch_ms: float = 200.0
    """How long events of one log stream are gathered, from the first on, before they are sent together."""
    batch_events: int = 100
    """As many events are sent at once, however young the batch."""
    delay_min_ms: float = 0.0
    delay_max_ms: float = 100.0
    """A batch waits a time between these two, drawn for each delivery, so that batches overtake one another."""
    duplicate_share: float = 0.01
    """The share of batches delivered a second time, after a delay of its own."""
    drop_share: float = 0.0
    """The share of events that are lost."""
    retry_minute_ms: float = 1000.0
    """How long a minute of Lambda's waits between tries is here; 60000 is AWS's. An event ages by the clock alone."""
    concurrency: int = 4
    """How many invocations the bus has under way at most. Lambda scales further than this machine."""

    def __post_init__(self) -> None:
        for name in ("batch_ms", "delay_min_ms", "delay_max_ms", "retry_minute_ms"):
            _require(self, name, float, at_least=0, at_most=_MOST_MS)
        for name in ("duplicate_share", "drop_share"):
            _require(self, name, float, at_least=0, at_most=1)
        for name in ("batch_events", "concurrency"):
            _require(self, name, int, at_least=1, at_most=_MOST)
        if self.delay_min_ms > self.delay_max_ms:
            raise SettingsError("delay_min_ms is larger than delay_max_ms")

    def changed(self, document: Mapping[str, Any]) -> Self:
        """Return these settings with those of `document` in place of their own. Raises `SettingsError`."""
        unknown = document.keys() - {each.name for each in fields(self)}
        if unknown:
            raise SettingsError(f"there is no setting {', '.join(sorted(unknown))}")
        return replace(self, **document)

    def document(self) -> dict[str, Any]:
        return asdict(self)


def _require(settings: BusSettings, name: str, kind: type, *, at_least: int, at_most: int) -> None:
    value = getattr(settings, name)
    # A bool is an int to Python, and a whole number does for a float.
    right_kind = isinstance(value, (int, float) if kind is float else int) and not isinstance(value, bool)
    if not right_kind or not at_least <= value <= at_most:
        raise SettingsError(f"{name} takes {'a whole number' if kind is int else 'a number'}, {at_least} to {at_most}")


@dataclass
class Counters:
    """Log events since the sandbox started. `matched + duplicated = delivered + failed + dropped + pending`."""

    matched: int = 0
    """Events that matched a filter: one that matches two filters counts twice."""
    delivered: int = 0
    """Events in an invocation that succeeded."""
    duplicated: int = 0
    """Events that are delivered once more than they were written."""
    dropped: int = 0
    """Events that were lost on request."""
    retried: int = 0
    """Events in an invocation that is tried again, counted at each try."""
    failed: int = 0
    """Events given up: no retry was left, they were too old, or the function may not be invoked."""
    pending: int = 0
    """Events under way."""

    def document(self) -> dict[str, int]:
        return asdict(self)
