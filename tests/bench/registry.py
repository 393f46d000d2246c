"""Every benchmark, in the order in which they run and are shown."""

from typing import Final

from tests.bench import (
    cold_prisma,
    cold_read,
    comparison,
    judge_speed,
    shadow_cost,
    suite,
    synth,
    throughput,
    warm_prisma,
    warm_read,
)
from tests.bench.benchmark import Benchmark

BENCHMARKS: Final[tuple[Benchmark, ...]] = tuple(
    module.BENCHMARK
    for module in (
        warm_read,
        cold_read,
        shadow_cost,
        cold_prisma,
        warm_prisma,
        comparison,
        synth,
        suite,
        throughput,
        judge_speed,
    )
)
