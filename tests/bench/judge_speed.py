"""What it takes to judge a long step: a million reads, line by line.

    python -m tests.bench.judge_speed

A read in a hundred goes to Prisma and one in twenty is compared, a hundred reads a second. The lines are made before
the clock starts, in blocks. Memory is measured in a second run, since tracing it takes time.
"""

import json
import random
import sys
import time
import tracemalloc
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from playbook.evidence_builder import EvidenceBuilder
from playbook.judge import judge
from playbook.latencies import LatencyDistribution
from playbook.thresholds import Thresholds
from playbook.verdict import Verdict
from shared.names import LogToken

READS: Final = 1_000_000
BLOCK: Final = 50_000
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


def kept_bytes(reads: int) -> int:
    """What the builder still holds when so many reads have gone through it."""
    tracemalloc.start()
    builder = EvidenceBuilder()
    for line in lines(reads):
        builder.add(line)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return kept


def main() -> None:
    """Print the figures; `--json FILE` also writes them."""
    seconds, verdict = judge_lines(READS)
    a_quarter, all_of_them = kept_bytes(READS // 4), kept_bytes(READS)
    console = Console()
    console.print(f"{READS:,} reads judged in {seconds:.2f} s")
    console.print(f"{all_of_them / 1e6:.2f} MB kept after them, {a_quarter / 1e6:.2f} MB after a quarter")
    for check in verdict.checks:
        console.print(f"{check.outcome.name:<11} {check.name}: {check.reason}", markup=False)
    if "--json" in sys.argv:
        figures = {"seconds": seconds, "kept_bytes": all_of_them, "kept_bytes_after_a_quarter": a_quarter}
        Path(sys.argv[sys.argv.index("--json") + 1]).write_text(json.dumps(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
