import base64
import json
import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from ministack.core import lambda_runtime

from sandbox import invocation_log
from tests.sandbox.lambda_functions import create_function
from tests.sandbox_process import RunningSandbox

TALKATIVE = """
import sys
def handler(event, context):
    for part in range(event["lines"]):
        print(f"{event['name']} {part}")
    if event.get("fail"):
        raise RuntimeError("as asked")
    return event["name"]
"""


@pytest.fixture(scope="module")
def talkative(sandbox: RunningSandbox) -> str:
    create_function(sandbox, "talkative", TALKATIVE)
    return "talkative"


def _tail(sandbox: RunningSandbox, name: str, event: dict[str, object]) -> list[str]:
    response = sandbox.client("lambda").invoke(FunctionName=name, LogType="Tail", Payload=json.dumps(event))
    lines = base64.b64decode(response.get("LogResult", "")).decode().splitlines()
    return [line for line in lines if "invocation" not in line]


def test_the_lines_of_an_invocation_are_its_own_and_whole_under_load(sandbox: RunningSandbox, talkative: str) -> None:
    with ThreadPoolExecutor(8) as pool:

        def own_lines(number: int) -> bool:
            lines = _tail(sandbox, talkative, {"name": f"call-{number}", "lines": 5})
            return lines == [f"call-{number} {part}" for part in range(5)]

        assert all(pool.map(own_lines, range(200)))


def test_a_worker_marks_where_an_invocations_output_ends(sandbox: RunningSandbox, talkative: str) -> None:
    _tail(sandbox, talkative, {"name": "any", "lines": 1})

    (script, *_) = sandbox.state_directory.rglob(f"*{talkative}*/_worker.py")
    assert repr(invocation_log.END) in script.read_text()


def test_lines_that_come_late_are_waited_for_and_the_next_invocations_are_left() -> None:
    lines: queue.Queue[str] = queue.Queue()

    def write() -> None:
        for line in ("late", invocation_log.END, "the next's"):
            lines.put(line)

    writer = threading.Timer(0.4, write)
    writer.start()
    worker = SimpleNamespace(_stderr_queue=lines, _stderr_thread=writer)

    assert invocation_log._until_end(worker) == "late"
    assert lines.get() == "the next's"


def test_a_worker_that_died_is_not_waited_for() -> None:
    lines: queue.Queue[str] = queue.Queue()
    lines.put("last words")
    dead = threading.Thread()

    assert invocation_log._until_end(SimpleNamespace(_stderr_queue=lines, _stderr_thread=dead)) == "last words"


def test_an_invocation_that_says_nothing_has_no_log_and_waits_for_none(sandbox: RunningSandbox, talkative: str) -> None:
    assert _tail(sandbox, talkative, {"name": "quiet", "lines": 0}) == []
    assert _tail(sandbox, talkative, {"name": "next", "lines": 1}) == ["next 0"]


def test_the_lines_of_a_failing_invocation_are_kept(sandbox: RunningSandbox, talkative: str) -> None:
    assert "failing 0" in _tail(sandbox, talkative, {"name": "failing", "lines": 1, "fail": True})


def test_ministacks_worker_still_has_what_is_changed_in_it() -> None:
    """A new release of MiniStack that fails here has moved what sandbox/invocation_log.py changes."""
    script = lambda_runtime._PYTHON_WORKER_SCRIPT

    assert script.count(invocation_log._LOOP_END) == 1 or invocation_log.END in script
    assert hasattr(lambda_runtime.Worker, "_drain_stderr_bounded")
    assert {"_stderr_queue", "_stderr_thread"} <= set(lambda_runtime.Worker("f", {}, b"").__dict__)
