"""`make test` a second time: everything is set up, and caches are as the first run left them."""

import subprocess
from functools import partial
from typing import Final

from tests.bench.benchmark import Benchmark, Options
from tests.bench.child import REPOSITORY
from tests.bench.result import Goal, Row
from tests.bench.timing import sample, timed_us

_LIMIT_MINUTES: Final = 4


def run(_: Options) -> Row:
    times = [timed_us(partial(subprocess.run, ["make", "test"], cwd=REPOSITORY, check=True, capture_output=True))]
    measured = sample([time_us / 60e6 for time_us in times], "min")
    return Row(
        name=BENCHMARK.name,
        title="`make test`, second run",
        compared="lint, types and every test but the slow ones, by the wall's clock",
        samples={"make test": measured},
        goals=(Goal("in all", measured.median, _LIMIT_MINUTES, "min"),),
    )


BENCHMARK: Final = Benchmark(name="suite", run=run, on_demand=True)
