"""The rollback rehearsal: deploy the real stacks to an embedded AWS, break things, and see that reads become safe.

`make rehearse-rollback` runs it inside `python -m sandbox run --enforce-iam --postgres --clock-behind …`.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from playbook.cdk_cli import CdkError
from playbook.clients import Clients
from playbook.disasters import Disasters
from playbook.embedded_aws import EmbeddedAws, EmbeddedAwsError
from playbook.failures import Refusal
from playbook.live_state import NotDeployedError
from playbook.rehearsal import SETTLE_MINUTES, endpoint_on_this_machine
from playbook.rehearsal_stage import MINUTE, RehearsalStage
from playbook.rehearsed_faults import Database
from playbook.rehearsed_stacks import NAMES, STAGE, RehearsedStacks
from playbook.rehearsed_tool import UnexpectedEndError
from playbook.scenario import Outcome
from playbook.traffic import beta_users

# Beta's own: what a flag's deployment bakes. A test says that it is.
BAKE_MINUTES: Final = 10
SCENARIOS: Final[dict[str, Callable[[Disasters], Outcome]]] = {
    "healthy": Disasters.healthy_canary,
    "a": Disasters.candidate_fails_at_one_percent,
    "b": Disasters.candidate_fails_for_some_at_a_quarter,
    "c1": Disasters.wrong_answers_are_rejected,
    "c2": Disasters.defect_under_load_is_rolled_back,
    "d": Disasters.guardian_without_permissions,
    "e": Disasters.rollback_is_interrupted,
}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--only", multiple=True, type=click.Choice(list(SCENARIOS)), help="Play this scenario; may be repeated.")
@click.option("--app", help="CDK app to deploy instead of the one in cdk.json, as in `cdk --app`.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Also write the figures to this file.")
def main(only: tuple[str, ...], app: str | None, json_file: Path | None) -> None:
    """Rehearse every rollback: the candidate, the code and the guardian fail, and reads become safe by themselves.

    \b
    healthy  a 1 % canary and an idle hour: no alarm
    a        the candidate fails every read at 1 %, while the flag's deployment bakes
    b        it fails 8 % at 25 %, after the bake and the steps before
    c1       a code version with wrong answers
    c2       a code version that fails under load
    d        the guardian's own permissions are gone
    e        as a, but the evaluation of alarms and the guardian are killed, and messages come twice and late

    Exits 1 when one of them does not end as it must. Needs an embedded AWS on this machine whose clock is hours behind:
    `make rehearse-rollback` brings it.
    """  # noqa: D301 - \b is click's mark of lines that stay as they are
    console = Console(highlight=False)
    endpoint_url = endpoint_on_this_machine()
    clients, users = Clients.at(endpoint_url), beta_users(50)
    aws = EmbeddedAws(endpoint_url)
    outcomes: list[Outcome] = []
    try:
        tool = RehearsedStacks(console, clients, aws).deploy(app).tool
        # It warms prisma-read, whose cold reads would be failures. Much else of it fails here: no shadow went before.
        tool.run("preflight", ends=(0, Refusal.exit_code))
        # Alarms without a state close gates that nobody may override.
        aws.jump(SETTLE_MINUTES * MINUTE)
        disasters = Disasters(
            RehearsalStage(
                clients=clients,
                aws=aws,
                tool=tool,
                database=Database(os.environ.get("SANDBOX_POSTGRES_URL", "")),
                names=NAMES,
                users=users,
                name=STAGE,
                bake_minutes=BAKE_MINUTES,
                show=lambda line: console.print(f"  … {line}", markup=False),
            )
        )
        for name in only or SCENARIOS:
            console.print(f"\n[bold]{SCENARIOS[name].__doc__ or name}[/]", soft_wrap=True)
            outcomes.append(SCENARIOS[name](disasters))
            _print_outcome(outcomes[-1], console)
    except (CdkError, NotDeployedError, EmbeddedAwsError, UnexpectedEndError) as failure:
        console.print(f"[bold red]Failed:[/] {failure}", soft_wrap=True)
        sys.exit(1)
    _print_times(outcomes, console)
    if json_file:
        json_file.write_text(json.dumps([_document(outcome) for outcome in outcomes], indent=2), encoding="utf-8")
    findings = [finding for outcome in outcomes for finding in outcome.findings]
    if findings:
        console.print(f"[bold red]The rollback rehearsal failed[/] with {len(findings)} findings.")
        sys.exit(1)
    console.print("[bold green]The rollback rehearsal passed.[/]")


def _print_outcome(outcome: Outcome, console: Console) -> None:
    for fact in outcome.facts:
        console.print(f"  {fact}", markup=False, soft_wrap=True)
    for finding in outcome.findings:
        console.print(f"  [bold red]Short:[/] {finding}", soft_wrap=True)
    if not outcome.findings:
        console.print("  [green]✓[/] as it must be")


def _print_times(outcomes: list[Outcome], console: Console) -> None:
    timed = [(outcome.title, outcome.safe) for outcome in outcomes if outcome.safe]
    if not timed:
        return
    table = Table(title="Time to safe, playbook minutes from the third failing read", title_justify="left")
    table.add_column("")
    for part in timed[0][1].parts_seconds:
        table.add_column(part, justify="right")
    table.add_column("in all", justify="right")
    for title, safe in timed:
        parts = (f"{seconds / MINUTE:.1f}" for seconds in safe.parts_seconds.values())
        table.add_row(title, *parts, f"{safe.seconds / MINUTE:.1f}")
    console.print(table)


def _document(outcome: Outcome) -> dict[str, object]:
    safe = outcome.safe
    return {
        "title": outcome.title,
        "facts": outcome.facts,
        "findings": outcome.findings,
        "time_to_safe_seconds": safe and safe.seconds,
        "parts_seconds": safe and safe.parts_seconds,
    }


if __name__ == "__main__":
    main()
