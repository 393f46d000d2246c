"""Reads through Prisma, ours and the client's alone, timed or profiled in a process of their own.

    python -m tests.bench.prisma_reads ANSWER times|profile ROUNDS

PYTHONPATH names the generated client, the environment is the function's. What it takes is written to the file ANSWER.
"""

import contextlib
import importlib
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from tests.bench.hot_spots import of_calls
from tests.bench.observed import Observed
from tests.bench.timing import interleaved, timed_us
from tests.bench.warm_prisma import CLIENT, OURS

_USERS: Final = 50
_WARM_UP: Final = 50
_REMAINING_MS: Final = 60_000


def main(answer: str, what: str, rounds: str) -> None:
    with Observed() as observed, contextlib.redirect_stdout(observed.stream):
        os.environ["AWS_XRAY_DAEMON_ADDRESS"] = observed.daemon_address
        result = _profiled(observed, int(rounds)) if what == "profile" else _timed(observed, int(rounds))
    Path(answer).write_text(json.dumps(result), encoding="utf-8")


def _timed(observed: Observed, rounds: int) -> dict[str, list[float]]:
    read = _service()
    # Imported only here, for it connects.
    find_user = importlib.import_module("tests.bench.peers.prisma_client").find_user

    def ours_us(number: int) -> float:
        answers: list[Any] = []
        took_us = timed_us(lambda: answers.append(read(number)))
        said = observed.said()
        (event,) = said.events()
        (segment,) = said.segments()
        assert answers[0]["statusCode"] == 200, answers
        assert (event["event"], segment["name"], len(said.points())) == ("PRISMA-READ", "prisma", 2)
        return took_us

    return interleaved(
        {OURS: ours_us, CLIENT: lambda number: timed_us(lambda: find_user(_user_id(number)))},
        rounds=rounds,
        warm_up=_WARM_UP,
    )


def _profiled(observed: Observed, rounds: int) -> list[dict[str, Any]]:
    read = _service()

    def reads() -> None:
        for number in range(rounds):
            read(number)
            observed.said()

    return [asdict(part) for part in of_calls(reads)]


def _service() -> Callable[[int], Any]:
    service = importlib.import_module("prisma_read.composition").build_read_service(os.environ)
    service.prepare()

    def read(number: int) -> Any:
        request_id = f"00000000-0000-4000-8000-{number:012d}"
        return service.handle({"userId": _user_id(number)}, request_id, _REMAINING_MS)

    return read


def _user_id(number: int) -> str:
    return f"user-{number % _USERS + 1}"


if __name__ == "__main__":
    main(*sys.argv[1:])
