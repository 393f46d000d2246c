"""The function as Lambda starts it: a fresh interpreter, the generated client, and no database to be had."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from shared.flag import Flag
from shared.mock_reader import MockReader
from stacks.prisma_client import generate_client
from tests.lambda_support.fakes import DIGEST_KEY, ENVIRONMENT, VERSION, FakeCandidate, Log, read_service
from tests.lambda_support.log_subscription import subscription_event

LAMBDA_ROOT = Path(__file__).parents[3] / "lambda"
USERS: dict[str, Any] = {f"user-{number}": MockReader().read(f"user-{number}") for number in range(1, 51)}

IN_LAMBDA = """
import json, sys, types
from prisma_read.shadow_handler import lambda_handler
context = types.SimpleNamespace(aws_request_id="comparator-request", get_remaining_time_in_millis=lambda: 60_000)
for line in sys.stdin:
    try:
        lambda_handler(json.loads(line), context)
    except Exception as error:
        print(json.dumps({"raised": str(error)}))
"""


def lines_now(flag: Flag) -> list[str]:
    """The shadow lines of a read of each user, as if made now."""
    log = Log()
    service = read_service(log, flag=flag, candidate=FakeCandidate(USERS))
    for user_id in USERS:
        service.handle({"userId": user_id}, f"{flag.percent}-{user_id}")
    now_ms = time.time_ns() // 1_000_000
    return [json.dumps({**event, "time": now_ms}) for event in log.events if event["event"] == "SHADOW-REQUEST"]


def test_reads_of_prisma_are_compared_without_a_database_and_those_of_the_mock_handed_back() -> None:
    by_prisma = lines_now(Flag(enabled=True, percent=100, shadow_percent=100))
    by_mock = lines_now(Flag(enabled=True, shadow_percent=100))
    events = [subscription_event(lines) for lines in (by_prisma, by_mock)]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        done = subprocess.run(
            [sys.executable, "-c", IN_LAMBDA],
            input="\n".join(map(json.dumps, events)),
            env={
                "PATH": os.environ.get("PATH", ""),
                "PYTHONPATH": os.pathsep.join([str(generate_client()), str(LAMBDA_ROOT)]),
                "HUNTAZE_ENVIRONMENT": ENVIRONMENT,
                "AWS_LAMBDA_FUNCTION_VERSION": VERSION,
                "HUNTAZE_DIGEST_KEY": DIGEST_KEY,
                "HUNTAZE_DATABASE_SECRET_ID": "huntaze/reader",
                "HUNTAZE_QUERY_TIMEOUT_MS": "1000",
                "PRISMA_QUERY_ENGINE_BINARY": "/nonexistent",
                # Nothing answers for Secrets Manager.
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{taken.getsockname()[1]}",
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
            },
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, "")
    *lines, raised = done.stdout.splitlines()
    log = Log(lines)
    assert json.loads(raised) == {"raised": "none of 50 reads was compared: secret"}
    sums = log.sums(environment=ENVIRONMENT)
    assert (sums["ShadowComparisons"], sums["ShadowMismatches"], sums["ShadowErrors"]) == (50, 0, 50)
