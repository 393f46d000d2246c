"""How numbers read in a sentence for an operator."""

from datetime import datetime
from math import ceil
from typing import Final

_MINUTES_AN_HOUR: Final = 60
_MINUTES_A_DAY: Final = 24 * 60
# From there on hours read better than minutes, and days better than hours.
_MANY_MINUTES: Final = 90
_MANY_HOURS: Final = 48 * 60
_MOST_DECIMALS: Final = 6
_MANY_MILLISECONDS: Final = 10
# From there on a rate needs no decimals.
_MANY: Final = 100


def percent(value: float, *, limit: float | None = None) -> str:
    """With as many decimals, from two on, as show on which side of the limit it is."""
    decimals = 2
    while limit is not None and value != limit and round(value, decimals) == limit and decimals < _MOST_DECIMALS:
        decimals += 1
    text = f"{value:.{decimals}f}".rstrip("0").rstrip(".")
    return f"{text} %"


def milliseconds(value_ms: float) -> str:
    return f"{value_ms:,.0f} ms" if value_ms >= _MANY_MILLISECONDS else f"{value_ms:.3g} ms"


def duration(minutes: float) -> str:
    """Rounded up to whole minutes, then to tenths of an hour or of a day."""
    if minutes > _MANY_HOURS:
        return f"{_tenths_up(minutes / _MINUTES_A_DAY):g} days"
    if minutes > _MANY_MINUTES:
        return f"{_tenths_up(minutes / _MINUTES_AN_HOUR):g} h"
    return f"{ceil(minutes)} min"


def moment(at: datetime) -> str:
    """`at` is in UTC."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def count(number: int, noun: str) -> str:
    """`noun` in the singular; it takes an s."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def waiting(reads: int, a_minute: float | None) -> str:
    """How long so many reads take, in brackets and with a space before; nothing where the rate is not known."""
    return f" (about {duration(reads / a_minute)} at {rate(a_minute)} a minute)" if a_minute else ""


def rate(number: float) -> str:
    """So many a minute or a second."""
    return f"{number:,.0f}" if number >= _MANY else f"{number:.3g}"


def _tenths_up(value: float) -> float:
    return ceil(round(value * 10, 6)) / 10
