"""`playbook ramp`: more reads on Prisma, a step at a time."""

import click

from playbook.begin_step import Beginner
from playbook.command import Playbook, playbook_command
from playbook.confirmation import confirmer, yes_option
from playbook.dial_options import override_option, shadow_option, tell
from playbook.dial_reading import DialReading
from playbook.flag_dial import FlagPosition
from playbook.gate import Act
from shared.flag import SplitBy

_ALL_PERCENT = 100


@playbook_command("ramp")
@click.argument("percent", type=click.FloatRange(0, 100, min_open=True))
@shadow_option
@override_option
@yes_option
def command(
    playbook: Playbook, *, percent: float, shadow_percent: float | None, override: str | None, yes: bool
) -> None:
    """Go on to PERCENT of the reads: 5, 25, 50, then 100.

    Whoever is in stays in. Seed, split and users by name stay as the canary set them.

    Refused unless the judge says GO on the evidence of the step at hand, its minimum hold is over, PERCENT is the
    ramp's next step, every alarm is OK, no dial is moving, and the kill switch is released. --override REASON opens the
    gates that are a matter of judgement (HOLD, INVESTIGATE, the hold, a skipped step), and goes on record.

    \b
    Examples:
      playbook ramp 5
      playbook ramp 25 --shadow-percent 1
      playbook ramp 5 --override "maintenance at 18:00, agreed with Anna"

    Exit codes: 0 begun, or had already; 1 failed, or taken back; 2 wrong usage; 3 refused.
    """  # noqa: D301 - \b is click's own, for lines that are not to be filled

    def wanted(reading: DialReading) -> FlagPosition:
        values = reading.values
        return FlagPosition(
            percent=percent,
            split_by=str(values.get("splitBy", SplitBy.REQUEST)),
            shadow_percent=float(values.get("shadowPercent", 0)) if shadow_percent is None else shadow_percent,
            allow_users=tuple(values.get("allowUsers", ())),
        )

    beginner = Beginner(playbook.account, playbook.output, confirmer(playbook.output, yes=yes))
    begun = beginner.begin(Act.RAMP, wanted, override=override)
    following = "`playbook watch`; `playbook decide` before the next step."
    tell(playbook, begun, f"Next: {following if percent < _ALL_PERCENT else '`playbook watch`, `playbook report`.'}")
