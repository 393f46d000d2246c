"""A cold start of prisma-read with the WebAssembly engine, next to the client used as its README shows.

A fresh interpreter, the handler's import, which connects, and the first answer. prisma-read also fetches the database's
secret with boto3, traces and logs; the client alone finds the connection URL in its environment. The engine is the same
program, and both start it. Both find the package of prisma-read, compiled, and Lambda's runtime; the client alone is as
its generator leaves it.
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
from tests.bench.timing import interleaved, sample

OURS: Final = "prisma-read"
README: Final = "client, as its README shows"
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
_SCRIPTS: Final = {OURS: _OURS, README: _README, WITH_SECRET: _SECRET + _README}


def run(options: Options) -> Row:
    with candidate_database() as environment, search_path(PRISMA) as path, client_as_generated() as client:
        paths = {OURS: path}
        contenders = {
            name: partial(_cold, _script(body, paths.get(name, [client, *path])), environment)
            for name, body in _SCRIPTS.items()
        }
        times = interleaved(contenders, rounds=options.rounds(_ROUNDS), warm_up=1)
    samples = {name: sample(values, "ms") for name, values in times.items()}
    return Row(
        name=BENCHMARK.name,
        title="cold prisma-read, WebAssembly engine included",
        compared="a fresh interpreter's start, the import that connects and the first answer, next to the client used "
        "as its README shows on the same engine",
        samples=samples,
        goals=(Goal("p50 ÷ the client's", samples[OURS].median / samples[README].median, 0.6, "×"),),
        notes=("prisma-read fetches the secret, traces and logs, which the client as its README shows it does not.",),
        floor=(
            "What both need: the interpreter, the import of the generated client with pydantic and httpx, and the "
            "engine's own start, which is Node's and the WebAssembly module's; the native engine has neither."
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
