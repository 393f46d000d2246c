"""The cases of a verdict rehearsal: what is wrong, what is read meanwhile, and what `decide` must come to."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Final, Protocol

from playbook.rehearsed_faults import Database, unreadable_users, wrong_points
from playbook.rehearsed_tool import HOLD, INVESTIGATE, ROLLBACK
from playbook.verdict import CheckName

# A fifth of the beta reads through Prisma by name, so that a canary of 1 % is seen in minutes.
CANARY_USERS: Final = tuple(f"user-{number}" for number in range(1, 11))
CANARY_READS: Final = 1_500
SLOWER: Final = 0.4
DROPPED: Final = 0.03


class Stage(Protocol):
    """Where a case is played: `playbook.verdict_rehearsal.Verdicts` is the real one."""

    @property
    def database(self) -> Database: ...

    def slower(self, share: float) -> AbstractContextManager[None]:
        """During the block the candidate's reads take so much longer, as a share of its baseline's p95."""

    def losing(self, share: float) -> AbstractContextManager[None]:
        """The log's bus loses so much of what is written during the block, 0 to 1."""


@dataclass(frozen=True)
class Reads:
    """Reads of the first `users` users; `a_second` 0 is as fast as they are answered.

    As many at a time as at the baseline, or a laptop that is busy would look like a candidate that is slow.
    """

    users: int
    reads: int
    concurrency: int = 2
    a_second: float = 0


@dataclass(frozen=True)
class Case:
    """What is wrong, what is read meanwhile, and what `decide` must come to, because of which check."""

    title: str
    fault: Callable[[Stage], AbstractContextManager[None]]
    reads: tuple[Reads, ...]
    ends: int
    because: CheckName
    says: str = ""


_ALL: Final = (Reads(50, CANARY_READS),)
CASES: Final[dict[str, Case]] = {
    "errors": Case(
        "the candidate fails for 10 % of the canary's users",
        lambda stage: unreadable_users(stage.database, CANARY_USERS[:1]),
        _ALL,
        ROLLBACK,
        CheckName.CANARY_ERROR_RATE,
    ),
    # Two crowds at a time, of which one has the user that differs: 12 of 1,500 reads, evenly spread. So few a second
    # that two crowds are no more load than the baseline's probes.
    "few-diffs": Case(
        "0.8 % of the comparisons differ",
        lambda stage: wrong_points(stage.database, ["user-50"]),
        (Reads(50, 600, a_second=10), Reads(49, 900, a_second=15)),
        HOLD,
        CheckName.SHADOW_DIFFS,
    ),
    "diffs": Case(
        "3 % of the comparisons differ",
        lambda stage: wrong_points(stage.database, ["user-49", "user-50"]),
        (Reads(50, 1_125, a_second=18), Reads(48, 375, a_second=6)),
        INVESTIGATE,
        CheckName.SHADOW_DIFFS,
    ),
    # The canary's users alone: the load of the baseline, and a slower database.
    "slow": Case(
        "the candidate is 40 % slower than its baseline",
        lambda stage: stage.slower(SLOWER),
        (Reads(len(CANARY_USERS), 1_000),),
        INVESTIGATE,
        CheckName.CANARY_P95,
    ),
    "few-reads": Case(
        "only a hundred reads went to Prisma",
        lambda _: nullcontext(),
        (Reads(50, 500),),
        HOLD,
        CheckName.CANARY_ERROR_RATE,
        says="more",
    ),
    "lost-lines": Case(
        "3 % of the bus is lost",
        lambda stage: stage.losing(DROPPED),
        _ALL,
        HOLD,
        CheckName.SHADOW_COVERAGE,
    ),
}
