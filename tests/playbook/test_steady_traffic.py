import json
import threading
import time
from typing import Any, cast

from playbook.steady_traffic import CONCURRENCY, SteadyTraffic


class _Payload:
    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    def read(self) -> bytes:
        return json.dumps(self._document).encode()


class Functions:
    """Lambda, as far as a read needs it; `gate` holds reads back while it is cleared."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.at_once = 0
        self.most_at_once = 0
        self._lock = threading.Lock()

    def invoke(self, *, FunctionName: str, Qualifier: str, Payload: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        assert self.gate.wait(10)
        with self._lock:
            self.at_once -= 1
        user = json.loads(Payload)["userId"]
        answer = {"statusCode": 200, "user": {"id": user}}
        return {"ExecutedVersion": "1", "Payload": _Payload(answer), "FunctionName": FunctionName, "Alias": Qualifier}


def _traffic(functions: Functions, reads_per_second: float) -> SteadyTraffic:
    return SteadyTraffic(cast("Any", functions), "mock-read", ["user-1", "user-2"], reads_per_second=reads_per_second)


def test_reads_flow_while_the_block_runs_by_the_users_in_turn() -> None:
    with _traffic(Functions(), 200).flowing() as traffic:
        while len(traffic.results()) < 4:
            time.sleep(0.01)
    users = [result.user_id for result in traffic.results()]

    assert set(users) == {"user-1", "user-2"}
    assert not any(result.error for result in traffic.results())
    settled = len(traffic.results())
    time.sleep(0.05)
    assert len(traffic.results()) == settled


def test_a_function_that_hangs_is_not_asked_more_often_than_the_limit() -> None:
    functions = Functions()
    functions.gate.clear()
    with _traffic(functions, 1000).flowing():
        while functions.at_once < CONCURRENCY:
            time.sleep(0.01)
        time.sleep(0.05)
        functions.gate.set()

    assert functions.most_at_once == CONCURRENCY
