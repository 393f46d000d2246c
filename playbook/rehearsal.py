"""The rehearsal: deploy the real stacks to an embedded AWS, play the phases, and say what was seen.

`make rehearse` runs it inside `python -m sandbox run`, which brings the AWS and a PostgreSQL, and takes both away
again. The rehearsal itself only knows an endpoint and a database, as any client does.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from playbook.cdk_cli import CdkError, run_cdk
from playbook.clients import Clients
from playbook.database import DatabaseSecrets, MigrationError, run_migrations, store_secrets
from playbook.embedded_aws import EmbeddedAws, EmbeddedAwsError
from playbook.flag_dial import FlagPosition, deploy_flag
from playbook.live_state import (
    NotDeployedError,
    alarm_states,
    alias_weights,
    deployed_feature_flags,
    deployed_kill_switch,
)
from playbook.read_log import read_log, shadow_log
from playbook.rehearsal_summary import Phase, Summary, print_dials, print_phase
from playbook.rollback_timeline import alarm_times
from playbook.traffic import ReadResult, beta_users, send_reads
from shared.names import ResourceNames

STAGE: Final = "sandbox"
CONCURRENCY: Final = 4
WARM_UP_READS: Final = 10 * CONCURRENCY
# How long a read may not see a new flag: the agent's poll, the function's cache, and room for a busy machine.
FLAG_SECONDS: Final = 15 + 1 + 2
# How long the last comparisons of a phase may take to arrive.
BUS_SECONDS: Final = 90
IDLE_SECONDS: Final = 3600.0
# "It can take up to two minutes" until a data point can be retrieved.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/publishingMetrics.html
METRIC_DELAY_SECONDS: Final = 120.0

SHADOW: Final = FlagPosition(percent=0, split_by="request", shadow_percent=100)
CANARY: Final = FlagPosition(percent=1, split_by="request", shadow_percent=5)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--users", type=click.IntRange(1, 50), default=50, show_default=True, help="Users of the closed beta.")
@click.option("--reads", type=click.IntRange(2), default=1000, show_default=True, help="Reads with the flag off.")
@click.option(
    "--shadow-reads", type=click.IntRange(0), default=2000, show_default=True, help="Reads that are all compared."
)
@click.option(
    "--canary-reads", type=click.IntRange(0), default=40_000, show_default=True, help="Reads with 1 % on Prisma."
)
@click.option("--app", help="CDK app to deploy instead of the one in cdk.json, as in `cdk --app`.")
def main(users: int, reads: int, shadow_reads: int, canary_reads: int, app: str | None) -> None:
    """Rehearse: bootstrap, deploy, migrate, then reads with the flag off, in the shadow and in a 1 % canary.

    Exits 1 when a step fails, a read does, or the two paths differ. A phase of 0 reads is left out. Needs
    AWS_ENDPOINT_URL to be an embedded AWS on this machine and SANDBOX_POSTGRES_URL a database: `make rehearse` brings
    both.
    """
    console = Console(highlight=False)
    endpoint_url = endpoint_on_this_machine()
    rehearsal = Rehearsal(console, Clients.at(endpoint_url), EmbeddedAws(endpoint_url), beta_users(users))
    phases: list[Phase] = []
    try:
        rehearsal.deploy(app)
        for title, position, count in (
            ("Flag off", None, reads),
            ("Shadow", SHADOW, shadow_reads),
            ("Canary 1 %", CANARY, canary_reads),
        ):
            if count:
                phases.append(rehearsal.play(title, position, count))
                print_phase(phases[-1], console)
        rehearsal.idle()
        summary = rehearsal.summary(phases)
    except (CdkError, NotDeployedError, MigrationError, EmbeddedAwsError) as failure:
        console.print(f"[bold red]Failed:[/] {failure}", soft_wrap=True)
        sys.exit(1)
    print_dials(summary, console)
    shortcomings = summary.shortcomings()
    for shortcoming in shortcomings[:10]:
        console.print(f"[bold red]Short:[/] {shortcoming}", soft_wrap=True)
    if shortcomings:
        console.print(f"[bold red]The rehearsal failed[/] with {len(shortcomings)} findings.")
        sys.exit(1)
    console.print("[bold green]The rehearsal passed.[/]")


def endpoint_on_this_machine() -> str:
    """A rehearsal deploys without asking, so it never touches a real account."""
    endpoint_url = os.environ.get("AWS_ENDPOINT_URL", "")
    if urlsplit(endpoint_url).hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise click.ClickException(
            "AWS_ENDPOINT_URL is not an address of this machine, and a rehearsal deploys without asking.\n"
            "Say `make rehearse`, or `python -m sandbox run --postgres -- python -m playbook.rehearsal`."
        )
    return endpoint_url


class Rehearsal:
    """One rehearsal against one embedded AWS; each method is a step that is shown while it works."""

    def __init__(self, console: Console, clients: Clients, aws: EmbeddedAws, users: tuple[str, ...]) -> None:
        self._console = console
        self._clients = clients
        self._aws = aws
        self._users = users
        self._names = ResourceNames("beta")  # whose names the sandbox bears
        self._deployed_at = 0.0

    def deploy(self, app: str | None) -> None:
        """Bootstrap and deploy with the real CDK command line, then make the database ready."""
        target = f"aws://{self._clients.account}/{self._clients.region}"
        with _step(self._console, f"cdk bootstrap {target}") as show:
            run_cdk(["bootstrap", target], app=None, on_line=show)
        with _step(self._console, "store the database's secrets"):
            url = os.environ.get("SANDBOX_POSTGRES_URL")
            if not url:
                raise NotDeployedError("SANDBOX_POSTGRES_URL is not set; run the sandbox with --postgres")
            secrets = DatabaseSecrets(self._names.database_reader_secret, self._names.database_admin_secret)
            store_secrets(self._clients.secrets, secrets, url)
        with _step(self._console, f"cdk deploy '{STAGE}/*'") as show:
            run_cdk(
                ["deploy", f"{STAGE}/*", "--require-approval", "never", "--concurrency", "4", "--progress", "events"],
                app=app,
                on_line=show,
            )
        self._aws.delay_metrics(METRIC_DELAY_SECONDS)
        self._deployed_at = self._aws.now()
        for action in ("migrate", "seed"):
            with _step(self._console, f"{self._names.prisma_migrate_function}: {action}"):
                run_migrations(self._clients.functions, self._names.prisma_migrate_function, action)
        # As before a real canary: a cold candidate needs longer than a user waits.
        with _step(self._console, f"warm {self._names.prisma_read_function}"):
            self._send(self._names.prisma_read_function, WARM_UP_READS, lambda _: None)

    def play(self, title: str, position: FlagPosition | None, count: int) -> Phase:
        """Set the flag, wait until reads see it, send the reads, and wait for their comparisons."""
        if position is not None:
            with _step(self._console, f"flag to {position}"):
                deploy_flag(self._clients.appconfig, self._names, position, strategy=self._names.immediate_strategy)
                time.sleep(FLAG_SECONDS)
        started = time.monotonic()
        start_ms = int(self._aws.now() * 1000)
        with _progress(self._console, title, count) as on_read:
            results = self._send(self._names.mock_read_function, count, on_read)
        log = read_log(self._clients.logs, f"/aws/lambda/{self._names.mock_read_function}", start_ms=start_ms)
        shadow = shadow_log(self._clients.logs, f"/aws/lambda/{self._names.prisma_shadow_function}", start_ms=start_ms)
        if log.shadow_requests:
            with _step(self._console, "wait for the last comparisons"):
                give_up = time.monotonic() + BUS_SECONDS
                while shadow.coverage(log.shadow_requests) < 1 and time.monotonic() < give_up:
                    time.sleep(1)
                    shadow = shadow_log(
                        self._clients.logs, f"/aws/lambda/{self._names.prisma_shadow_function}", start_ms=start_ms
                    )
        return Phase(
            title=title,
            flag=position,
            reads=results,
            log=log,
            shadow=shadow,
            wall_seconds=time.monotonic() - started,
        )

    def _send(self, function_name: str, count: int, on_read: Callable[[ReadResult], None]) -> list[ReadResult]:
        return send_reads(
            self._clients.functions,
            function_name,
            users=self._users,
            reads=count,
            concurrency=CONCURRENCY,
            on_read=on_read,
        )

    def idle(self) -> None:
        """Let an hour pass in which nobody reads, or what is left of it: that is no reason for an alarm either."""
        seconds = min(IDLE_SECONDS, self._aws.behind_seconds() // 1)
        if seconds:
            with _step(self._console, f"an idle hour ({seconds / 60:.0f} minutes)"):
                self._aws.jump(seconds)

    def summary(self, phases: list[Phase]) -> Summary:
        fired = alarm_times(self._clients, self._names.rollback_alarms, since=self._deployed_at)
        return Summary(
            phases=phases,
            weights=alias_weights(self._clients.functions, self._names.mock_read_function),
            alarms=alarm_states(self._clients.cloudwatch, self._names),
            rollback_alarms=self._names.rollback_alarms,
            fired=sorted(fired),
            flag=deployed_feature_flags(self._clients.appconfig, self._names),
            kill_switch=deployed_kill_switch(self._clients.appconfig, self._names),
        )


@contextmanager
def _step(console: Console, title: str) -> Iterator[Callable[[str], None]]:
    """Show a step while it works: its latest line on a terminal, its start and end elsewhere."""
    started = time.monotonic()
    if console.is_terminal:
        with console.status(title) as status:
            yield lambda line: status.update(f"{title}  [dim]{line[: console.width - len(title) - 6]}[/]")
    else:
        console.print(f"… {title}", markup=False)
        yield lambda _: None
    console.print(f"[green]✓[/] {title}  [dim]{time.monotonic() - started:.1f} s[/]")


@contextmanager
def _progress(console: Console, title: str, reads: int) -> Iterator[Callable[[ReadResult], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(title, total=reads)
        yield lambda _: progress.advance(task)


if __name__ == "__main__":
    main()
