"""Runs the benchmark: `python -m tests.bench`, or `make bench`.

Progress goes to stderr, the table to stdout, all figures to a JSON file, from which docs/PERFORMANCE.md is written.
"""

import os
import platform
import sys
import time
import traceback
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from tests.bench.benchmark import Benchmark, Options
from tests.bench.document import DOCUMENT, document
from tests.bench.registry import BENCHMARKS
from tests.bench.result import Report, Row, as_json
from tests.bench.table import table


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--only", multiple=True, type=click.Choice([benchmark.name for benchmark in BENCHMARKS]), help="Run these alone."
)
@click.option("--quick", is_flag=True, help="See that everything works; the figures say little.")
@click.option("--suite", is_flag=True, help="Run `make test`, too, which takes minutes.")
@click.option(
    "--json",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("build") / "bench" / "performance.json",
    show_default=True,
    help="Where to write the figures.",
)
@click.option("--document/--no-document", "write_document", default=None, help=f"Write docs/{DOCUMENT.name}.")
def main(only: tuple[str, ...], file: Path, *, quick: bool, suite: bool, write_document: bool | None) -> None:
    """Measure what is promised, next to what people use instead.

    The page is written of a whole run, and of a part only if told so. Exits 0 whether or not the goals are met, and 1
    when a benchmark could not be run; the others are.
    """
    options = Options(quick=quick)
    rows: list[Row] = []
    left_out: dict[str, str] = {}
    failed: list[str] = []
    for benchmark in BENCHMARKS:
        reason = why_left_out(benchmark, only, quick=quick, suite=suite)
        if reason is not None:
            left_out[benchmark.name] = reason
            continue
        try:
            rows.append(_run(benchmark, options))
        except Exception:  # noqa: BLE001 — the others took minutes
            traceback.print_exc()
            failed.append(benchmark.name)
    left_out |= dict.fromkeys(failed, "could not be run")
    report = Report(
        machine=f"{os.cpu_count()} processors, {platform.system()} {platform.machine()}",
        python=platform.python_version(),
        taken_at=datetime.now(UTC).date().isoformat(),
        quick=quick,
        rows=tuple(rows),
        left_out=left_out,
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(as_json(report))
    Console().print(table(report))
    if failed:
        sys.exit(1)
    if write_document or (write_document is None and not only and not quick):
        DOCUMENT.write_text(document(report), encoding="utf-8")


def why_left_out(benchmark: Benchmark, only: tuple[str, ...], *, quick: bool, suite: bool) -> str | None:
    """None for one that is to run. A name on the command line overrides the rest."""
    if only:
        return None if benchmark.name in only else "not asked for"
    if benchmark.on_demand and not suite:
        return "runs with `--suite` alone"
    if quick and not benchmark.in_quick_runs:
        return "takes too long for a quick run"
    return None


def _run(benchmark: Benchmark, options: Options) -> Row:
    progress = Console(stderr=True)
    progress.print(f"… {benchmark.name}", end=" ")
    started_s = time.monotonic()
    row = benchmark.run(options)
    if not row.met and not row.spent:
        row = replace(row, spent=benchmark.spent(options))
    progress.print(f"[dim]{time.monotonic() - started_s:.0f} s[/] {'' if row.met else '[yellow]a goal is missed[/]'}")
    return row


if __name__ == "__main__":
    sys.exit(main())
