"""A warm read of the mock with everything on, in process, next to the same handler made of what people use.

Each read's lines, metrics and segment are checked after its clock has stopped, all of them. The contenders take turns
in one process, whose environment is the function's. Those that ask AppConfig directly have another, because Powertools
patches boto3 for all in its own.
"""

from collections.abc import Mapping
from typing import Any, Final

from tests.bench.account import account_with_flags, function_environment
from tests.bench.benchmark import Benchmark, Options
from tests.bench.child import run_child
from tests.bench.handlers import BARE, EVERY_READ, OURS, POLLED, POWERTOOLS, TRACED
from tests.bench.result import Goal, Row, Spent
from tests.bench.table import quantity
from tests.bench.timing import sample

_ROUNDS: Final = 5_000
# They go over HTTP to a server in Python.
_EVERY_READ_ROUNDS: Final = 400
_PROFILED_READS: Final = 3_000


def run(options: Options) -> Row:
    with account_with_flags() as sandbox:
        environment = function_environment(sandbox)
        rounds = options.rounds(_ROUNDS)
        times = _take(environment, rounds, OURS, POWERTOOLS, BARE, TRACED)
        times |= {POLLED: _take(environment, rounds, POLLED, BARE)[POLLED]}
        times |= {EVERY_READ: _take(environment, options.rounds(_EVERY_READ_ROUNDS), EVERY_READ, BARE)[EVERY_READ]}
    samples = {name: sample(values, "µs") for name, values in times.items()}
    ours, powertools, bare, traced = (samples[name].median for name in (OURS, POWERTOOLS, BARE, TRACED))
    return Row(
        name=BENCHMARK.name,
        title="warm user path, mock, everything on",
        compared="`lambda_handler` of mock-read, with flag, annotations, logs, metrics and the shadow's line, next to "
        "the same on Powertools (Logger, Tracer, Metrics, FeatureFlags on AppConfig) and with AppConfig asked directly",
        samples=samples,
        goals=(
            Goal("p50 ÷ the Powertools handler's", ours / powertools, 0.7, "×"),
            Goal("p50 over the bare handler's", ours - bare, 150, "µs"),
        ),
        notes=(
            "Every read's lines, metrics and segment are checked.",
            "The flag is cached for a second here and by Powertools; polled directly, it is as old as AppConfig asks.",
        ),
        floor=(
            f"A handler that does nothing but open a subsegment with the same facts by the X-Ray SDK took "
            f"{quantity(traced - bare, 'µs')} over the bare handler in this run, and {quantity(traced / ours, '×')} of "
            "the whole read. The tracer asks the SDK for less than that, but for the same document."
        ),
    )


def spent(_: Options) -> tuple[Spent, ...]:
    with account_with_flags() as sandbox:
        parts = run_child(
            "tests.bench.handlers", ["profile", str(_PROFILED_READS), OURS], function_environment(sandbox)
        )
    return tuple(Spent(**part) for part in parts)


def _take(environment: Mapping[str, str], rounds: int, *contenders: str) -> dict[str, list[float]]:
    times: dict[str, Any] = run_child("tests.bench.handlers", ["times", str(rounds), *contenders], environment)
    return times


BENCHMARK: Final = Benchmark(name="warm-read", run=run, spent=spent)
