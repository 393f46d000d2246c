"""Reads through the embedded AWS with the shadow on: the deployed functions, a PostgreSQL, and callers as rehearsed.

The stacks are deployed once, by the real command line. Most of a rehearsal's reads are its canary step's, with 1 % on
Prisma and 5 % compared. Where every read is compared, its comparison, a read through Prisma by another function, is
paid for on the same machine, too.
"""

import tempfile
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final

from playbook.rehearsal import CALLERS
from playbook.traffic import send_reads
from shared.flag import SplitBy
from shared.names import LogToken
from stacks.environments import SANDBOX
from tests.bench.account import NAMES, USERS
from tests.bench.benchmark import Benchmark, Options
from tests.bench.cpu_time import cpu_seconds
from tests.bench.hot_spots import of_phases
from tests.bench.result import Goal, Row
from tests.bench.timing import sample, timed_us
from tests.deployed_stacks import deploy_stacks
from tests.e2e.conftest import Deployment
from tests.sandbox_process import RunningSandbox, running_sandbox

_READS: Final = 5_000
_BATCHES: Final = 5
_MANY_CALLERS: Final = 8
_BUS_S: Final = 120


def run(options: Options) -> Row:
    reads = options.rounds(_READS)
    with running_sandbox("--postgres") as sandbox, tempfile.TemporaryDirectory(prefix="cdk.out-") as output:
        deploy_stacks(sandbox, Path(output))
        bench = _Bench(sandbox, Deployment(sandbox), reads)
        bench.turn_flag_to(percent=0, shadowPercent=100)
        # Until every part that takes part is warm.
        bench.send(_MANY_CALLERS)
        sandbox.control.drain_log_subscriptions(within_s=_BUS_S)
        time.sleep(1.1)  # A log event's second is over.
        started_ms, before = int(time.time() * 1000), cpu_seconds(sandbox.process_id)
        all_compared = bench.rates(_MANY_CALLERS)
        parts = {part: seconds - before.get(part, 0.0) for part, seconds in cpu_seconds(sandbox.process_id).items()}
        share = bench.compared_since(started_ms) / reads
        bench.turn_flag_to(percent=1, splitBy=SplitBy.REQUEST, shadowPercent=5)
        canary_step = bench.rates(CALLERS)
    row = Row(
        name=BENCHMARK.name,
        title="rehearsal throughput",
        compared=(
            f"{reads:,} reads of `live` through the embedded AWS by {CALLERS} callers in a canary step, 1 % on Prisma, "
            f"5 % compared, and as many by {_MANY_CALLERS} callers that are all compared"
        ),
        samples={"a canary step": sample(canary_step, "reads/s"), "all compared": sample(all_compared, "reads/s")},
        goals=(
            Goal("reads a second of a canary step", median(canary_step), 250, "reads/s", "at least"),
            Goal("share of reads to be compared that were, and equal", 100 * share, 99, "%", "at least"),
        ),
        notes=("Reads, comparisons, the database and the embedded AWS share the machine.",),
        floor="An invocation of a function that does nothing, which the embedded AWS carries to a process and back.",
    )
    return row if row.met else replace(row, spent=of_phases(parts))


@dataclass(frozen=True)
class _Bench:
    sandbox: RunningSandbox
    deployment: Deployment
    reads: int

    def turn_flag_to(self, **values: Any) -> None:
        self.deployment.deploy_flag(enabled=True, **values)
        time.sleep(SANDBOX.flag_poll_interval_seconds + 2)

    def rates(self, callers: int) -> list[float]:
        """Reads a second of each batch."""
        return [self.reads // _BATCHES / self.send(callers) for _ in range(_BATCHES)]

    def compared_since(self, started_ms: int) -> int:
        """How many reads were compared, and found equal."""
        self.sandbox.control.drain_log_subscriptions(within_s=_BUS_S)
        lines = self.deployment.lines(NAMES.prisma_shadow_function, started_ms)
        # The bus repeats a line now and then, and a comparator that was started since does not know of it.
        return len({line["requestId"] for line in lines if _matches(line)})

    def send(self, callers: int) -> float:
        """Seconds that a batch took. Every read was answered rightly."""
        failures: list[str] = []
        send = partial(
            send_reads,
            self.sandbox.client("lambda"),
            NAMES.mock_read_function,
            users=USERS,
            reads=self.reads // _BATCHES,
            concurrency=callers,
            on_read=lambda result: failures.append(result.error) if result.error else None,
        )
        took_s = timed_us(send) / 1e6
        assert failures == []
        return took_s


def _matches(line: dict[str, object]) -> bool:
    return line["event"] == LogToken.SHADOW_DIFF and line["match"] is True


BENCHMARK: Final = Benchmark(name="throughput", run=run, in_quick_runs=False)
