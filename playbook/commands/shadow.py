"""`playbook shadow`: may a canary begin?"""

import sys
from pathlib import Path

import click

from playbook.bundle import Gate
from playbook.command import Playbook, playbook_command
from playbook.decision import look
from playbook.evidence_options import wait_option
from playbook.verdict_output import print_verdict, write_bundle
from playbook.verdict_view import EXIT_CODES


@playbook_command("shadow")
@click.option(
    "--evidence-out",
    "evidence_out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also write the evidence bundle there.",
)
@wait_option
def command(playbook: Playbook, *, evidence_out: Path | None, wait_seconds: float) -> None:
    """Judge the shadow: differences, errors, latency and coverage of the comparisons, and the alarms.

    During the first hour, from H+0 to H+1, as often as you like, and before the canary. Everything since the flag's
    present position began is counted. Nothing is changed, and nothing goes on record.

    \b
    Examples:
      playbook shadow
      playbook shadow --json --wait 0

    Exit codes: 0 GO, a canary may begin; 10 HOLD, 11 INVESTIGATE, 12 ROLLBACK; 1 failed, 2 wrong usage, 3 refused.
    """  # noqa: D301 - \b is click's own, for lines that are not to be filled
    account, output = playbook.account, playbook.output
    with output.progress.status("reading the account") as status:
        bundle = look(account, Gate.SHADOW, wait_seconds=wait_seconds, on_progress=status.update)
    if evidence_out is not None:
        write_bundle(evidence_out, bundle)
    print_verdict(output, bundle, evidence=evidence_out)
    if bundle.step.flag.shadow_percent == 0:
        output.line("No read is compared at this position of the flag: `playbook canary shadow` begins it.")
    sys.exit(EXIT_CODES[bundle.verdict.outcome])
