"""The rehearsal: deploy the real stacks to an embedded AWS, send the beta's reads, and say what was seen.

`make rehearse` runs it inside `python -m sandbox run`, which brings the AWS and takes it away again. The rehearsal
itself only knows an endpoint, as any AWS client does.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

import boto3
import click
from botocore.config import Config
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from playbook.cdk_cli import CdkError, run_cdk
from playbook.live_state import (
    NotDeployedError,
    alarm_states,
    alias_weights,
    deployed_feature_flags,
    deployed_kill_switch,
)
from playbook.read_log import read_log
from playbook.rehearsal_summary import Summary, print_summary
from playbook.traffic import ReadResult, beta_users, send_reads
from shared.names import ResourceNames

STAGE: Final = "sandbox"
CONCURRENCY: Final = 4


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--users", type=click.IntRange(1, 50), default=50, show_default=True, help="Users of the closed beta.")
@click.option("--reads", type=click.IntRange(2), default=1000, show_default=True, help="Reads in all, users in turn.")
@click.option("--app", help="CDK app to deploy instead of the one in cdk.json, as in `cdk --app`.")
def main(users: int, reads: int, app: str | None) -> None:
    """Rehearse: bootstrap, deploy, read, summarise. Exits 1 when a step fails or a read does.

    Needs AWS_ENDPOINT_URL to be an embedded AWS on this machine; `make rehearse` brings one.
    """
    console = Console(highlight=False)
    endpoint_url = _endpoint_on_this_machine()
    try:
        summary = _rehearse(console, endpoint_url, users=users, reads=reads, app=app)
    except (CdkError, NotDeployedError) as failure:
        console.print(f"[bold red]Failed:[/] {failure}", soft_wrap=True)
        sys.exit(1)
    print_summary(summary, console)
    shortcomings = summary.shortcomings()
    for shortcoming in shortcomings[:10]:
        console.print(f"[bold red]Short:[/] {shortcoming}", soft_wrap=True)
    if shortcomings:
        console.print(f"[bold red]The rehearsal failed[/] with {len(shortcomings)} findings.")
        sys.exit(1)
    console.print("[bold green]The rehearsal passed.[/]")


def _endpoint_on_this_machine() -> str:
    """A rehearsal deploys without asking, so it never touches a real account."""
    endpoint_url = os.environ.get("AWS_ENDPOINT_URL", "")
    if urlsplit(endpoint_url).hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise click.ClickException(
            "AWS_ENDPOINT_URL is not an address of this machine, and a rehearsal deploys without asking.\n"
            "Say `make rehearse`, or `python -m sandbox run -- python -m playbook.rehearsal`."
        )
    return endpoint_url


def _rehearse(console: Console, endpoint_url: str, *, users: int, reads: int, app: str | None) -> Summary:
    names = ResourceNames("beta")  # whose names the sandbox bears
    config = Config(
        retries={"total_max_attempts": 1}, max_pool_connections=CONCURRENCY, connect_timeout=2, read_timeout=30
    )
    session = boto3.Session()
    lambda_client = session.client("lambda", config=config, endpoint_url=endpoint_url)

    account = session.client("sts", endpoint_url=endpoint_url).get_caller_identity()["Account"]
    target = f"aws://{account}/{session.region_name}"
    with _step(console, f"cdk bootstrap {target}") as show:
        run_cdk(["bootstrap", target], app=None, on_line=show)
    with _step(console, f"cdk deploy '{STAGE}/*'") as show:
        run_cdk(
            ["deploy", f"{STAGE}/*", "--require-approval", "never", "--concurrency", "4", "--progress", "events"],
            app=app,
            on_line=show,
        )
    with _progress(console, reads) as on_read:
        results = send_reads(
            lambda_client,
            names.mock_read_function,
            users=beta_users(users),
            reads=reads,
            concurrency=CONCURRENCY,
            on_read=on_read,
        )
    appconfig = session.client("appconfig", endpoint_url=endpoint_url)
    return Summary(
        reads=results,
        log=read_log(session.client("logs", endpoint_url=endpoint_url), f"/aws/lambda/{names.mock_read_function}"),
        weights=alias_weights(lambda_client, names.mock_read_function),
        alarms=alarm_states(session.client("cloudwatch", endpoint_url=endpoint_url), names),
        flag=deployed_feature_flags(appconfig, names),
        kill_switch=deployed_kill_switch(appconfig, names),
    )


@contextmanager
def _step(console: Console, title: str) -> Iterator[Callable[[str], None]]:
    """Show a step while it works: its latest line on a terminal, its start and end elsewhere."""
    started = time.monotonic()
    if console.is_terminal:
        with console.status(title) as status:
            yield lambda line: status.update(f"{title}  [dim]{line[: console.width - len(title) - 6]}[/]")
    else:
        console.print(f"… {title}")
        yield lambda _: None
    console.print(f"[green]✓[/] {title}  [dim]{time.monotonic() - started:.1f} s[/]")


@contextmanager
def _progress(console: Console, reads: int) -> Iterator[Callable[[ReadResult], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("reads", total=reads)
        yield lambda _: progress.advance(task)


if __name__ == "__main__":
    main()
