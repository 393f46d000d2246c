"""`playbook preflight`: the checklist before the canary."""

from typing import Any

import click
from rich.status import Status

from playbook.checklist import Checklist, Item
from playbook.command import Playbook, playbook_command
from playbook.failures import Refusal
from playbook.journal import AccountJournal
from playbook.output import Output
from playbook.preflight import Intent, Preflight
from playbook.preflight_account import AccountSight
from playbook.traffic import beta_users
from shared.flag import SplitBy


@playbook_command("preflight")
@click.option(
    "--percent", type=click.FloatRange(0, 100), help="The canary's share of reads. [default: the ramp's first step]"
)
@click.option(
    "--split-by",
    type=click.Choice([str(choice) for choice in SplitBy]),
    help="What is drawn: a user for good, or each request. [default: what the flag says]",
)
@click.option(
    "--users", type=click.IntRange(1), default=50, show_default=True, help="How many users are expected to read."
)
def command(playbook: Playbook, *, percent: float | None, split_by: str | None, users: int) -> None:
    """Go through the checklist before the canary, and say what to do about what is not as it should be.

    Gates of `playbook canary start`; the shadow's gate and its coverage; alarms and whom they tell; guardian; people;
    dashboard, traces and saved queries; who will be in the canary, whether so many reads can decide anything, and room
    for them; a warm prisma-read. The latency of the latter is measured by probes, which count nowhere, and recorded as
    the baseline that the canary is held against. Nothing else is changed.

    Say it when the shadow hour is over and reads flow. Each item is PASS, WARN, which is for you to weigh, or FAIL.

    \b
    Examples:
      playbook preflight
      playbook preflight --percent 5 --split-by user --users 40

    Exit codes: 0 nothing fails, 3 something does.
    """  # noqa: D301 - \b is click's own, for lines that are not to be filled
    account, output = playbook.account, playbook.output
    with output.progress.status("reading the settings") as status:
        preflight = Preflight(
            AccountSight(account, on_progress=status.update),
            AccountJournal(account),
            on_look=status.update,
            on_item=lambda item: _show(output, status, item),
        )
        checklist = preflight.run(
            Intent(percent=percent, split_by=None if split_by is None else SplitBy(split_by), users=beta_users(users))
        )
    output.line()
    output.line(checklist.sentence, style="bold")
    output.document(_document(playbook, checklist))
    if not checklist.passed:
        raise SystemExit(Refusal.exit_code)


def _show(output: Output, status: Status, item: Item) -> None:
    # Both may be on one terminal.
    status.stop()
    for text, style in item.lines():
        output.line(text, style=style)
    status.start()


def _document(playbook: Playbook, checklist: Checklist) -> dict[str, Any]:
    account = playbook.account
    return {
        "environment": account.environment,
        "at": account.now(),
        "passed": checklist.passed,
        "items": [item.document() for item in checklist.items],
    }
