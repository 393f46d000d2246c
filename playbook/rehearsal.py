"""The rehearsal: deploy the real stacks to an embedded AWS, and play the playbook with the operator's own tool.

`make rehearse` runs it inside `python -m sandbox run`, which brings the AWS and a PostgreSQL, and takes both away
again. Whatever an operator does is done by `playbook`; the rehearsal itself only deploys, lets time pass and looks.
"""

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import click
from rich.console import Console

from playbook.cdk_cli import CdkError
from playbook.clients import Clients
from playbook.embedded_aws import EmbeddedAws, EmbeddedAwsError
from playbook.live_state import NotDeployedError
from playbook.rehearsed_faults import Database, delay_reads
from playbook.rehearsed_stacks import NAMES, DeployedStacks, RehearsedStacks, database_url
from playbook.rehearsed_tool import GO, HOLD, UnexpectedEndError
from playbook.rollback_timeline import alarm_times
from playbook.settings import Settings, parse_settings

# Playbook seconds a second while a dial is turned: a flag takes a minute to reach everybody.
TURNING_FACTOR: Final = 20.0
# Callers at a time: as few as at the baseline, so that the two can be compared on one machine.
CALLERS: Final = 2
# How far away the database is, so that what a laptop adds to a read now and then is little beside it.
DISTANCE_SECONDS: Final = 0.05
# Figures come two minutes late, and an alarm is evaluated every minute.
SETTLE_MINUTES: Final = 6
BUS_SECONDS: Final = 90.0
IDLE_MINUTES: Final = 60.0
SHADOW_MINUTES: Final = 60
# A GO takes 216 canary reads that all succeed. 1 % of these are 270 on average, and once in 3,000 times below 216.
CANARY_READS: Final = 27_000
# The ramp takes a day and a half.
REPORTED_HOURS: Final = 48


@dataclass(frozen=True, kw_only=True)
class RampStep:
    """Enough reads, and enough of them compared, for the bounds to clear both limits at this percentage."""

    percent: int
    reads: int
    shadow_percent: int


RAMP: Final = (
    RampStep(percent=5, reads=5_400, shadow_percent=25),
    RampStep(percent=25, reads=1_500, shadow_percent=75),
    RampStep(percent=50, reads=1_200, shadow_percent=90),
    RampStep(percent=100, reads=1_200, shadow_percent=90),
)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--shadow-reads", type=click.IntRange(1), default=2000, show_default=True, help="Reads that are all compared."
)
@click.option(
    "--canary-reads", type=click.IntRange(1), default=CANARY_READS, show_default=True, help="Reads with 1 % on Prisma."
)
@click.option(
    "--until", type=click.Choice(["shadow", "canary", "ramp"]), default="ramp", help="The last phase to play."
)
@click.option(
    "--out",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("build") / "rehearsal",
    show_default=True,
    help="Where to write the report.",
)
@click.option("--app", help="CDK app to deploy instead of the one in cdk.json, as in `cdk --app`.")
def main(shadow_reads: int, canary_reads: int, until: str, directory: Path, app: str | None) -> None:
    """Rehearse the whole playbook: shadow, canary, go/no-go, and the ramp to 100 %.

    Exits 1 when a step does not end in GO. Needs AWS_ENDPOINT_URL to be an embedded AWS on this machine whose clock is
    a day and a half behind, and SANDBOX_POSTGRES_URL a database: `make rehearse` brings both.
    """
    console = Console(highlight=False)
    endpoint_url = endpoint_on_this_machine()
    clients, aws = Clients.at(endpoint_url), EmbeddedAws(endpoint_url)
    started = time.monotonic()
    try:
        stacks = RehearsedStacks(console, clients, aws).deploy(app)
        rehearsal = Rehearsal(console, clients, aws, stacks)
        rehearsal.begin()
        rehearsal.shadow(shadow_reads)
        if until != "shadow":
            rehearsal.canary(canary_reads)
        if until == "ramp":
            rehearsal.ramp()
        rehearsal.report(directory)
        # Last: an hour without a read has an alarm ask people to look, which is right and no verdict on the ramp.
        rehearsal.idle()
        findings = rehearsal.findings()
    except (CdkError, NotDeployedError, EmbeddedAwsError, UnexpectedEndError) as failure:
        console.print(f"[bold red]Failed:[/] {failure}", soft_wrap=True)
        sys.exit(1)
    for finding in findings:
        console.print(f"[bold red]Short:[/] {finding}", soft_wrap=True)
    if findings:
        console.print(f"[bold red]The rehearsal failed[/] with {len(findings)} findings.")
        sys.exit(1)
    console.print(f"\n[bold green]The rehearsal passed[/] in {time.monotonic() - started:.0f} s.")


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
    """One rehearsal against one embedded AWS. Methods raise what `main` catches."""

    def __init__(self, console: Console, clients: Clients, aws: EmbeddedAws, stacks: DeployedStacks) -> None:
        self._console = console
        self._clients = clients
        self._aws = aws
        self._stacks = stacks
        self._tool = stacks.tool
        self._wrong: list[str] = []

    def begin(self) -> None:
        """H+0: the walking skeleton stands."""
        delay_reads(Database(database_url()), seconds=DISTANCE_SECONDS)
        self._tool.run("status")

    def shadow(self, reads: int) -> None:
        """H+0 to H+1: every read is compared, and the mock serves all of them."""
        self._turn("canary", "shadow", "--yes")
        self._pass(SHADOW_MINUTES - SETTLE_MINUTES, "the shadow's hour, in which nobody reads but we")
        self._reads(reads)
        self._tool.run("shadow")

    def canary(self, reads: int) -> None:
        """H+1 to H+2, then the go/no-go."""
        self._tool.run("preflight")
        self._turn("canary", "start", "--percent", "1", "--split-by", "request", "--shadow-percent", "5", "--yes")
        self._pass(self._hold(1), "the hold of the step")
        self._reads_until_go(reads, "canary")

    def ramp(self) -> None:
        """5 % from H+3 to H+24, then 25, 50 and 100 %."""
        for step in RAMP:
            self._turn("ramp", str(step.percent), "--shadow-percent", str(step.shadow_percent), "--yes")
            self._pass(self._hold(step.percent), "the hold of the step")
            self._reads_until_go(step.reads, f"ramp-{step.percent}")

    def idle(self) -> None:
        """An hour in which nobody reads, or what is left of it: that is no reason for a rollback alarm either."""
        self._pass(min(IDLE_MINUTES, self._aws.behind_seconds() // 60), "an idle hour")

    def report(self, directory: Path) -> None:
        self._tool.run("status")
        self._tool.run("report", "--hours", str(REPORTED_HOURS), "--out", str(directory))

    def findings(self) -> list[str]:
        """What keeps the rehearsal from having passed, though each command ended as it must."""
        fired = alarm_times(self._clients, NAMES.rollback_alarms, since=self._stacks.deployed_at)
        return [*self._wrong, *(f"alarm {name} fired" for name in sorted(fired))]

    def _turn(self, *command: str) -> None:
        with self._aws.hurried(TURNING_FACTOR):
            self._tool.run(*command)

    def _reads_until_go(self, count: int, step: str) -> None:
        """What an operator does who is told to hold: half as many reads again, and the same command; twice at most."""
        for further, ends in ((count, (GO, HOLD)), (count // 2, (GO, HOLD)), (count // 2, (GO,))):
            self._reads(further)
            if "HOLD, by: " not in self._decide(step, ends):
                return

    def _decide(self, step: str, ends: tuple[int, ...]) -> str:
        return self._tool.run("decide", "--evidence-out", self._evidence(step), ends=ends)

    def _reads(self, count: int) -> None:
        """Send them, and let comparisons and figures arrive."""
        summary = self._tool.run("traffic", "--reads", str(count), "--concurrency", str(CALLERS))
        if "two different answers" in summary:
            self._wrong.append("the two paths do not answer alike")
        self._aws.drain_log_subscriptions(BUS_SECONDS)
        self._pass(SETTLE_MINUTES, "figures arrive, and alarms are evaluated")

    def _pass(self, minutes: float, why: str) -> None:
        if minutes > 0:
            self._console.print(f"\n… {minutes:g} minutes pass: {why}", markup=False)
            self._aws.jump(minutes * 60)

    def _hold(self, percent: int) -> int:
        """Minutes. The last step has none, but its flag bakes as the others do."""
        settings = self._settings()
        bake = settings.flag_deployment_minutes + settings.flag_bake_minutes
        return max(settings.ramp_hold_minutes.get(percent, 0), bake) + 1

    def _settings(self) -> Settings:
        parameter = self._clients.parameters.get_parameter(Name=NAMES.settings_parameter)
        return parse_settings(parameter["Parameter"]["Value"])

    def _evidence(self, name: str) -> str:
        return str(Path("build") / "rehearsal" / f"{name}.jsonl")


if __name__ == "__main__":
    main()
