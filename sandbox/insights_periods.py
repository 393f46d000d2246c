"""Periods of time in Logs Insights: `bin(5m)`, `datefloor(@timestamp, 1h)`. Pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html#CWL_QuerySyntax-datetime

Periods begin at 1970-01-01 in UTC; weeks, of which the page says nothing more, on Mondays.
"""

from datetime import UTC, datetime
from typing import Final

from sandbox.insights_query import Period
from sandbox.insights_values import Timestamp

_UNIT_MS: Final = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_UNIT_MONTHS: Final = {"mo": 1, "q": 3, "y": 12}
_FIRST_MONDAY_MS: Final = 4 * 86_400_000
_CAPS: Final = {"ms": 1000, "s": 60, "m": 60, "h": 24}


def count(period: Period) -> int:
    """How many units the period really is: AWS takes `bin(300s)` for 60 seconds."""
    return max(1, min(period.count, _CAPS.get(period.unit, period.count)))


def floor(milliseconds: int, period: Period) -> Timestamp:
    if period.unit in _UNIT_MONTHS:
        months = _months(milliseconds)
        return _month_start(months - months % (count(period) * _UNIT_MONTHS[period.unit]))
    length = count(period) * _UNIT_MS[period.unit]
    origin = _FIRST_MONDAY_MS if period.unit == "w" else 0
    return Timestamp(milliseconds - (milliseconds - origin) % length)


def ceil(milliseconds: int, period: Period) -> Timestamp:
    start = floor(milliseconds, period)
    if start == milliseconds:
        return start
    if period.unit in _UNIT_MONTHS:
        return _month_start(_months(start) + count(period) * _UNIT_MONTHS[period.unit])
    return Timestamp(start + count(period) * _UNIT_MS[period.unit])


def _months(milliseconds: int) -> int:
    """Whole months since January 1970."""
    day = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return (day.year - 1970) * 12 + day.month - 1


def _month_start(months: int) -> Timestamp:
    day = datetime(1970 + months // 12, months % 12 + 1, 1, tzinfo=UTC)
    return Timestamp(int(day.timestamp()) * 1000)
