"""Printing and keeping a verdict, the same for every command that comes to one."""

from pathlib import Path

import click

from playbook import bundle as bundles
from playbook.bundle import Bundle
from playbook.output import Output
from playbook.verdict_view import (
    detail_lines,
    next_line,
    outcome_line,
    style_of,
    title_lines,
    verdict_document,
    verdict_table,
)


def print_verdict(output: Output, bundle: Bundle, *, evidence: Path | None) -> None:
    """`evidence` is where the bundle lies, None where it was not written."""
    output.document(verdict_document(bundle, evidence=str(evidence) if evidence else None))
    if output.as_json:
        return
    for line in title_lines(bundle):
        output.line(line)
    # A table wraps its cells; everything else is left to the terminal.
    output.console.print(verdict_table(bundle.verdict), soft_wrap=False)
    for line in detail_lines(bundle):
        output.line(line)
    output.line(outcome_line(bundle.verdict), style=style_of(bundle.verdict.outcome))
    output.line(next_line(bundle))
    if evidence is not None:
        output.line(f"Evidence: {evidence}")


def write_bundle(path: Path, bundle: Bundle) -> None:
    """Raises click.FileError where the file cannot be written."""
    try:
        bundles.write(path, bundle)
    except OSError as error:
        raise click.FileError(str(path), error.strerror) from error
