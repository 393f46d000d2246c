"""`make test` a second time: everything is set up, and caches are as the first run left them."""

import os
import subprocess
import tempfile
from collections import defaultdict
from functools import partial
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from tests.bench.benchmark import Benchmark, Options
from tests.bench.child import REPOSITORY
from tests.bench.hot_spots import of_phases
from tests.bench.result import Goal, Row
from tests.bench.timing import sample, timed_us

_LIMIT_MINUTES: Final = 4
_WORKERS: Final = 2
# It looks at the page that this run is about to write.
_LEFT_OUT: Final = "tests/bench/test_bench_report.py::test_the_docs_hold_the_page_of_a_whole_run"


def run(_: Options) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "tests.xml"
        environment = {**os.environ, "PYTEST_ADDOPTS": f"--junitxml={record} --deselect {_LEFT_OUT}"}
        make_test = partial(
            subprocess.run, ["make", "test"], cwd=REPOSITORY, env=environment, check=True, capture_output=True
        )
        minutes = timed_us(make_test) / 60e6
        seconds = seconds_by_folder(record.read_text(encoding="utf-8"))
    tests = sum(seconds.values()) / 60 / _WORKERS
    return Row(
        name=BENCHMARK.name,
        title="`make test`, second run",
        compared="lint, types and every test but the slow ones, by the wall's clock",
        samples={"make test": sample([minutes], "min")},
        goals=(Goal("in all", minutes, _LIMIT_MINUTES, "min"),),
        spent=of_phases(seconds),
        floor=f"The tests alone, shared evenly by two processes that are ready at once: {tests:.1f} min of this run.",
    )


def seconds_by_folder(junit_xml: str) -> dict[str, float]:
    """What the tests below each folder of `tests` took, from pytest's record of a run."""
    seconds: defaultdict[str, float] = defaultdict(float)
    for test in ET.fromstring(junit_xml).iter("testcase"):  # noqa: S314 - pytest has just written it
        folder = "/".join(test.attrib["classname"].split(".")[:2])
        seconds[folder] += float(test.attrib["time"])
    return seconds


BENCHMARK: Final = Benchmark(name="suite", run=run, on_demand=True)
