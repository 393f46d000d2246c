"""Times of several contenders, taken in turn within one process or one loop.

A shared machine is slow for seconds at a time. What is measured in turn is slow together, so a ratio of medians holds
where absolute figures do not. `pyperf` is the usual library for timing Python and was not taken for that reason: it
calibrates and runs each benchmark in workers of its own, one benchmark after the other, and cannot alternate between
two contenders.
"""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_TWENTIETHS: Final = 20
_QUARTERS: Final = 4

# One run of a contender, given the round's number: the time it took, in the unit of the benchmark, or None if it sat
# the round out, as one may that takes a hundred times as long as the others.
Contender = Callable[[int], float | None]


@dataclass(frozen=True)
class Sample:
    """What is kept of one contender's times, all in `unit`. The spread is the middle half: `p25` to `p75`."""

    unit: str
    count: int
    p25: float
    median: float
    p75: float
    p95: float


def sample(times: Sequence[float], unit: str) -> Sample:
    """Percentiles are interpolated between neighbours. Raises statistics.StatisticsError without a time."""
    if len(times) == 1:
        (only,) = times
        return Sample(unit, 1, only, only, only, only)
    p25, median, p75 = statistics.quantiles(times, n=_QUARTERS, method="inclusive")
    p95 = statistics.quantiles(times, n=_TWENTIETHS, method="inclusive")[-1]
    return Sample(unit, len(times), p25, median, p75, p95)


def interleaved(contenders: Mapping[str, Contender], *, rounds: int, warm_up: int) -> dict[str, list[float]]:
    """Each contender once a round, `rounds` times after `warm_up` rounds that do not count.

    Who begins changes from round to round, so that nobody always finds another's warm caches.
    """
    names = list(contenders)
    times: dict[str, list[float]] = {name: [] for name in names}
    for number in range(warm_up + rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            took = contenders[name](number)
            if took is not None and number >= warm_up:
                times[name].append(took)
    return times


def timed_us(call: Callable[[], object]) -> float:
    """Microseconds of wall time that the call takes."""
    started_ns = time.perf_counter_ns()
    call()
    return (time.perf_counter_ns() - started_ns) / 1000
