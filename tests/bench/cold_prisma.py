"""A cold start of prisma-read with the WebAssembly engine, next to the client used as its README shows.

A fresh interpreter, the handler's import, which connects, and the first answer. prisma-read also fetches the database's
secret, traces and logs; the client alone finds the connection URL in its environment. The engine is the same program,
and both start it. Both find the package of prisma-read, compiled, and Lambda's runtime; the client alone is as its
generator leaves it.
"""

from functools import partial
from typing import Final

from stacks.prisma_bundle import PRISMA
from tests.bench.benchmark import Benchmark, Options
from tests.bench.candidate_database import candidate_database
from tests.bench.child import first_answer_ms, import_times
from tests.bench.function_packages import client_as_generated, search_path
from tests.bench.hot_spots import of_imports
from tests.bench.result import Goal, Row, Spent
from tests.bench.table import quantity
from tests.bench.timing import interleaved, sample

OURS: Final = "prisma-read"
README: Final = "client, as its README shows"
ENGINE: Final = "the engine's start alone"
IMPORT: Final = "the client's import alone"
WITH_SECRET: Final = "that, with the URL from Secrets Manager by boto3"

_ROUNDS: Final = 20
_OURS: Final = """
from prisma_read.handler import lambda_handler
class context:
    aws_request_id = "00000000-0000-4000-8000-000000000000"
    get_remaining_time_in_millis = staticmethod(lambda: 60_000)
answer = lambda_handler({"userId": "user-7"}, context)
assert answer["statusCode"] == 200, answer
"""
_README: Final = """
from tests.bench.peers.prisma_client import find_user
assert find_user("user-7").id == "user-7"
"""
_SECRET: Final = """
import os
import boto3
secret = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["HUNTAZE_DATABASE_SECRET_ID"])
os.environ["DATABASE_URL"] = secret["SecretString"]
"""
_ENGINE: Final = """
import atexit, os
from pathlib import Path
from prisma_read.engine_process import EngineProcess
from prisma_read.engine_start import engine_command
program = Path(os.environ["PRISMA_QUERY_ENGINE_BINARY"])
engine = EngineProcess.launch(engine_command(program, os.environ["DATABASE_URL"]))
atexit.register(engine.stop)
engine.await_serving(60)
"""
_IMPORT: Final = """
import prisma_read.client
"""
_SCRIPTS: Final = {
    OURS: _OURS,
    README: _README,
    WITH_SECRET: _SECRET + _README,
    ENGINE: _ENGINE,
    IMPORT: _IMPORT,
}
_AS_GENERATED: Final = frozenset({README, WITH_SECRET})


def run(options: Options) -> Row:
    with candidate_database() as environment, search_path(PRISMA) as path, client_as_generated() as client:
        contenders = {
            name: partial(_cold, _script(body, [client, *path] if name in _AS_GENERATED else path), environment)
            for name, body in _SCRIPTS.items()
        }
        times = interleaved(contenders, rounds=options.rounds(_ROUNDS), warm_up=1)
    samples = {name: sample(values, "ms") for name, values in times.items()}
    ours, readme, engine, imported = (samples[name].median for name in (OURS, README, ENGINE, IMPORT))
    return Row(
        name=BENCHMARK.name,
        title="cold prisma-read, WebAssembly engine included",
        compared="a fresh interpreter's start, the import that connects and the first answer, next to the client used "
        "as its README shows on the same engine",
        samples=samples,
        goals=(Goal("p50 ÷ the client's", ours / readme, 0.6, "×"),),
        notes=("prisma-read fetches the secret, traces and logs, which the client as its README shows it does not.",),
        floor=(
            f"In this run an interpreter that did nothing but start the engine took {quantity(engine, 'ms')}, and one "
            f"that did nothing but import the client {quantity(imported, 'ms')}. With a processor for each, nothing is "
            f"quicker than the slower of the two, {quantity(max(engine, imported) / readme, '×')} of the peer. What is "
            "above that is the secret, which the engine's start waits for, and the first query. The engine's start is "
            "Node's and the WebAssembly module's; the native engine has neither."
        ),
    )


def spent(_: Options) -> tuple[Spent, ...]:
    with candidate_database() as environment, search_path(PRISMA) as path:
        return of_imports(import_times(_script(_OURS, path), environment))


def _cold(script: str, environment: dict[str, str], _round: int) -> float:
    return first_answer_ms(script, environment)


def _script(body: str, path: list[str]) -> str:
    # The engine ends with its client, after the answer.
    return f"import os, sys\nsys.path[:0] = {path!r}\n{body}\nos.write(int(sys.argv[1]), b'.')\n"


BENCHMARK: Final = Benchmark(name="cold-prisma", run=run, spent=spent)
