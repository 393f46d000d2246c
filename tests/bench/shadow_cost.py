"""What the shadow costs a user's read, next to the usual way of doing it: an `Event` invocation with boto3.

Reads with the shadow on and off take turns in one process, and in every tenth round so does the invocation. They go
through the real handler's parts, with every line written; only the flag is given. What the shadow costs is the
difference of the two medians.
"""

from contextlib import redirect_stdout
from hashlib import blake2b
from typing import Final

import orjson

from mock_read.read_service import ReadService
from mock_read.shadow import Shadow
from shared.digests import DIGEST_BYTES, DIGEST_PATHS, Digester
from shared.flag import Flag
from shared.mock_reader import MockReader
from shared.names import LogToken
from shared.telemetry import Telemetry
from shared.tracing import XRayTracer
from tests.bench.account import USERS
from tests.bench.benchmark import Benchmark, Options
from tests.bench.hot_spots import of_calls
from tests.bench.observed import Observed
from tests.bench.peers.event_invoke import create_function, event_invoker
from tests.bench.result import Goal, Row, Spent
from tests.bench.table import quantity
from tests.bench.timing import Contender, interleaved, sample, timed_us
from tests.lambda_support.fakes import DIGEST_KEY, REQUEST_ID, FakeCandidate, FakeFlags
from tests.sandbox_process import running_sandbox

OFF: Final = "read, shadow off"
ON: Final = "read, shadow on"
EVENT: Final = "an `Event` invocation"
LINE: Final = "12 digests and the line, of texts that are there"

_ROUNDS: Final = 3_000
_WARM_UP: Final = 100
_PROFILED_READS: Final = 3_000
_FUNCTION: Final = "shadow"
_ROUNDS_AN_EVENT: Final = 10
_ASKED: Final = f'"{LogToken.SHADOW_REQUEST}"'.encode()


def run(options: Options) -> Row:
    with running_sandbox() as sandbox, Observed() as observed, redirect_stdout(observed.stream):
        create_function(sandbox, _FUNCTION)
        invoke = event_invoker(sandbox, _FUNCTION)
        services = {OFF: _service(shadow_percent=0), ON: _service(shadow_percent=100)}
        mock = MockReader()

        def read_us(name: str, number: int) -> float:
            event, request_id = {"userId": USERS[number % len(USERS)]}, f"00000000-0000-4000-8000-{number:012d}"
            took_us = timed_us(lambda: services[name].handle(event, request_id))
            asked = observed.said().stdout.count(_ASKED)
            assert asked == (1 if name == ON else 0)
            return took_us

        def event_us(number: int) -> float | None:
            if number % _ROUNDS_AN_EVENT:
                return None
            user_id = USERS[number % len(USERS)]
            document = mock.read(user_id)
            return timed_us(lambda: invoke(user_id, document))

        contenders: dict[str, Contender] = {
            OFF: lambda number: read_us(OFF, number),
            ON: lambda number: read_us(ON, number),
            LINE: _line_us(services[ON], observed),
            EVENT: event_us,
        }
        times = interleaved(
            contenders,
            rounds=options.rounds(_ROUNDS),
            warm_up=_WARM_UP,
        )
    samples = {name: sample(values, "µs") for name, values in times.items()}
    cost_us = samples[ON].median - samples[OFF].median
    return Row(
        name=BENCHMARK.name,
        title="cost of the shadow on the user path",
        compared="a read that is compared with one that is not, next to an `Event` invocation of a function that does "
        "nothing",
        samples=samples,
        goals=(
            Goal("p50 on − p50 off", cost_us, 50, "µs"),
            Goal("that ÷ p50 of an `Event` invocation", cost_us / samples[EVENT].median, 1 / 20, "×"),
        ),
        notes=("The invocation goes to the embedded AWS on the same machine; to AWS itself it takes longer.",),
        floor=(
            f"Hashing the digests and writing the line alone took {quantity(samples[LINE].median, 'µs')} in this run: "
            "keyed digests of texts that are canonical already, and a line that is JSON already. The rest is to "
            "make the canonical text of a user's fields, and JSON of the line."
        ),
    )


def _line_us(service: ReadService, observed: Observed) -> Contender:
    """What is left if the canonical text and the line were free."""
    service.handle({"userId": USERS[0]}, REQUEST_ID)
    (line,) = [line for line in observed.said().stdout.decode().splitlines() if _ASKED.decode() in line]
    document = MockReader().read(USERS[0])
    assert document is not None
    texts = [orjson.dumps(value) for value in document.values()][: len(DIGEST_PATHS)]
    assert len(texts) == len(DIGEST_PATHS)
    keyed = blake2b(digest_size=DIGEST_BYTES, key=DIGEST_KEY.encode())

    def digests_and_line() -> None:
        for text in texts:
            digest = keyed.copy()
            digest.update(text)
            digest.hexdigest()
        print(line)

    def took_us(_: int) -> float:
        took = timed_us(digests_and_line)
        observed.said()
        return took

    return took_us


def spent(_: Options) -> tuple[Spent, ...]:
    with Observed() as observed, redirect_stdout(observed.stream):
        service = _service(shadow_percent=100)

        def reads() -> None:
            for number in range(_PROFILED_READS):
                service.handle({"userId": USERS[number % len(USERS)]}, f"00000000-0000-4000-8000-{number:012d}")
                observed.said()

        return of_calls(reads)


def _service(*, shadow_percent: float) -> ReadService:
    telemetry = Telemetry(environment="beta", function="huntaze-mock-read", version="1")
    return ReadService(
        flags=FakeFlags(Flag(enabled=True, percent=0, shadow_percent=shadow_percent, seed="bench")),
        mock=MockReader(),
        candidate=FakeCandidate(),
        shadow=Shadow(digester=Digester(DIGEST_KEY), telemetry=telemetry),
        telemetry=telemetry,
        tracer=XRayTracer(version="1"),
    )


BENCHMARK: Final = Benchmark(name="shadow-cost", run=run, spent=spent)
