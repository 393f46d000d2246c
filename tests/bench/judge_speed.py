"""What it takes to judge a long step: a million reads, line by line.

A read in a hundred goes to Prisma and one in twenty is compared, a hundred reads a second. The lines are made before
the clock starts, in blocks. Memory is measured in runs of their own, since tracing it takes time, and at its highest:
what is remembered of the last minutes comes and goes.
"""

import random
import time
import tracemalloc
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from playbook.evidence_builder import EvidenceBuilder
from playbook.judge import judge
from playbook.latencies import LatencyDistribution
from playbook.thresholds import Thresholds
from playbook.verdict import Verdict
from shared.names import LogToken
from tests.bench.benchmark import Benchmark, Options
from tests.bench.hot_spots import of_calls
from tests.bench.result import Goal, Row, Spent
from tests.bench.timing import sample

READS: Final = 1_000_000
BLOCK: Final = 50_000
_RUNS: Final = 3
_SAME_MEMORY: Final = 1.05
THRESHOLDS: Final = Thresholds(latency_budget_ms=200, error_rate_percent=2)


def lines(reads: int) -> Iterator[dict[str, Any]]:
    """What mock-read and the comparator log of so many reads, merged by time."""
    numbers = random.Random(1)  # noqa: S311 — latencies, no secrets
    for number in range(reads):
        metadata = {"Timestamp": number * 10}
        on_prisma = number % 100 == 0
        duration_ms = round(numbers.lognormvariate(3.4 if on_prisma else 0.7, 0.3), 3)
        event = LogToken.CANARY_SUCCESS if on_prisma else LogToken.MOCK_SUCCESS
        request_id = f"00000000-0000-4000-8000-{number:012d}"
        yield {"event": event, "requestId": request_id, "duration": duration_ms, "_aws": metadata}
        if number % 20 == 0:
            yield {"event": LogToken.SHADOW_REQUEST, "requestId": request_id, "_aws": metadata}
            yield {
                "event": LogToken.SHADOW_DIFF,
                "requestId": request_id,
                "match": True,
                "duration": duration_ms,
                "_aws": metadata,
            }


def judge_lines(reads: int) -> tuple[float, Verdict]:
    """Seconds that taking the lines and judging them took, without those of making the lines."""
    builder = EvidenceBuilder()
    source = lines(reads)
    seconds = 0.0
    while block := list(islice(source, BLOCK)):
        started = time.perf_counter()
        for line in block:
            builder.add(line)
        seconds += time.perf_counter() - started
    started = time.perf_counter()
    evidence = builder.evidence(alarms=(), baseline_latencies=LatencyDistribution())
    verdict = judge(evidence, THRESHOLDS)
    return seconds + time.perf_counter() - started, verdict


def most_bytes(reads: int) -> int:
    """What the builder holds at the most while so many reads go through it."""
    tracemalloc.start()
    builder = EvidenceBuilder()
    for line in lines(reads):
        builder.add(line)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def run(options: Options) -> Row:
    reads = options.rounds(READS)
    times = [judge_lines(reads)[0] for _ in range(_RUNS)]
    a_quarter, all_of_them = most_bytes(reads // 4), most_bytes(reads)
    seconds = sample(times, "s")
    return Row(
        name=BENCHMARK.name,
        title="judge over evidence of a million reads",
        compared=f"{reads:,} reads with their latencies, line by line into the evidence, and the verdict on it",
        samples={"judge": seconds},
        goals=(
            Goal("p50", seconds.median, 3, "s"),
            # A sketch of latencies may gain a bucket with any read, but ever fewer do.
            Goal("memory for all of them ÷ for a quarter", all_of_them / a_quarter, _SAME_MEMORY, "×"),
        ),
        notes=(
            f"{all_of_them / 1e6:.2f} MB at the most for all reads, {a_quarter / 1e6:.2f} MB for a quarter of them.",
        ),
        floor="What reading the fields of so many lines takes in Python.",
    )


def spent(options: Options) -> tuple[Spent, ...]:
    several = list(lines(options.rounds(READS) // 10))
    builder = EvidenceBuilder()

    def add_all() -> None:
        for line in several:
            builder.add(line)

    return of_calls(add_all)


BENCHMARK: Final = Benchmark(name="judge", run=run, spent=spent)
