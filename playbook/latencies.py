"""Latencies of any number of reads in a few kilobytes: exact counts in buckets that grow by one per cent each.

A bucket stands for every value in it with a relative error of at most `RELATIVE_ERROR`, as in DDSketch, whose mapping
this is (C. Masson, J. Rim, H. Lee, DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees,
VLDB 2019, https://arxiv.org/abs/1908.10693). Fixed buckets make a distribution a plain value: it can be compared, added
to another and written down, and does not depend on the order in which its reads came.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, inf, log
from typing import Final

from playbook.bounds import Tally, clears, exceeds, reads_to_clear

RELATIVE_ERROR: Final = 0.005

_GROWTH: Final = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
_BUCKETS_PER_E_FOLD: Final = 1 / log(_GROWTH)
# Of a bucket's values, the one that is equally far from both ends in proportion.
_REPRESENTATIVE: Final = 2 / (1 + _GROWTH)
# The functions log microseconds. From there to Lambda's quarter of an hour there are some 2,000 buckets.
_SMALLEST_MS: Final = 0.001
_FIRST_BUCKET: Final = ceil(log(_SMALLEST_MS) * _BUCKETS_PER_E_FOLD)


@dataclass(frozen=True, slots=True)
class Percentile:
    """A percentile in milliseconds, with 95 % bounds that hold under repeated looks, each None where there is none."""

    value_ms: float
    low_ms: float | None
    high_ms: float | None


@dataclass(frozen=True)
class LatencyDistribution:
    """How many reads fell into which bucket: pairs of bucket and count, the fastest first.

    Bucket n holds latencies above g^(n-1) and up to g^n milliseconds, where g is 1.005 / 0.995.
    """

    buckets: tuple[tuple[int, int], ...] = ()

    @property
    def reads(self) -> int:
        return sum(count for _, count in self.buckets)

    def percentile_ms(self, percent: int) -> float:
        """The smallest latency that `percent` per cent of the reads did not exceed, 1 to 100.

        Raises ValueError where there are no reads.
        """
        return self._ms_of_rank(-(-percent * self.reads // 100))

    def percentile(self, percent: int) -> Percentile:
        """`percentile_ms`, and how far the true percentile may be from it.

        Whether a read is slower than the true percentile is a draw at a known rate. How many cannot be slower, by the
        bounds of a rate, tells between which two reads the percentile lies. (S. Howard, A. Ramdas, Sequential
        estimation of quantiles with applications to A/B testing and best-arm identification, Bernoulli 28 (2022),
        https://arxiv.org/abs/1906.09712.)

        Raises ValueError where there are no reads.
        """
        reads, slower_percent = self.reads, 100 - percent
        numbers = range(reads + 1)
        enough = bisect_left(numbers, x=True, key=lambda slower: not clears(Tally(slower, reads), slower_percent))
        too_many = bisect_left(numbers, x=True, key=lambda slower: exceeds(Tally(slower, reads), slower_percent))
        return Percentile(
            value_ms=self.percentile_ms(percent),
            low_ms=self._ms_of_rank(reads + 1 - too_many) if too_many <= reads else None,
            high_ms=self._ms_of_rank(reads + 1 - enough) if enough else None,
        )

    def cumulated(self) -> Iterator[tuple[int, float]]:
        """How many reads took at most how many milliseconds, the fastest first."""
        seen = 0
        for bucket, count in self.buckets:
            seen += count
            yield seen, _REPRESENTATIVE * _GROWTH**bucket

    def __add__(self, other: "LatencyDistribution") -> "LatencyDistribution":
        """The distribution of the reads of both."""
        counts = Counter(dict(self.buckets))
        counts.update(dict(other.buckets))
        return _distribution(counts)

    def _ms_of_rank(self, rank: int) -> float:
        """The latency of the read of that rank; the fastest has rank 1."""
        for seen, value_ms in self.cumulated():
            if seen >= rank > 0:
                return value_ms
        raise ValueError(f"there is no read of rank {rank} among {self.reads}")


class Latencies:
    """Takes latencies one by one."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()

    def record(self, duration_ms: float) -> None:
        """Raises ValueError unless it is a number from 0 on."""
        if _SMALLEST_MS < duration_ms < inf:
            bucket = ceil(log(duration_ms) * _BUCKETS_PER_E_FOLD)
        elif 0 <= duration_ms <= _SMALLEST_MS:
            bucket = _FIRST_BUCKET
        else:
            raise ValueError(f"{duration_ms} ms is no duration")
        self._counts[bucket] += 1

    def distribution(self) -> LatencyDistribution:
        """Of the latencies so far."""
        return _distribution(self._counts)


def reads_for_percentile(percent: int) -> int:
    """How many reads it takes until a percentile has an upper bound: fewer may all be faster than the true one."""
    return reads_to_clear(Tally(), 100 - percent)


def _distribution(counts: Counter[int]) -> LatencyDistribution:
    return LatencyDistribution(tuple(sorted(counts.items())))
