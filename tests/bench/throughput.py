"""Reads through the embedded AWS with the shadow on: the deployed functions, a PostgreSQL, and callers as rehearsed.

The stacks are deployed once, by the real command line. Every read is compared with Prisma's answer meanwhile, on the
same machine, so that a read's second half, its comparison, is paid for, too.
"""

import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from playbook.traffic import send_reads
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
_CALLERS: Final = 8
_BUS_S: Final = 120


def run(options: Options) -> Row:
    reads = options.rounds(_READS)
    with running_sandbox("--postgres") as sandbox, tempfile.TemporaryDirectory(prefix="cdk.out-") as output:
        deploy_stacks(sandbox, Path(output))
        deployment = Deployment(sandbox)
        deployment.deploy_flag(enabled=True, percent=0, shadowPercent=100)
        time.sleep(SANDBOX.flag_poll_interval_seconds + 2)
        # Until every part that takes part is warm.
        _send(sandbox, reads // _BATCHES)
        sandbox.control.drain_log_subscriptions(within_s=_BUS_S)
        time.sleep(1.1)  # A log event's second is over.
        started_ms, before = int(time.time() * 1000), cpu_seconds(sandbox.process_id)
        rates = [reads // _BATCHES / _send(sandbox, reads // _BATCHES) for _ in range(_BATCHES)]
        parts = {part: seconds - before.get(part, 0.0) for part, seconds in cpu_seconds(sandbox.process_id).items()}
        sandbox.control.drain_log_subscriptions(within_s=_BUS_S)
        lines = deployment.lines(NAMES.prisma_shadow_function, started_ms)
        # The bus repeats a line now and then, and a comparator that was started since does not know of it.
        compared = {line["requestId"] for line in lines if _matches(line)}
    share = len(compared) / reads
    row = Row(
        name=BENCHMARK.name,
        title="rehearsal throughput",
        compared=f"{reads:,} reads of `live` by {_CALLERS} callers through the embedded AWS, each compared",
        samples={"reads a second": sample(rates, "reads/s")},
        goals=(
            Goal("reads a second", sample(rates, "reads/s").median, 250, "reads/s", "at least"),
            Goal("share of reads that were compared, and equal", 100 * share, 99, "%", "at least"),
        ),
        notes=("Reads, comparisons, the database and the embedded AWS share the machine.",),
        floor="An invocation of a function that does nothing, which the embedded AWS carries to a process and back.",
    )
    return row if row.met else replace(row, spent=of_phases(parts))


def _send(sandbox: RunningSandbox, reads: int) -> float:
    """Seconds that they took. Every one was answered rightly."""
    client = sandbox.client("lambda")
    failures: list[str] = []
    send = partial(
        send_reads,
        client,
        NAMES.mock_read_function,
        users=USERS,
        reads=reads,
        concurrency=_CALLERS,
        on_read=lambda result: failures.append(result.error) if result.error else None,
    )
    took_s = timed_us(send) / 1e6
    assert failures == []
    return took_s


def _matches(line: dict[str, object]) -> bool:
    return line["event"] == LogToken.SHADOW_DIFF and line["match"] is True


BENCHMARK: Final = Benchmark(name="throughput", run=run, in_quick_runs=False)
