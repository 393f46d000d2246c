"""A warm read of prisma-read, log line and subsegment included, next to the same query through the client alone.

Both take turns in one process, each with an engine of its own, the same program on the same database.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

from stacks.prisma_client import generate_client
from tests.bench.benchmark import Benchmark, Options
from tests.bench.candidate_database import candidate_database
from tests.bench.child import run_child
from tests.bench.result import Goal, Row, Spent
from tests.bench.timing import sample

OURS: Final = "prisma-read"
CLIENT: Final = "client alone"

_ROUNDS: Final = 2_000
_PROFILED_READS: Final = 1_000


def run(options: Options) -> Row:
    with candidate_database() as environment:
        times: dict[str, list[float]] = _child(environment, "times", options.rounds(_ROUNDS))
    samples = {name: sample(values, "µs") for name, values in times.items()}
    return Row(
        name=BENCHMARK.name,
        title="warm prisma-read",
        compared="`ReadService.handle` of prisma-read, with its log line and subsegment, next to `find_unique` with "
        "the same relations through the client alone",
        samples=samples,
        goals=(Goal("p50 ÷ the client's", samples[OURS].median / samples[CLIENT].median, 1.15, "×"),),
        floor="The client's own query: GraphQL built and answers parsed in Python, over HTTP to an engine in Node.",
    )


def spent(_: Options) -> tuple[Spent, ...]:
    with candidate_database() as environment:
        return tuple(Spent(**part) for part in _child(environment, "profile", _PROFILED_READS))


def _child(environment: dict[str, str], what: str, rounds: int) -> Any:
    # A copy of the generated client, because interpreters leave bytecode beside it.
    with tempfile.TemporaryDirectory() as folder:
        client = shutil.copytree(generate_client(), Path(folder) / "client")
        variables = {**environment, "PYTHONPATH": str(client)}
        return run_child("tests.bench.prisma_reads", [what, str(rounds)], variables)


BENCHMARK: Final = Benchmark(name="warm-prisma", run=run, spent=spent)
