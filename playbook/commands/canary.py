"""`playbook canary`: the shadow and the first users on Prisma."""

import click

from playbook.begin_step import Beginner
from playbook.command import Playbook, playbook_command
from playbook.confirmation import confirmer, yes_option
from playbook.dial_options import override_option, shadow_option, tell
from playbook.dial_reading import DialReading
from playbook.flag_dial import FlagPosition
from playbook.gate import Act
from shared.flag import SplitBy


@click.group("canary")
def command() -> None:
    """Begin the shadow, then the canary."""


@playbook_command("shadow")
@click.option(
    "--percent",
    type=click.FloatRange(0, 100, min_open=True),
    default=100,
    show_default=True,
    help="Share of reads that are compared, in percent.",
)
@yes_option
def shadow(playbook: Playbook, *, percent: float, yes: bool) -> None:
    """Compare reads in the shadow; the mock goes on to serve every one of them.

    The first hour of the day. Reads that are compared are read through Prisma after their answer has been given, so
    callers notice nothing, and the database does. `playbook shadow` says what comes of it.

    Refused while the kill switch is set, the flag or code is being deployed, a rollback alarm is not OK, or users are
    on Prisma.

    \b
    Examples:
      playbook canary shadow
      playbook canary shadow --percent 20 --yes

    Exit codes: 0 begun, or had already; 1 failed, or taken back; 2 wrong usage; 3 refused.
    """  # noqa: D301 - \b is click's own, for lines that are not to be filled

    def wanted(reading: DialReading) -> FlagPosition:
        split_by = str(reading.values.get("splitBy", SplitBy.REQUEST))
        # Users who are allowed by name would be in a canary.
        return FlagPosition(percent=0, split_by=split_by, shadow_percent=percent, allow_users=())

    begun = Beginner(playbook.account, playbook.output, confirmer(playbook.output, yes=yes)).begin(Act.SHADOW, wanted)
    tell(playbook, begun, "Next: reads (`playbook traffic`), then `playbook shadow` and `playbook preflight`.")


@playbook_command("start")
@click.option(
    "--percent",
    type=click.FloatRange(0, 100, min_open=True),
    default=1,
    show_default=True,
    help="Share of users or of requests that go to Prisma, in percent.",
)
@click.option(
    "--split-by",
    type=click.Choice([split.value for split in SplitBy]),
    help="Whether a user is in for good, or each request by itself.  [default: as it is]",
)
@click.option("--allow-users", metavar="ID,ID,…", help="Users who are in at any percentage.  [default: as it is]")
@shadow_option
@override_option
@yes_option
def start(
    playbook: Playbook,
    *,
    percent: float,
    split_by: str | None,
    allow_users: str | None,
    shadow_percent: float | None,
    override: str | None,
    yes: bool,
) -> None:
    """Send the first reads to Prisma.

    After the hour of shadow. The mock answers whatever Prisma does not. `playbook preflight` says beforehand who will
    be in, and how long a GO takes at that percentage.

    Refused unless the shadow's gate is GO on the evidence of now, every alarm is OK, no dial is moving, the kill switch
    is released, a baseline is recorded, and the percentage is no more than the ramp's first step. --override REASON
    opens the gates that are a matter of judgement, and goes on record.

    \b
    Examples:
      playbook canary start --percent 1
      playbook canary start --percent 1 --split-by user --allow-users user-7,user-12

    Exit codes: 0 begun, or had already; 1 failed, or taken back; 2 wrong usage; 3 refused.
    """  # noqa: D301 - as above
    named = None if allow_users is None else tuple(user for user in allow_users.split(",") if user)

    def wanted(reading: DialReading) -> FlagPosition:
        values = reading.values
        return FlagPosition(
            percent=percent,
            split_by=split_by or str(values.get("splitBy", SplitBy.REQUEST)),
            shadow_percent=float(values.get("shadowPercent", 0)) if shadow_percent is None else shadow_percent,
            allow_users=tuple(values.get("allowUsers", ())) if named is None else named,
        )

    beginner = Beginner(playbook.account, playbook.output, confirmer(playbook.output, yes=yes))
    begun = beginner.begin(Act.CANARY, wanted, override=override)
    tell(playbook, begun, "Next: `playbook watch`; `playbook decide` when there is enough to decide on.")


command.add_command(shadow)
command.add_command(start)
