"""A cold start of mock-read: a fresh interpreter, the handler's import, the first answer.

All find the same: mock-read's package, compiled, Lambda's runtime and, for its handler, Powertools. The flag is that of
the canary's hour, in which mock-read makes its client for the candidate in the background while it answers; Powertools'
handler has made its own by then.
"""

from functools import partial
from typing import Final

from stacks.bundle import MOCK_READ
from tests.bench.account import account_with_flags, function_environment
from tests.bench.benchmark import Benchmark, Options
from tests.bench.child import first_answer_ms, import_times
from tests.bench.function_packages import POWERTOOLS as POWERTOOLS_PACKAGES
from tests.bench.function_packages import search_path
from tests.bench.handlers import BARE, OURS, POWERTOOLS, TRACED
from tests.bench.hot_spots import of_imports
from tests.bench.result import Goal, Row, Spent
from tests.bench.table import quantity
from tests.bench.timing import interleaved, sample

_ROUNDS: Final = 40
_MODULES: Final = {
    OURS: "mock_read.handler",
    POWERTOOLS: "tests.bench.peers.powertools_read",
    BARE: "tests.bench.peers.bare",
    TRACED: "tests.bench.peers.xray_sdk",
}
_SCRIPT: Final = """
import os, sys
sys.path[:0] = {path!r}
import {module} as handler
class context:
    aws_request_id = "00000000-0000-4000-8000-000000000000"
    function_name = "huntaze-mock-read"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:huntaze-mock-read:live"
answer = handler.lambda_handler({{"userId": "user-7"}}, context)
os.write(int(sys.argv[1]), b"%d" % answer["statusCode"])
os._exit(0)
"""


def run(options: Options) -> Row:
    with account_with_flags() as sandbox, search_path(MOCK_READ, installed=POWERTOOLS_PACKAGES) as path:
        environment = function_environment(sandbox)
        contenders = {name: partial(_cold, _script(module, path), environment) for name, module in _MODULES.items()}
        times = interleaved(contenders, rounds=options.rounds(_ROUNDS), warm_up=2)
    samples = {name: sample(values, "ms") for name, values in times.items()}
    ours, powertools, bare, traced = (samples[name].median for name in (OURS, POWERTOOLS, BARE, TRACED))
    return Row(
        name=BENCHMARK.name,
        title="cold start of mock-read",
        compared="a fresh interpreter's start, the import of the handler and its first answer",
        samples=samples,
        goals=(
            Goal("p50 ÷ the Powertools handler's", ours / powertools, 0.5, "×"),
            Goal("p50 over the bare handler's", ours - bare, 120, "ms"),
        ),
        notes=("With the bytecode in place for all. The interpreter's own start is in every figure.",),
        floor=(
            "A cold start that imports the X-Ray SDK and sends one subsegment, and nothing else, took "
            f"{quantity(traced - bare, 'ms')} over the bare handler in this run, and {quantity(traced / ours, '×')} of "
            "mock-read's."
        ),
    )


def spent(_: Options) -> tuple[Spent, ...]:
    with account_with_flags() as sandbox, search_path(MOCK_READ) as path:
        return of_imports(import_times(_script(_MODULES[OURS], path), function_environment(sandbox)))


def _cold(script: str, environment: dict[str, str], _round: int) -> float:
    return first_answer_ms(script, environment)


def _script(module: str, path: list[str]) -> str:
    return _SCRIPT.format(path=path, module=module)


BENCHMARK: Final = Benchmark(name="cold-read", run=run, spent=spent)
