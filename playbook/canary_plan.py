"""Before the canary: who will be in it, and whether the expected traffic can decide anything at all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Final

from playbook.bounds import Tally, reads_to_clear
from playbook.latency_checks import P95_READS
from playbook.thresholds import Thresholds
from playbook.wording import count, duration
from shared.flag import Flag, SplitBy
from shared.rollout import in_rollout

# The playbook gives the canary an hour before the go/no-go: half of it leaves room to look at what was seen.
_SOON_MINUTES: Final = 30
_PERCENTAGES: Final = (1, 2, 5, 10, 25, 50, 100)
_ALL_PERCENT: Final = 100


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What one position of the flag sends to Prisma.

    `users` are those chosen as users, in the order given: by user the selected ones, and in any case those who are
    always in. By request any other user's read may go there, too.
    `canary_share` is the expected share of all reads, 0 to 1, given that all users read equally often. `canary_reads`
    are what a GO takes if none of them fails, `reads` are all reads until there are so many, and `minutes` is how long
    that takes; None stands for never, and for a rate that is not known.
    """

    flag: Flag
    users: tuple[str, ...]
    canary_share: float
    canary_reads: int
    reads: int | None
    minutes: float | None


@dataclass(frozen=True, kw_only=True)
class CanaryPlan:
    """`chosen` is the flag as it is to be set; `by_request` the same percentage by request; `sooner` decides soon.

    `sooner` is the smallest usual percentage by request that decides within half an hour; None where none does, where
    the rate of reads is not known, and where one of the other two already does.
    """

    user_count: int
    chosen: Reach
    by_request: Reach
    sooner: Reach | None

    @property
    def sentence(self) -> str:
        """For the operator: who is in, what a GO takes, how long that is, and what would be quicker."""
        flag = self.chosen.flag
        said = f"{count(self.user_count, 'user')} at {flag.percent:g} % by {flag.split_by}: "
        if flag.split_by is SplitBy.USER:
            said += f"{len(self.chosen.users)} selected"
            said += f" ({', '.join(self.chosen.users)}), a GO needs {_needs(self.chosen)}" if self.chosen.users else ""
            said += f"; by request a GO needs {_needs(self.by_request)}"
        else:
            said += f"a GO needs {_needs(self.by_request)}"
        if self.sooner is not None and self.sooner.minutes is not None:
            said += f": {self.sooner.flag.percent:g} % by request would take {duration(self.sooner.minutes)}"
        return f"{said}."


def plan_canary(
    flag: Flag, users: Sequence[str], *, thresholds: Thresholds, reads_a_minute: float | None
) -> CanaryPlan:
    """What can be expected of the flag at that position, all users reading equally often.

    `reads_a_minute` is the present rate of all reads, None where it is not known.
    """

    def reach(position: Flag) -> Reach:
        return _reach(position, users, thresholds, reads_a_minute)

    chosen = reach(replace(flag, enabled=True))
    by_request = reach(replace(flag, enabled=True, split_by=SplitBy.REQUEST))
    sooner = None
    if not _is_soon(chosen) and not _is_soon(by_request):
        usual = (reach(replace(by_request.flag, percent=percent)) for percent in _PERCENTAGES)
        sooner = next((candidate for candidate in usual if _is_soon(candidate)), None)
    return CanaryPlan(user_count=len(users), chosen=chosen, by_request=by_request, sooner=sooner)


def _reach(flag: Flag, users: Sequence[str], thresholds: Thresholds, reads_a_minute: float | None) -> Reach:
    by_user = flag.split_by is SplitBy.USER
    # No request id has a place at 0 %, so by request this leaves those who are always in.
    selected = tuple(
        user for user in users if in_rollout(flag if by_user else replace(flag, percent=0), user, request_id="")
    )
    share = len(selected) / len(users) if users else 0.0
    if not by_user:
        share += (1 - share) * flag.percent / _ALL_PERCENT
    canary_reads = max(reads_to_clear(Tally(), thresholds.error_rate_percent), P95_READS)
    reads = ceil(round(canary_reads / share, 6)) if share else None
    minutes = reads / reads_a_minute if reads is not None and reads_a_minute else None
    return Reach(flag=flag, users=selected, canary_share=share, canary_reads=canary_reads, reads=reads, minutes=minutes)


def _is_soon(reach: Reach) -> bool:
    return reach.minutes is not None and reach.minutes <= _SOON_MINUTES


def _needs(reach: Reach) -> str:
    if reach.reads is None:
        return f"{count(reach.canary_reads, 'canary read')}, and none goes to Prisma"
    needs = f"{count(reach.canary_reads, 'canary read')}, {reach.reads:,} in all"
    return needs if reach.minutes is None else f"{needs}, about {duration(reach.minutes)} at the present rate"
