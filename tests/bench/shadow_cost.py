"""What the shadow costs a user's read, next to the usual way of doing it: an `Event` invocation with boto3.

    make bench      # or: python -m sandbox run -- python -m tests.bench.shadow_cost

Reads with the shadow on and off alternate in one process, through the real handler's parts, with every line printed;
only the flag is given. Times are wall time of `handle`, in microseconds; what counts is the difference of the medians.
"""

import io
import json
import os
import statistics
import sys
import time
import zipfile
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.config import Config
from rich.console import Console
from rich.table import Table

from mock_read.candidate import CandidateReader
from mock_read.read_service import ReadService
from mock_read.shadow import Shadow
from playbook.traffic import beta_users
from shared.digests import Digester
from shared.flag import Flag
from shared.mock_reader import MockReader
from shared.telemetry import Telemetry
from shared.tracing import XRayTracer
from tests.lambda_support.fakes import DIGEST_KEY, FakeFlags

READS: Final = 20_000
WARM_UP: Final = 500
EVENT_INVOKES: Final = 300
NOTHING: Final = "def handler(event, context):\n    print('got it')\n"


class NoCandidate(CandidateReader):
    """The mock serves every read here, so nothing is to be prepared."""

    def __init__(self) -> None:
        pass

    def prepare(self) -> None:
        pass


def _service(*, shadow_percent: float) -> ReadService:
    telemetry = Telemetry(environment="beta", function="huntaze-mock-read", version="1")
    return ReadService(
        flags=FakeFlags(Flag(enabled=True, percent=0, shadow_percent=shadow_percent, seed="bench")),
        mock=MockReader(),
        candidate=NoCandidate(),
        shadow=Shadow(digester=Digester(DIGEST_KEY), telemetry=telemetry),
        telemetry=telemetry,
        tracer=XRayTracer(version="1"),
    )


def _reads_us() -> tuple[list[float], list[float]]:
    """Times of reads with the shadow off and on, the two in turn."""
    off, on = _service(shadow_percent=0), _service(shadow_percent=100)
    users = beta_users(50)
    times_us: tuple[list[float], list[float]] = ([], [])
    for number in range(READS + WARM_UP):
        event = {"userId": users[number % len(users)]}
        # Which goes first alternates, so that neither always finds the other's warm caches.
        for side in (number % 2, 1 - number % 2):
            request_id = f"00000000-0000-4000-8000-{number:012d}"
            started_ns = time.perf_counter_ns()
            (off, on)[side].handle(event, request_id)
            if number >= WARM_UP:
                times_us[side].append((time.perf_counter_ns() - started_ns) / 1000)
    return times_us


def _event_invokes_us(endpoint_url: str) -> list[float]:
    """Times of `Event` invocations of a function that does nothing, on the sandbox."""
    config = Config(retries={"total_max_attempts": 1})
    client: Any = boto3.client("lambda", endpoint_url=endpoint_url, config=config)
    iam = boto3.client("iam", endpoint_url=endpoint_url)
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="bench", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as packed:
        packed.writestr("index.py", NOTHING)
    client.create_function(
        FunctionName="bench",
        Runtime="python3.13",
        Handler="index.handler",
        Role=role,
        Code={"ZipFile": package.getvalue()},
    )
    payload = json.dumps({"userId": "user-7", "answer": MockReader().read("user-7")})

    def invoke() -> None:
        client.invoke(FunctionName="bench", InvocationType="Event", Payload=payload)

    return [_timed_us(invoke) for _ in range(EVENT_INVOKES)][EVENT_INVOKES // 10 :]


def _timed_us(call: Callable[[], None]) -> float:
    started_ns = time.perf_counter_ns()
    call()
    return (time.perf_counter_ns() - started_ns) / 1000


def main() -> None:
    """Print the table; `--json FILE` also writes the figures."""
    os.environ.setdefault("LAMBDA_TASK_ROOT", "/var/task")
    with Path(os.devnull).open("w", encoding="utf-8") as sink, redirect_stdout(sink):
        off_us, on_us = _reads_us()
    events_us = _event_invokes_us(os.environ["AWS_ENDPOINT_URL"])
    cost_us = statistics.median(on_us) - statistics.median(off_us)
    event_us = statistics.median(events_us)

    table = Table(title="A read's time, µs", title_justify="left")
    for heading in ("", "p50", "p95"):
        table.add_column(heading, justify="left" if not heading else "right")
    for label, times_us in (("shadow off", off_us), ("shadow on", on_us), ("an Event invocation", events_us)):
        p95 = statistics.quantiles(times_us, n=20, method="inclusive")[18]
        table.add_row(label, f"{statistics.median(times_us):.1f}", f"{p95:.1f}")
    console = Console()
    console.print(table)
    console.print(f"the shadow costs {cost_us:.1f} µs at p50, 1/{event_us / cost_us:.0f} of an Event invocation")
    if "--json" in sys.argv:
        figures = {"shadow_cost_us": cost_us, "event_invocation_us": event_us, "ratio": cost_us / event_us}
        Path(sys.argv[sys.argv.index("--json") + 1]).write_text(json.dumps(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
