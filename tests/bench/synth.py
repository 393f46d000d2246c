"""`cdk synth` of every environment, by the real command line, next to an empty Python CDK app."""

import json
import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Final

from tests.bench.benchmark import Benchmark, Options
from tests.bench.child import REPOSITORY
from tests.bench.hot_spots import of_profile
from tests.bench.result import Goal, Row, Spent
from tests.bench.timing import interleaved, sample, timed_us

ALL: Final = "every environment"
ONE: Final = "one environment"
EMPTY: Final = "empty app"

_ROUNDS: Final = 5
_CDK: Final = REPOSITORY / "node_modules" / ".bin" / "cdk"
_EMPTY_APP: Final = Path(__file__).with_name("peers") / "empty_cdk_app"


def run(options: Options) -> Row:
    contenders = {
        ALL: partial(_synth_s, REPOSITORY, "*/*"),
        ONE: partial(_synth_s, REPOSITORY, "beta/*"),
        EMPTY: partial(_synth_s, _EMPTY_APP, "*"),
    }
    rounds = 1 if options.quick else _ROUNDS
    # Packages are built in the warm-up, as in a team's second synth.
    times = interleaved(contenders, rounds=rounds, warm_up=1)
    samples = {name: sample(values, "s") for name, values in times.items()}
    return Row(
        name=BENCHMARK.name,
        title="`cdk synth`",
        compared="four environments of four stacks, checked by three rule packs, next to an app of one empty stack",
        samples=samples,
        goals=(Goal("p50 ÷ the empty app's", samples[ALL].median / samples[EMPTY].median, 1.6, "×"),),
        notes=("`cdk synth` runs the whole app whatever stacks it is asked for, so one environment takes as long.",),
        floor=(
            "What the empty app takes: the command line, Node, jsii's kernel and the import of aws-cdk-lib. Above it "
            "each construct is a call into the kernel and back, and each rule pack visits every resource."
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


def _synth_s(folder: Path, stacks: str, _round: int) -> float:
    """Seconds, in the app's own folder, with the interpreter that runs this as `python`."""
    with tempfile.TemporaryDirectory() as output:
        command = [str(_CDK), "synth", "--quiet", stacks, "--output", output, "--no-notices"]
        done: list[subprocess.CompletedProcess[str]] = []

        def synth() -> None:
            done.append(
                subprocess.run(command, cwd=folder, env=_environment(), capture_output=True, text=True, check=False)
            )

        took_s = timed_us(synth) / 1e6
    assert done[0].returncode == 0, done[0].stdout + done[0].stderr
    return took_s


def _environment(**variables: str) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "CDK_DISABLE_CLI_TELEMETRY": "true", "PATH": path, **variables}


BENCHMARK: Final = Benchmark(name="synth", run=run, spent=spent, in_quick_runs=False)
