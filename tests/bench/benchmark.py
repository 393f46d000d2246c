"""What a benchmark is: a name to select it by, and what makes its row."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.bench.result import Row, Spent


@dataclass(frozen=True, kw_only=True)
class Options:
    """`quick` is a run to see that everything works, in a tenth of the time or less."""

    quick: bool = False

    def rounds(self, count: int) -> int:
        return max(count // 20, 2) if self.quick else count


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """`spent` is asked where a goal was not met; it profiles once more, so that no profiler runs while it is measured.

    One `on_demand` runs by its name or its option alone.
    """

    name: str
    run: Callable[[Options], Row]
    spent: Callable[[Options], tuple[Spent, ...]] = lambda _: ()
    in_quick_runs: bool = True
    on_demand: bool = False
