"""`playbook decide`: the go/no-go."""

import sys
from pathlib import Path

import click

from playbook.bundle import Gate
from playbook.command import Playbook, playbook_command
from playbook.decision import look, record
from playbook.evidence_options import wait_option
from playbook.journal import AccountJournal
from playbook.verdict_output import print_verdict, write_bundle
from playbook.verdict_view import EXIT_CODES


@playbook_command("decide")
@click.option(
    "--evidence-out",
    "evidence_out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where to write the evidence bundle.  [default: evidence/<env>-<time>.jsonl]",
)
@wait_option
def command(playbook: Playbook, *, evidence_out: Path | None, wait_seconds: float) -> None:
    """Give the verdict on the present step: GO, HOLD, INVESTIGATE or ROLLBACK.

    At H+2 after an hour of the canary, and before each further step of the ramp. Everything since the step began is
    counted, from the functions' own logs. Look as often as you like: the bounds hold under repeated looks. The verdict
    goes on record, and every number it rests on into a bundle, which `playbook judge` judges again.

    \b
    Examples:
      playbook decide
      playbook decide --json --evidence-out canary.jsonl

    Exit codes: 0 GO, 10 HOLD, 11 INVESTIGATE, 12 ROLLBACK; 1 failed, 2 wrong usage, 3 refused.
    """  # noqa: D301 - \b is click's own, for lines that are not to be filled
    account, output = playbook.account, playbook.output
    with output.progress.status("reading the account") as status:
        bundle = look(account, Gate.CANARY, wait_seconds=wait_seconds, on_progress=status.update)
    path = evidence_out or Path("evidence") / f"{bundle.environment}-{bundle.at:%Y%m%dT%H%M%SZ}.jsonl"
    write_bundle(path, bundle)
    record(AccountJournal(account), bundle, evidence=path.name)
    print_verdict(output, bundle, evidence=path)
    sys.exit(EXIT_CODES[bundle.verdict.outcome])
