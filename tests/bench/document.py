"""Writes docs/PERFORMANCE.md from a run's JSON: `python -m tests.bench.document build/bench/performance.json`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.bench.result import Report, Row, from_json
from tests.bench.table import limit, quantity

DOCUMENT: Final = Path(__file__).resolve().parents[2] / "docs" / "PERFORMANCE.md"

_HEAD: Final = """# Performance

Measured, next to what people use instead; written by `make bench`, which runs all of it. Contenders take turns within
one run, so what counts are the ratios: a slow moment of the machine is a slow moment for all. The peers are written as
their own documentation shows, in [`tests/bench/peers`](../tests/bench/peers), and tell of a read what we tell; that
each read wrote its lines, metrics and segment is checked while it is measured.
"""


def document(report: Report) -> str:
    """The page, in Markdown."""
    return "".join(_parts(report))


def _parts(report: Report) -> Iterator[str]:
    yield _HEAD
    yield f"\nTaken on {report.taken_at} with Python {report.python} on {report.machine}.\n"
    if report.quick:
        yield "\n**A quick run, too short to be quoted.**\n"
    yield "\n| what | | measured | goal | |\n| --- | --- | ---: | ---: | --- |\n"
    for row in report.rows:
        for number, goal in enumerate(row.goals):
            title = f"[{row.title}](#{row.name})" if number == 0 else ""
            met = "met" if goal.met else "**missed**"
            yield f"| {title} | {goal.what} | {quantity(goal.measured, goal.unit)} | {limit(goal)} | {met} |\n"
    if report.left_out:
        yield "\nNot in this run: "
        yield "; ".join(f"{name} ({reason})" for name, reason in report.left_out.items())
        yield ".\n"
    for row in report.rows:
        yield from _section(row)


def _section(row: Row) -> Iterator[str]:
    yield f"\n## {row.name}\n\n{row.title[:1].upper()}{row.title[1:]}: {row.compared}.\n"
    yield "\n| | median | middle half | p95 | runs |\n| --- | ---: | ---: | ---: | ---: |\n"
    for name, sample in row.samples.items():
        spread = f"{quantity(sample.p25, '').strip()}–{quantity(sample.p75, sample.unit)}"
        p95 = quantity(sample.p95, sample.unit)
        yield f"| {name} | {quantity(sample.median, sample.unit)} | {spread} | {p95} | {sample.count:,} |\n"
    for note in row.notes:
        yield f"\n{note}\n"
    if row.spent:
        yield "\nWhere the time goes:\n\n| share | |\n| ---: | --- |\n"
        for part in row.spent:
            yield f"| {part.share_percent:g} % | `{part.where}` |\n"
    if row.floor and not row.met:
        yield f"\nThe floor: {row.floor}\n"


def main(file: str) -> None:
    DOCUMENT.write_text(document(from_json(Path(file).read_bytes())), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
