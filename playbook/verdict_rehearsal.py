"""The verdicts rehearsed: what a candidate that is not well comes to, each in a canary of its own.

`make rehearse-verdicts` runs it inside `python -m sandbox run`, as the other rehearsals. The faults enter through the
database and the log's bus; whatever an operator does is done by `playbook`.
"""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import boto3
import click
from rich.console import Console

from playbook.account import Account
from playbook.baseline import latest
from playbook.bundle import read as read_bundle
from playbook.cdk_cli import CdkError
from playbook.clients import Clients
from playbook.embedded_aws import EmbeddedAws, EmbeddedAwsError
from playbook.journal import AccountJournal
from playbook.live_state import NotDeployedError
from playbook.rehearsal import BUS_SECONDS, SETTLE_MINUTES, TURNING_FACTOR, endpoint_on_this_machine
from playbook.rehearsed_faults import Database, delay_reads
from playbook.rehearsed_stacks import RehearsedStacks, database_url
from playbook.rehearsed_tool import Tool, UnexpectedEndError
from playbook.verdict_cases import CANARY_USERS, CASES, Case, Reads

SHADOW_READS: Final = 1_000
# What the flag takes to reach everybody and to bake, and some.
BAKE_MINUTES: Final = 12
# How far away the database is, so that what a laptop adds to a read now and then is little beside it.
DISTANCE_SECONDS: Final = 0.1
# What an alarm takes to be OK again, at most.
RECOVERY_MINUTES: Final = 20


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--only", multiple=True, type=click.Choice(list(CASES)), help="Play this case; may be repeated.")
def main(only: tuple[str, ...]) -> None:
    """Rehearse verdicts other than GO: errors, differences, slowness, too few reads, a bus that loses lines.

    Exits 1 when a case does not end as it must. Needs an embedded AWS on this machine whose clock is hours behind:
    `make rehearse-verdicts` brings it.
    """
    console = Console(highlight=False)
    endpoint_url = endpoint_on_this_machine()
    clients, aws = Clients.at(endpoint_url), EmbeddedAws(endpoint_url)
    findings: list[str] = []
    try:
        tool = RehearsedStacks(console, clients, aws).deploy(None).tool
        database = Database(database_url())
        delay_reads(database, seconds=DISTANCE_SECONDS)
        verdicts = Verdicts(tool, aws, database)
        for name in only or CASES:
            console.print(f"\n[bold]{name}: {CASES[name].title}[/]", soft_wrap=True)
            findings += [f"{name}: {finding}" for finding in verdicts.play(CASES[name])]
    except (CdkError, NotDeployedError, EmbeddedAwsError, UnexpectedEndError) as failure:
        console.print(f"[bold red]Failed:[/] {failure}", soft_wrap=True)
        sys.exit(1)
    for finding in findings:
        console.print(f"[bold red]Short:[/] {finding}", soft_wrap=True)
    if findings:
        sys.exit(1)
    console.print("\n[bold green]Every case ended as it must.[/]")


class Verdicts:
    """Plays cases in one embedded AWS, one after the other. Methods raise what `main` catches."""

    def __init__(self, tool: Tool, aws: EmbeddedAws, database: Database) -> None:
        self.database = database
        self._aws = aws
        self._tool = tool
        self._account = Account("beta", boto3.Session())

    @contextmanager
    def slower(self, share: float) -> Iterator[None]:
        """The database is farther away during the block."""
        baseline = latest(AccountJournal(self._account), datetime.fromtimestamp(0, UTC))
        if baseline is None:
            raise NotDeployedError("there is no baseline; the preflight has recorded none")
        delay_reads(self.database, seconds=DISTANCE_SECONDS + share * baseline.percentile_ms(95) / 1000)
        try:
            yield
        finally:
            delay_reads(self.database, seconds=DISTANCE_SECONDS)

    @contextmanager
    def losing(self, share: float) -> Iterator[None]:
        """The bus loses so much of what is written during the block."""
        self._aws.drop_log_events(share)
        try:
            yield
        finally:
            self._aws.drop_log_events(0)

    def play(self, case: Case) -> list[str]:
        """What did not end as it must."""
        self._begin()
        with case.fault(self):
            self._reads(case.reads)
        evidence = Path("build") / "rehearsal" / "verdict.jsonl"
        self._tool.run("decide", "--wait", "5", "--evidence-out", str(evidence), ends=(case.ends,))
        verdict = read_bundle(evidence).verdict
        because = [check for check in verdict.decisive if check.name is case.because]
        self._tool.run("judge", "--evidence", str(evidence), ends=(case.ends,))
        self._end()
        if not because:
            return [f"{case.because} was not what decided, but {', '.join(check.name for check in verdict.decisive)}"]
        return [] if case.says in because[0].reason else [f"{because[0].reason!r} does not say {case.says!r}"]

    def _begin(self) -> None:
        self._turn("canary", "shadow", "--yes")
        self._aws.jump(BAKE_MINUTES * 60)
        self._reads((Reads(50, SHADOW_READS),))
        self._aws.jump(SETTLE_MINUTES * 60)
        self._tool.run("preflight")
        position = ("--percent", "1", "--split-by", "request", "--allow-users", ",".join(CANARY_USERS))
        self._turn("canary", "start", *position, "--yes")
        # Long enough for the flag to be seen, short enough for alarms not to miss the reads.
        self._aws.jump(60)

    def _end(self) -> None:
        """Back to where nobody is on Prisma and no alarm speaks."""
        self._turn("rollback", "flag", "--yes")
        self._aws.jump(RECOVERY_MINUTES * 60)
        self._turn("rollback", "flag", "--yes")
        self._tool.run("release", "--yes")
        self._aws.jump(BAKE_MINUTES * 60)

    def _reads(self, crowds: tuple[Reads, ...]) -> None:
        with ThreadPoolExecutor(len(crowds)) as pool:
            for sent in [pool.submit(self._crowd, crowd) for crowd in crowds]:
                sent.result()
        self._aws.drain_log_subscriptions(BUS_SECONDS)

    def _crowd(self, crowd: Reads) -> None:
        self._tool.run(
            "traffic",
            *("--users", str(crowd.users), "--reads", str(crowd.reads)),
            *("--rate", f"{crowd.a_second:g}", "--concurrency", str(crowd.concurrency)),
        )

    def _turn(self, *command: str) -> None:
        with self._aws.hurried(TURNING_FACTOR):
            self._tool.run(*command)


if __name__ == "__main__":
    main()
