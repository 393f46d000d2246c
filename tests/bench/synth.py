"""`cdk synth` of every environment, by the real command line, next to an empty Python CDK app."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from tests.bench.benchmark import Benchmark, Options
from tests.bench.child import REPOSITORY
from tests.bench.hot_spots import of_profile
from tests.bench.included_app import write_included_app
from tests.bench.result import Goal, Row, Spent
from tests.bench.timing import interleaved, sample, timed_us

ALL: Final = "every environment"
ONE: Final = "one environment"
INCLUDED: Final = "the same resources, included"
EMPTY: Final = "empty app"

_EVERY: Final = ("*/*",)
_ROUNDS: Final = 5
_CDK: Final = REPOSITORY / "node_modules" / ".bin" / "cdk"
_EMPTY_APP: Final = Path(__file__).with_name("peers") / "empty_cdk_app"


def run(options: Options) -> Row:
    rounds = 1 if options.quick else _ROUNDS
    with tempfile.TemporaryDirectory() as folder:
        included_app = Path(folder) / "app"
        assembly = Path(folder) / "cdk.out"
        _synth(REPOSITORY, _EVERY, assembly)
        write_included_app(assembly, included_app)
        contenders = {
            ALL: partial(_synth_s, REPOSITORY, _EVERY),
            ONE: partial(_synth_s, REPOSITORY, ("beta/*", "--context", "environment=beta")),
            INCLUDED: partial(_synth_s, included_app, _EVERY),
            EMPTY: partial(_synth_s, _EMPTY_APP, ("*",)),
        }
        # Packages are built in the warm-up, as in a team's second synth.
        times = interleaved(contenders, rounds=rounds, warm_up=1)
    samples = {name: sample(values, "s") for name, values in times.items()}
    return Row(
        name=BENCHMARK.name,
        title="`cdk synth`",
        compared="four environments of four stacks, checked by three rule packs, next to an app of one empty stack",
        samples=samples,
        goals=tuple(
            Goal(f"{name}: p50 ÷ the empty app's", samples[name].median / samples[EMPTY].median, 1.6, "×")
            for name in (ONE, ALL)
        ),
        notes=(
            "The command line runs the whole app whatever it is asked for; `-c environment=beta` makes it smaller.",
        ),
        floor=(
            f"{samples[INCLUDED].median / samples[EMPTY].median:.1f}× for the same resources under the same packs, "
            "included as templates: the CDK's own rules, compiled for each synthesis and run on sixteen templates, the "
            "packs, and the modules of aws-cdk-lib that these load. Above that our constructs are calls to Node, each "
            "of which waits for its answer, and Python imports the CDK's modules."
        ),
    )


def spent(_: Options) -> tuple[Spent, ...]:
    """Of the app alone, as the command line starts it."""
    context = json.loads((REPOSITORY / "cdk.json").read_text(encoding="utf-8"))["context"]
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder) / "profile"
        subprocess.run(
            [sys.executable, "-m", "cProfile", "-o", str(profile), "app.py"],
            cwd=REPOSITORY,
            env=_environment(CDK_OUTDIR=folder, CDK_CONTEXT_JSON=json.dumps(context)),
            check=True,
            capture_output=True,
        )
        return of_profile(str(profile))


def _synth_s(folder: Path, stacks: Sequence[str], _round: int) -> float:
    """Seconds."""
    with tempfile.TemporaryDirectory() as output:
        return timed_us(partial(_synth, folder, stacks, Path(output))) / 1e6


def _synth(folder: Path, stacks: Sequence[str], output: Path) -> None:
    """In the app's own folder, with the interpreter that runs this as `python`."""
    command = [str(_CDK), "synth", "--quiet", *stacks, "--output", str(output), "--no-notices"]
    done = subprocess.run(command, cwd=folder, env=_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _environment(**variables: str) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "CDK_DISABLE_CLI_TELEMETRY": "true", "PATH": path, **variables}


BENCHMARK: Final = Benchmark(name="synth", run=run, spent=spent, in_quick_runs=False)
