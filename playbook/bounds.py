"""Bounds of a failure rate that hold however often one looks.

An operator looks at the canary again and again and stops as soon as the figures please, so an interval for one look at
a sample of a size fixed beforehand would be wrong far more often than it says. These bounds form a confidence sequence:
with 95 % probability each is right after every single read, from the first one on and for ever.

The method is Robbins's mixture of likelihood ratios with a beta prior, exact for failures that are counted: for a rate
p, after s failures among n reads,

    M(p) = B(a + s, b + n - s) / (B(a, b) * p^s * (1 - p)^(n - s))

has expectation 1 if p is the rate, and by Ville's inequality it ever reaches 20 with a probability of at most 1/20. The
rates that it has not ruled out lie between the bounds. Each bound has its own prior and its own 5 %. Both hold for
every rate, whatever the prior; the prior decides where the bounds are tightest, which is where the limit is decided.

- H. Robbins, Statistical methods related to the law of the iterated logarithm, Ann. Math. Statist. 41 (1970)
- S. Howard, A. Ramdas, J. McAuliffe, J. Sekhon, Time-uniform, nonparametric, nonasymptotic confidence sequences, Ann.
  Statist. 49 (2021), https://arxiv.org/abs/1810.08240

What they take for granted: reads fail independently and at one rate, and are counted from a moment that was not chosen
for its figures. So they begin anew with each step of the ramp, and never with a good quarter of an hour.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, lgamma, log, log1p
from typing import Final

CONFIDENCE_PERCENT: Final = 95

_RULED_OUT: Final = -log(1 - CONFIDENCE_PERCENT / 100)
# The upper bound expects a rate so many times below the limit, the lower one so many times above it. Nearer to 1 is
# quicker with rates close to the limit, and slower with those far from it, which are most.
_PRIOR_DISTANCE: Final = 1.5
# Where that many reads decide nothing, the rate is the limit for all that anyone will learn in a beta.
_MOST_READS: Final = 10_000_000
_HALVINGS: Final = 60


@dataclass(frozen=True, slots=True)
class Tally:
    """Failures among attempts. Raises ValueError for counts that cannot be."""

    failures: int = 0
    attempts: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.failures <= self.attempts:
            raise ValueError(f"{self.failures} failures of {self.attempts} attempts")

    @property
    def rate_percent(self) -> float:
        """0 where nothing was attempted."""
        return 100 * self.failures / self.attempts if self.attempts else 0.0


def clears(tally: Tally, limit_percent: float) -> bool:
    """Whether the upper bound is at most the limit."""
    return _clears(tally.failures, tally.attempts, limit_percent / 100)


def exceeds(tally: Tally, limit_percent: float) -> bool:
    """Whether the lower bound is above the limit."""
    return _exceeds(tally.failures, tally.attempts, limit_percent / 100)


def upper_bound_percent(tally: Tally, *, near_percent: float) -> float:
    """The greatest rate not ruled out, tightest for a limit of `near_percent`; 100 before the first success."""
    failures, attempts = tally.failures, tally.attempts
    if failures == attempts:
        return 100.0
    evidence = _evidence_against(failures, attempts, b=_prior_below(near_percent / 100))
    ruled_out, kept = 1.0, failures / attempts
    for _ in range(_HALVINGS):
        rate = (ruled_out + kept) / 2
        if evidence(rate) >= _RULED_OUT:
            ruled_out = rate
        else:
            kept = rate
    return 100 * ruled_out


def lower_bound_percent(tally: Tally, *, near_percent: float) -> float:
    """The smallest rate not ruled out, tightest for a limit of `near_percent`; 0 before the first failure."""
    failures, attempts = tally.failures, tally.attempts
    if failures == 0:
        return 0.0
    evidence = _evidence_against(failures, attempts, b=_prior_above(near_percent / 100))
    ruled_out, kept = 0.0, failures / attempts
    for _ in range(_HALVINGS):
        rate = (ruled_out + kept) / 2
        if evidence(rate) >= _RULED_OUT:
            ruled_out = rate
        else:
            kept = rate
    return 100 * ruled_out


def reads_to_clear(tally: Tally, limit_percent: float) -> int:
    """How many more attempts, all of them successes, bring the upper bound to the limit."""
    failures, attempts, limit = tally.failures, tally.attempts, limit_percent / 100
    more = _first(lambda more: _clears(failures, attempts + more, limit))
    if more is None:
        raise ValueError(f"no number of reads shows a rate below {limit_percent} %")
    return more


def reads_to_clear_at_this_rate(tally: Tally, limit_percent: float) -> int | None:
    """How many more attempts bring the upper bound to the limit if they fail at the rate seen; None for never."""
    rate, attempts, limit = tally.rate_percent / 100, tally.attempts, limit_percent / 100
    return _first(lambda more: _clears(rate * (attempts + more), attempts + more, limit)) if rate < limit else None


def reads_to_exceed_at_this_rate(tally: Tally, limit_percent: float) -> int | None:
    """How many more attempts bring the lower bound above the limit if they fail at the rate seen; None for never."""
    rate, attempts, limit = tally.rate_percent / 100, tally.attempts, limit_percent / 100
    return _first(lambda more: _exceeds(rate * (attempts + more), attempts + more, limit)) if rate > limit else None


def _clears(failures: float, attempts: int, limit: float) -> bool:
    if failures >= limit * attempts:
        return False
    return _evidence_against(failures, attempts, b=_prior_below(limit))(limit) >= _RULED_OUT


def _exceeds(failures: float, attempts: int, limit: float) -> bool:
    if failures <= limit * attempts:
        return False
    return _evidence_against(failures, attempts, b=_prior_above(limit))(limit) >= _RULED_OUT


def _prior_below(limit: float) -> float:
    return _PRIOR_DISTANCE / limit


def _prior_above(limit: float) -> float:
    return 1 / (_PRIOR_DISTANCE * limit)


def _evidence_against(failures: float, attempts: int, *, b: float) -> Callable[[float], float]:
    """The logarithm of M as a function of the rate, 0 < rate ≤ 1, under the prior Beta(1, b)."""
    successes = attempts - failures
    mixture = _log_beta(1 + failures, b + successes) - _log_beta(1, b)

    def evidence(rate: float) -> float:
        if rate == 1:
            return inf if successes else mixture
        return mixture - failures * log(rate) - successes * log1p(-rate)

    return evidence


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _first(holds: Callable[[int], bool]) -> int | None:
    """The smallest number from 0 for which it holds, given that it holds for every greater one; None beyond reach."""
    if holds(0):
        return 0
    fails, works = 0, 1
    while not holds(works):
        fails, works = works, 2 * works
        if works > _MOST_READS:
            return None
    while works - fails > 1:
        middle = (fails + works) // 2
        fails, works = (fails, middle) if holds(middle) else (middle, works)
    return works
