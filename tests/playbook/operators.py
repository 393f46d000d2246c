"""Operators who look at a canary again and again, and stop at the first verdict that they get."""

from bisect import bisect_left
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playbook.bounds import Tally, clears, exceeds


@dataclass(frozen=True, kw_only=True)
class Rule:
    """At each number of reads, with how many failures it says GO at most, and ROLLBACK at least."""

    go_at_most: NDArray[np.int64]
    rollback_from: NDArray[np.int64]


def bounds_rule(looks: NDArray[np.int64], limit_percent: float) -> Rule:
    """Ours."""

    def go_at_most(reads: int) -> int:
        return bisect_left(range(reads + 1), x=True, key=lambda n: not clears(Tally(n, reads), limit_percent)) - 1

    def rollback_from(reads: int) -> int:
        return bisect_left(range(reads + 1), x=True, key=lambda n: exceeds(Tally(n, reads), limit_percent))

    return Rule(
        go_at_most=np.array([go_at_most(int(reads)) for reads in looks]),
        rollback_from=np.array([rollback_from(int(reads)) for reads in looks]),
    )


def naive_rule(looks: NDArray[np.int64], limit_percent: float) -> Rule:
    """The playbook's words taken literally: the rate observed is above the limit. It never says GO before the end."""
    over = np.floor(limit_percent * looks / 100 + 1e-9).astype(np.int64) + 1
    return Rule(go_at_most=np.full_like(looks, -1), rollback_from=over)


@dataclass(frozen=True, kw_only=True)
class Stops:
    """After how many reads each operator sees the first GO and the first ROLLBACK; 0 is never."""

    go: NDArray[np.int64]
    rollback: NDArray[np.int64]

    def at_first_verdict(self) -> "Stops":
        """Only what came first, since that is where operators stop."""
        go_first = (self.go > 0) & ((self.rollback == 0) | (self.go < self.rollback))
        return Stops(go=np.where(go_first, self.go, 0), rollback=np.where(go_first, 0, self.rollback))


def looks_every(every: int, *, reads: int) -> NDArray[np.int64]:
    """The numbers of reads after which operators look."""
    return np.arange(every, reads + 1, every, dtype=np.int64)


def stops(rule: Rule, looks: NDArray[np.int64], *, rate_percent: float, operators: int, seed: int) -> Stops:
    """What the rule tells operators whose candidate fails at that rate. The looks are equally far apart."""
    failed = np.random.default_rng(seed).binomial(looks[0], rate_percent / 100, size=(operators, len(looks)))
    failures = failed.astype(np.int32).cumsum(axis=1, dtype=np.int32)
    return Stops(go=_first(failures <= rule.go_at_most, looks), rollback=_first(failures >= rule.rollback_from, looks))


def _first(stopping: NDArray[Any], looks: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.where(stopping.any(axis=1), looks[stopping.argmax(axis=1)], 0)
