"""`playbook watch`: the rates with their bounds, the dials and the alarms, as they move."""

from contextlib import suppress
from typing import Final

import click
from rich.console import Console

from playbook.command import Playbook, playbook_command
from playbook.watch import AccountEyes, watch
from playbook.watch_screen import screen_of
from playbook.watch_view import look_document

_SECONDS: Final = 15


@playbook_command("watch")
@click.option(
    "--interval",
    "interval_seconds",
    type=click.FloatRange(1),
    default=_SECONDS,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait between two looks, on this machine's clock.",
)
@click.option("--once", is_flag=True, help="Look once.")
@click.option(
    "--for",
    "minutes",
    type=click.FloatRange(0),
    metavar="MINUTES",
    help="Look for so long, on the account's clock. [default: until Ctrl-C]",
)
def command(playbook: Playbook, *, interval_seconds: float, once: bool, minutes: float | None) -> None:
    """Watch the step: its rates with their bounds against their limits, the dials, the alarms, and what comes next.

    Everything counts from the beginning of the step, so the longer it lasts the narrower are the bounds. They hold
    however often one looks. The checks are those of `playbook decide`, or of `playbook shadow` as long as no read may
    be sent to Prisma; comparisons that are still on their way lower the coverage for some seconds.

    In a terminal the screen is drawn anew; a file or a pipe gets one line a look. A look that fails is told, and tried
    again: ten in a row end the watch. It changes nothing.

    \b
    Examples:
      playbook watch
      playbook watch --for 60 --interval 30 >> canary.log
      playbook watch --once --json

    Exit codes: 0, whatever it sees, also after Ctrl-C; 1 when it could not look.
    """  # noqa: D301 - \b is click's own, for lines that are not to be filled
    if once and minutes is not None:
        raise click.UsageError("say either --once or --for")
    if playbook.output.as_json:
        if not once:
            raise click.UsageError("--json prints one document: say --once, too")
        playbook.output.document(look_document(AccountEyes(playbook.account).look()))
        return
    with suppress(KeyboardInterrupt), screen_of(Console(highlight=False)) as screen:
        watch(
            AccountEyes(playbook.account, screen.progress),
            screen,
            interval_seconds=interval_seconds,
            minutes=0 if once else minutes,
        )
