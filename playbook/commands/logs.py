"""`playbook logs`: what the functions write, as it comes."""

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Final

import click

from playbook.account import Account
from playbook.command import Playbook, playbook_command
from playbook.log_reader import EVERY_LINE, AccountLogs
from playbook.log_tail import TOKENS, LogFilter, LogLine, LogTail, epoch_ms
from playbook.log_view import log_document, log_text

_LOOK_AGAIN_SECONDS: Final = 2.0
# A Date header has whole seconds; what was logged in this very one counts, too.
_THIS_SECOND_MS: Final = 1000


@playbook_command("logs")
@click.option("--tail", is_flag=True, help="Go on with what comes, until Ctrl-C.")
@click.option(
    "--since",
    "since_minutes",
    type=click.FloatRange(0),
    default=10,
    show_default=True,
    metavar="MINUTES",
    help="Begin so long ago.",
)
@click.option(
    "--token",
    "tokens",
    type=click.Choice(TOKENS, case_sensitive=False),
    multiple=True,
    metavar="TOKEN",
    help="Only lines with this word in brackets. May be given several times.",
)
@click.option("--user", "user_id", metavar="USER", help="Only lines of this user.")
def command(
    playbook: Playbook, *, tail: bool, since_minutes: float, tokens: tuple[str, ...], user_id: str | None
) -> None:
    """What mock-read, prisma-shadow and prisma-read write, merged by time.

    Failures are red, differences and refusals yellow, answered reads green, for whoever sees colours; the words in
    brackets say the same. What Lambda itself writes around each invocation is left out, a time-out or a traceback not.
    A line may come a few seconds after the read; one that comes late is told late.

    \b
    Examples:
      playbook logs --tail
      playbook logs --tail --token CANARY-ERROR --token SHADOW-ERROR
      playbook logs --since 60 --user user-7

    \b
    Tokens: MOCK-SUCCESS, CANARY-SUCCESS, CANARY-ERROR, SHADOW-REQUEST,
    SHADOW-DIFF, SHADOW-ERROR, SHADOW-SKIPPED, FLAG-ERROR, BAD-REQUEST, PROBE,
    PRISMA-READ, PRISMA-ERROR.

    Exit codes: 0, also after Ctrl-C; 1 when the logs could not be read.
    """  # noqa: D301 - \b is click's own, for lines that are not to be filled
    if tail and playbook.output.as_json:
        raise click.UsageError("--json prints one document, and --tail never ends: say one of them")
    shown = LogFilter(tokens=frozenset(tokens), user_id=user_id)
    lines = (line for line in _lines(playbook.account, since_minutes, tail=tail) if shown.shows(line))
    if playbook.output.as_json:
        playbook.output.document({"lines": [log_document(line) for line in lines]})
        return
    names = playbook.account.names
    with suppress(KeyboardInterrupt):
        for line in lines:
            playbook.output.console.print(log_text(line, prefix=names.prefix))


def _lines(account: Account, since_minutes: float, *, tail: bool) -> Iterator[LogLine]:
    names, now = account.names, account.now()
    functions = (names.mock_read_function, names.prisma_shadow_function, names.prisma_read_function)
    since_ms = epoch_ms(now - timedelta(minutes=since_minutes))
    log_tail = LogTail(AccountLogs(account.logs, EVERY_LINE), functions, since_ms=since_ms)
    yield from log_tail.new_lines(epoch_ms(now) + _THIS_SECOND_MS)
    while tail:
        time.sleep(_LOOK_AGAIN_SECONDS)
        yield from log_tail.new_lines(epoch_ms(account.now()) + _THIS_SECOND_MS)
