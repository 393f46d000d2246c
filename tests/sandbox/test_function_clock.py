"""Playbook time in the processes of deployed functions, and what that takes of MiniStack's worker."""

import json
import runpy
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from ministack.core import lambda_runtime

from sandbox import function_clock
from sandbox.clock import Clock
from sandbox.function_clock import FunctionClock
from tests.sandbox.lambda_functions import create_function
from tests.sandbox_process import RunningSandbox

TELL_TIME = """
import os, time

def handler(event, context):
    print("read")
    began = time.monotonic(), time.perf_counter()
    time.sleep(event.get("seconds", 0))
    return {
        "process": os.getpid(),
        "time": time.time(),
        "time_ns": time.time_ns(),
        "patched": time.time.__module__,
        "slept": time.monotonic() - began[0],
        "slept_by_performance": time.perf_counter() - began[1],
        "remaining_ms": context.get_remaining_time_in_millis(),
    }
"""


class Function:
    def __init__(self, sandbox: RunningSandbox) -> None:
        self.sandbox = sandbox
        self.name = f"clock-{uuid.uuid4().hex[:8]}"
        create_function(sandbox, self.name, TELL_TIME, Timeout=30)

    def tell(self, **event: float) -> dict[str, Any]:
        answer = self.sandbox.client("lambda").invoke(FunctionName=self.name, Payload=json.dumps(event))
        told: dict[str, Any] = json.load(answer["Payload"])
        return told


@pytest.fixture
def function(past_sandbox: RunningSandbox) -> Function:
    return Function(past_sandbox)


def test_a_functions_time_is_that_of_the_clock(function: Function) -> None:
    before = function.sandbox.control.clock()
    told = function.tell()
    after = function.sandbox.control.clock()
    assert before["now"] <= told["time"] <= after["now"]
    assert before["now"] <= told["time_ns"] / 1e9 <= after["now"]
    assert told["time"] < time.time() - 3600


def test_a_process_that_is_warm_follows_a_jump_and_another_pace(function: Function) -> None:
    control = function.sandbox.control
    cold = function.tell()
    jumped = control.jump_clock(600)
    warm = function.tell()
    assert warm["process"] == cold["process"]
    assert warm["time"] >= cold["time"] + 600
    assert warm["time"] >= jumped["now"]
    control.run_clock_at(60)
    try:
        start = function.tell()
        end = function.tell(seconds=0.5)
        assert end["process"] == cold["process"]
        assert end["time"] - start["time"] >= 30
        assert end["time"] <= control.clock()["now"]
    finally:
        control.run_clock_at(1)


def test_durations_and_the_time_that_is_left_are_the_walls(function: Function) -> None:
    control = function.sandbox.control
    control.run_clock_at(60)
    try:
        told = function.tell(seconds=0.2)
    finally:
        control.run_clock_at(1)
    # At the clock's pace it would have been 12 s.
    assert 0.2 <= told["slept"] < 6
    assert 0.2 <= told["slept_by_performance"] < 6
    assert 20_000 < told["remaining_ms"] <= 29_800


def test_where_the_clock_is_the_walls_a_function_has_the_standard_librarys_time(sandbox: RunningSandbox) -> None:
    assert Function(sandbox).tell()["patched"] == "time"


@pytest.fixture
def patched_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the worker's prefix in this process on a clock file, and takes back what it did."""

    def patched(clock: Clock) -> FunctionClock:
        file = FunctionClock(tmp_path / "clock", clock)
        monkeypatch.setenv(function_clock.VARIABLE, str(tmp_path / "clock"))
        monkeypatch.setattr(time, "time", time.time)
        monkeypatch.setattr(time, "time_ns", time.time_ns)
        prefix = tmp_path / "prefix.py"
        prefix.write_text(function_clock._PREFIX)
        runpy.run_path(str(prefix))
        return file

    return patched


def test_the_time_of_a_process_never_goes_back_and_never_passes_the_clock(patched_time: Any) -> None:
    clock = Clock(behind_seconds=86_400)
    file = patched_time(clock)
    last = 0.0
    for number in range(500):
        clock.run_at(60 if number % 2 else 1)
        told = time.time()
        assert last <= told <= clock.now()
        last = told
    file.close()


def test_the_time_of_a_process_never_passes_the_wall(patched_time: Any) -> None:
    clock = Clock(behind_seconds=0.001)
    wall = time.time
    clock.run_at(1000)
    file = patched_time(clock)
    assert clock.behind_seconds() < 1
    for _ in range(1000):
        assert time.time() <= wall()
    file.close()


def test_ministacks_worker_still_has_what_is_changed_in_it() -> None:
    """A new release of MiniStack that fails here has moved what sandbox/function_clock.py changes."""
    script = lambda_runtime._PYTHON_WORKER_SCRIPT
    if function_clock.VARIABLE not in script:
        assert script.count(function_clock._WORKERS_TIME) == function_clock._WORKERS_USES
        assert "import sys, json, importlib, traceback, os, time" in script
