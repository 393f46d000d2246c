"""The handlers that read a user from the mock, ours and the peers', timed or profiled in a process of their own.

    python -m tests.bench.handlers ANSWER times|profile ROUNDS CONTENDER...

The environment is the function's; what it takes is written to the file ANSWER.
"""

import contextlib
import importlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from tests.bench.observed import Observed, Said
from tests.bench.timing import interleaved, timed_us

OURS: Final = "mock-read"
POWERTOOLS: Final = "Powertools"
POLLED: Final = "AppConfig polled directly"
EVERY_READ: Final = "GetLatestConfiguration every read"
BARE: Final = "bare handler"
TRACED: Final = "X-Ray SDK alone"

_WARM_UP: Final = 100
_USERS: Final = 50
_CHECKED_AT_ONCE: Final = 500
_FIRST_READS: Final = 5
_FLAG_CACHE_S: Final = 1.0

Handler = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Context:
    """What the handlers look at in Lambda's context object."""

    aws_request_id: str
    function_name: str = "huntaze-mock-read"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:huntaze-mock-read:live"


def load_handler(name: str) -> Handler:
    """A contender's handler, imported now, as Lambda does."""
    if name in {POLLED, EVERY_READ}:
        made: Handler = _module("tests.bench.peers.direct_read").direct_handler(every_read=name == EVERY_READ)
        return made
    module = {
        OURS: "mock_read.handler",
        POWERTOOLS: "tests.bench.peers.powertools_read",
        BARE: "tests.bench.peers.bare",
        TRACED: "tests.bench.peers.xray_sdk",
    }[name]
    handler: Handler = _module(module).lambda_handler
    return handler


def read(handler: Handler, number: int) -> str:
    """One read, and whom it asked for."""
    user_id = f"user-{number % _USERS + 1}"
    handler({"userId": user_id}, Context(f"00000000-0000-4000-8000-{number:012d}"))
    return user_id


def main(answer: str, what: str, rounds: str, *names: str) -> None:
    with Observed() as observed, contextlib.redirect_stdout(observed.stream):
        # The X-Ray SDK reads the address when it is imported, and Powertools' logger keeps the stdout of that time.
        os.environ["AWS_XRAY_DAEMON_ADDRESS"] = observed.daemon_address
        result = _profiled(observed, int(rounds), *names) if what == "profile" else _timed(observed, int(rounds), names)
    Path(answer).write_text(json.dumps(result), encoding="utf-8")


def _timed(observed: Observed, rounds: int, names: Sequence[str]) -> dict[str, list[float]]:
    handlers = {name: load_handler(name) for name in names}
    for handler in handlers.values():
        _read_first(handler, observed)
    # mock-read makes its client for the candidate in the background of its first reads.
    for thread in set(threading.enumerate()) - {threading.main_thread()}:
        thread.join()
    observed.said()
    require_told = _module("tests.bench.told").require_told
    to_be_checked: list[tuple[str, Said]] = []

    def timed(name: str, number: int) -> float:
        user_id = ""

        def call() -> None:
            nonlocal user_id
            user_id = read(handlers[name], number)

        took_us = timed_us(call)
        said = observed.said()
        if name not in {BARE, TRACED}:
            to_be_checked.append((user_id, said))
        # In batches: checking is much more work than reading and would leave the handlers nothing in the caches.
        if len(to_be_checked) == _CHECKED_AT_ONCE:
            _check()
        return took_us

    def _check() -> None:
        for user_id, said in to_be_checked:
            require_told(user_id, said)
        to_be_checked.clear()

    times = interleaved({name: partial(timed, name) for name in names}, rounds=rounds, warm_up=_WARM_UP)
    _check()
    return times


def _read_first(handler: Handler, observed: Observed) -> None:
    """An agent that is cold itself may answer too late, which is remembered for as long as an answer is."""
    for _ in range(_FIRST_READS):
        read(handler, 0)
        if all(event["event"] != "FLAG-ERROR" for event in observed.said().events()):
            return
        time.sleep(_FLAG_CACHE_S)


def _profiled(observed: Observed, rounds: int, name: str) -> list[dict[str, Any]]:
    handler = load_handler(name)

    def reads() -> None:
        for number in range(rounds):
            read(handler, number)
            observed.said()

    return [asdict(part) for part in _module("tests.bench.hot_spots").of_calls(reads)]


def _module(name: str) -> Any:
    """Late, so that it finds stdout and the environment as they are to be."""
    return importlib.import_module(name)


if __name__ == "__main__":
    main(*sys.argv[1:])
