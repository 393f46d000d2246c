"""`playbook judge`: a verdict, given again from a bundle."""

import sys
from dataclasses import replace
from pathlib import Path

import click

from playbook import bundle as bundles
from playbook.bundle import InvalidBundleError
from playbook.command import Playbook, playbook_command
from playbook.verdict_output import print_verdict
from playbook.verdict_view import EXIT_CODES


@playbook_command("judge")
@click.option(
    "--evidence",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    required=True,
    help="The bundle that `decide` wrote.",
)
def command(playbook: Playbook, *, evidence: Path) -> None:
    """Judge a bundle's evidence again, by its own limits. Needs no account, no credentials and no network.

    Any time later: the same evidence always gives the same verdict. A recorded verdict that differs is told, which
    means that the file was changed, or that the judge is of another version.

    \b
    Example:
      playbook judge --evidence evidence/beta-20260301T110000Z.jsonl

    Exit codes: 0 GO, 10 HOLD, 11 INVESTIGATE, 12 ROLLBACK; 1 no bundle, or another verdict than the recorded one;
    2 wrong usage.
    """  # noqa: D301 - \b is click's own, for lines that are not to be filled
    try:
        bundle = bundles.read(evidence)
    except InvalidBundleError as error:
        raise click.ClickException(str(error)) from error
    replayed = replace(bundle, verdict=bundle.replayed())
    print_verdict(playbook.output, replayed, evidence=evidence)
    if replayed.verdict != bundle.verdict:
        raise click.ClickException(
            f"the bundle records {bundle.verdict.outcome.name}, and not this verdict with these reasons"
        )
    sys.exit(EXIT_CODES[replayed.verdict.outcome])
