"""`playbook traffic`: test reads of the beta's users."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

import click
from botocore.config import Config
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from playbook.account import Account
from playbook.command import Playbook, playbook_command
from playbook.database import run_migrations
from playbook.journal import AccountJournal, Kind
from playbook.traffic import Traffic, beta_users, read_once
from playbook.traffic_summary import TrafficCount

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

# The mock knows as many.
MOST_USERS: Final = 50
_READS: Final = 100
_LOOK_SECONDS: Final = 1.0
_TELL_SECONDS: Final = 10.0


@playbook_command("traffic")
@click.option(
    "--users", type=click.IntRange(1, MOST_USERS), default=MOST_USERS, show_default=True, help="How many users read."
)
@click.option("--reads", type=click.IntRange(1), help=f"How many reads in all. [default: {_READS}, without --for]")
@click.option(
    "--for", "minutes", type=click.FloatRange(0, min_open=True), metavar="MINUTES", help="Read for so long instead."
)
@click.option(
    "--rate",
    type=click.FloatRange(0),
    default=0,
    show_default=True,
    help="Reads a second; 0 is as fast as they are answered.",
)
@click.option("--concurrency", type=click.IntRange(1, 64), default=8, show_default=True, help="Reads at a time.")
@click.option(
    "--seed-users", is_flag=True, help="First write these users into the database, as `playbook db seed` does."
)
def command(
    playbook: Playbook,
    *,
    users: int,
    reads: int | None,
    minutes: float | None,
    rate: float,
    concurrency: int,
    seed_users: bool,
) -> None:
    """Send test reads as callers send them, and say what they got.

    The users user-1, user-2, … read in turn through the `live` alias: in the shadow phase, so that there is something
    to compare; before the preflight, so that there are traces and metrics; in the canary, when real users are too few
    to decide. Each read is counted, logged and sampled as a user's is.

    --for is on the account's clock, --rate on this machine's. Ctrl-C ends the reads and still says what they came to.

    \b
    Examples:
      playbook traffic
      playbook traffic --for 30 --rate 12

    Exit codes: 0 every read was answered, 1 a read failed.
    """  # noqa: D301 - \b is click's own, for lines that are not to be filled
    if reads is not None and minutes is not None:
        raise click.UsageError("say either --reads or --for")
    if minutes is None:
        reads = reads or _READS
    account, output = playbook.account, playbook.output
    account.require_deployed()
    if seed_users:
        answer = run_migrations(account.functions, account.names.prisma_migrate_function, "seed")
        AccountJournal(account).write(Kind.DATABASE, action="seed", answer=answer)
    counted = TrafficCount()
    traffic = Traffic(
        partial(read_once, _client(account, concurrency), account.names.mock_read_function),
        beta_users(users),
        reads=reads,
        reads_per_second=rate,
        concurrency=concurrency,
        on_read=counted.add,
    )
    until = account.now() + timedelta(minutes=minutes) if minutes else None
    started_s = time.monotonic()
    interrupted = False
    try:
        with _progress(output.progress, counted, reads) as show, traffic.flowing():
            while not traffic.wait(_LOOK_SECONDS):
                show()
                if until is not None and account.now() >= until:
                    break
    except KeyboardInterrupt:
        interrupted = True
    summary = counted.summary(time.monotonic() - started_s)
    for line in summary.lines():
        output.line(line)
    output.document(summary.document())
    if interrupted:
        raise click.Abort
    if summary.failed:
        sys.exit(1)


def _client(account: Account, concurrency: int) -> "LambdaClient":
    """One attempt a read, because what a caller sees is what is told, and a connection for each."""
    config = Config(
        retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=60, max_pool_connections=concurrency
    )
    return account.session.client("lambda", config=config)


@contextmanager
def _progress(console: Console, counted: TrafficCount, reads: int | None) -> Iterator[Callable[[], None]]:
    """A bar on a terminal, a line now and then elsewhere."""
    if not console.is_terminal:
        yield _teller(console, counted)
        return
    columns = (
        TextColumn("{task.fields[told]}"),
        BarColumn(),
        TaskProgressColumn(show_speed=True),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=reads, told="")

        def show() -> None:
            progress.update(task, completed=counted.reads, told=_told(counted))

        show()
        yield show


def _teller(console: Console, counted: TrafficCount) -> Callable[[], None]:
    told_s = time.monotonic()

    def tell() -> None:
        nonlocal told_s
        if time.monotonic() - told_s >= _TELL_SECONDS:
            told_s = time.monotonic()
            console.print(_told(counted), markup=False)

    return tell


def _told(counted: TrafficCount) -> str:
    return f"{counted.reads:,} reads, {counted.failed:,} failed"
