"""The functions of `stats`. Pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html#CWL_QuerySyntax-stats-functions

Each takes the values of one group's events, newest first, and their timestamps. `median` is not on that page but in
AWS's sample queries for Lambda. Where the page is silent: what is not a number is left out of `sum` and its like, which
are missing if nothing is left; a percentile is the smallest value that at least so many percent do not exceed, and
exact, as is `count_distinct`; `stddev` is the population's; of timestamps the result is milliseconds since 1970.
"""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sandbox.insights_values import Timestamp, Value, number, sort_key, string

Sample = tuple[int, Value]
"""An event's timestamp (milliseconds since 1970) and a value of it that is not missing."""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`of` takes the samples and what the arguments after the first say, `parameters` of them."""

    of: Callable[..., Value]
    parameters: int = 0


def _of_numbers(function: Callable[[list[float]], float]) -> Aggregate:
    def of(samples: Sequence[Sample]) -> Value:
        found = [known for _, value in samples if (known := number(value)) is not None]
        return function(found) if found else None

    return Aggregate(of)


def _percentile(samples: Sequence[Sample], percent: float) -> Value:
    found = sorted(known for _, value in samples if (known := number(value)) is not None)
    return found[max(0, math.ceil(len(found) * percent / 100) - 1)] if found else None


def _plain(value: Value) -> Value:
    return int(value) if isinstance(value, Timestamp) else value


def _first(samples: Sequence[Sample]) -> Value:
    return _plain(min(samples, key=lambda sample: sample[0])[1]) if samples else None


def _last(samples: Sequence[Sample]) -> Value:
    return _plain(max(samples, key=lambda sample: sample[0])[1]) if samples else None


def _extreme(choose: Callable[..., Value]) -> Aggregate:
    def of(samples: Sequence[Sample]) -> Value:
        return _plain(choose((value for _, value in samples), key=sort_key)) if samples else None

    return Aggregate(of)


AGGREGATES: Final[dict[str, Aggregate]] = {
    "count": Aggregate(len),
    "count_distinct": Aggregate(lambda samples: len({string(value) for _, value in samples})),
    "sum": _of_numbers(math.fsum),
    "avg": _of_numbers(statistics.fmean),
    "min": _extreme(min),
    "max": _extreme(max),
    "median": _of_numbers(statistics.median),
    "stddev": _of_numbers(statistics.pstdev),
    "pct": Aggregate(_percentile, parameters=1),
    "earliest": Aggregate(_first),
    "latest": Aggregate(_last),
    "sortsfirst": _extreme(min),
    "sortslast": _extreme(max),
}
"""By name in lower case."""
