"""The run's figures: through JSON and back, as a table, and as the page that the docs hold."""

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from tests.bench.__main__ import why_left_out
from tests.bench.document import DOCUMENT, document
from tests.bench.hot_spots import of_calls, of_imports, of_phases
from tests.bench.registry import BENCHMARKS
from tests.bench.result import Goal, Report, Row, Spent, as_json, from_json
from tests.bench.suite import seconds_by_folder
from tests.bench.table import limit, quantity, table
from tests.bench.timing import Sample

MET = Row(
    name="warm-read",
    title="warm user path",
    compared="ours, next to theirs",
    samples={"ours": Sample("µs", 5000, 120, 130.4, 140, 1234), "theirs": Sample("µs", 5000, 500, 520, 540, 600)},
    goals=(Goal("p50 ÷ theirs", 0.25, 0.7, "×"),),
    notes=("Everything is on.",),
    floor="Nothing less.",
)
MISSED = replace(
    MET,
    name="throughput",
    title="reads a second",
    goals=(Goal("reads a second", 112.2, 250, "reads/s", "at least"),),
    spent=(Spent(62.5, "json_text (lambda/shared/canonical.py:72)"),),
)
REPORT = Report(
    machine="2 processors",
    python="3.13.1",
    taken_at="2026-01-02",
    quick=False,
    rows=(MET, MISSED),
    left_out={"suite": "runs with `--suite` alone"},
)


@pytest.mark.parametrize(
    ("goal", "met"),
    [
        (Goal("", 0.7, 0.7, "×"), True),
        (Goal("", 0.701, 0.7, "×"), False),
        (Goal("", 250, 250, "", "at least"), True),
        (Goal("", 249, 250, "", "at least"), False),
    ],
)
def test_a_goal_is_met_at_its_limit_and_not_beyond(goal: Goal, met: bool) -> None:  # noqa: FBT001 — a table of cases
    assert goal.met is met


def test_a_report_comes_back_from_json_as_it_was() -> None:
    assert from_json(as_json(REPORT)) == REPORT


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0123, "0.0123 ×"), (0.25, "0.25 ×"), (13.04, "13.0 ×"), (143.6, "144 ×"), (5432, "5,432 ×")]
)
def test_quantities_have_three_digits_that_tell_something(value: float, shown: str) -> None:
    assert quantity(value, "×") == shown


def test_limits_say_in_which_direction() -> None:
    assert [limit(row.goals[0]) for row in REPORT.rows] == ["≤ 0.7 ×", "≥ 250 reads/s"]


def test_the_table_names_every_goal_and_whether_it_is_met() -> None:
    shown = io.StringIO()
    Console(width=160, file=shown).print(table(REPORT))
    text = shown.getvalue()
    assert re.search(r"0\.25 ×.*≤ 0\.7 ×.*met.*ours: 130 µs", text)
    assert re.search(r"112 reads/s.*≥ 250 reads/s.*missed", text)


def test_the_page_says_what_a_missed_goals_time_is_spent_on_and_what_the_floor_is() -> None:
    page = document(REPORT)
    met, missed = page.partition("\n## throughput\n")[::2]
    assert "| [warm user path](#warm-read) | p50 ÷ theirs | 0.25 × | ≤ 0.7 × | met |" in met
    assert "| ours | 130 µs | 120–140 µs | 1,234 µs | 5,000 |" in met
    assert "Everything is on." in met
    assert "The floor" not in met
    assert "| 62.5 % | `json_text (lambda/shared/canonical.py:72)` |" in missed
    assert "The floor: Nothing less." in missed
    assert "Not in this run: suite (runs with `--suite` alone)." in page
    assert "quick" not in page


def test_the_page_of_a_quick_run_says_so() -> None:
    assert "**A quick run, too short to be quoted.**" in document(replace(REPORT, quick=True))


def test_a_name_on_the_command_line_overrides_what_is_left_out() -> None:
    by_name = {benchmark.name: benchmark for benchmark in BENCHMARKS}
    names = ("suite", "synth", "warm-read")

    def left_out(only: tuple[str, ...] = (), *, quick: bool = False, suite: bool = False) -> set[str]:
        return {name for name in names if why_left_out(by_name[name], only, quick=quick, suite=suite)}

    assert left_out() == {"suite"}
    assert left_out(suite=True) == set()
    assert left_out(quick=True) == {"suite", "synth"}
    assert left_out(("suite",), quick=True) == {"synth", "warm-read"}


def busy() -> int:
    """All the time is its own: no function is called whose share might be the larger one."""
    total = 0
    for number in range(200_000):
        total += number
    return total


def test_a_profile_names_functions_by_their_place_in_the_repository() -> None:
    spent = of_calls(busy)
    assert spent[0].where.startswith("busy (tests/bench/test_bench_report.py:")
    assert 0 < spent[0].share_percent <= 100


def test_import_times_are_added_up_by_package() -> None:
    text = (
        "import time: self [us] | cumulative | imported package\n"
        "import time:       300 |        300 |   shared.names\n"
        "import time:       500 |        900 | shared\n"
        "import time:       200 |        200 | json\n"
    )
    assert of_imports(text) == (Spent(80.0, "import shared"), Spent(20.0, "import json"))


def test_phases_are_shown_from_the_longest() -> None:
    assert of_phases({"a": 1.0, "b": 3.0}) == (Spent(75.0, "b"), Spent(25.0, "a"))


def test_the_docs_hold_the_page_of_a_whole_run() -> None:
    page = DOCUMENT.read_text(encoding="utf-8")
    assert "quick run" not in page
    assert "Not in this run" not in page, "write it again: make bench"
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == [benchmark.name for benchmark in BENCHMARKS]
    sections = dict(section.split("\n", 1) for section in page.split("\n## ")[1:])
    for name in missing_a_goal(page):
        assert "The floor:" in sections[name], f"{name} misses a goal, and the page does not say what could be reached"


def missing_a_goal(page: str) -> set[str]:
    """A row's name stands in the first of its goals' lines alone."""
    missing: set[str] = set()
    name = ""
    for line in page.splitlines():
        if named := re.match(r"\| \[.*\]\(#(.+?)\) \|", line):
            name = named[1]
        if "**missed**" in line:
            missing.add(name)
    return missing


def test_the_suites_time_is_summed_by_folder() -> None:
    record = """<testsuites><testsuite>
      <testcase classname="tests.playbook.test_judge" time="1.5"/>
      <testcase classname="tests.playbook.commands.test_watch.TestKeys" time="0.5"/>
      <testcase classname="tests.stacks.test_bundle" time="2"/>
    </testsuite></testsuites>"""
    assert seconds_by_folder(record) == {"tests/playbook": 2, "tests/stacks": 2}
