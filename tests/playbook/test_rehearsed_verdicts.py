"""What the rehearsals send is what they say: shares that are beta's, and reads enough to decide."""

import pytest
from click.testing import CliRunner

from playbook.bounds import Tally, clears
from playbook.rehearsal import RAMP, RampStep
from playbook.traffic import beta_users
from playbook.verdict_cases import CANARY_USERS, CASES, Reads
from playbook.verdict_rehearsal import main
from stacks.environments import BETA


def reads_of(users: set[str], crowds: tuple[Reads, ...]) -> int:
    """How many reads are of these users, all of a crowd reading in turn."""
    return sum(crowd.reads * len(users & set(beta_users(crowd.users))) // crowd.users for crowd in crowds)


@pytest.mark.parametrize(
    ("name", "users", "percent"), [("few-diffs", {"user-50"}, 0.8), ("diffs", {"user-49", "user-50"}, 3)]
)
def test_so_many_comparisons_differ(name: str, users: set[str], percent: float) -> None:
    crowds = CASES[name].reads
    assert 100 * reads_of(users, crowds) / sum(crowd.reads for crowd in crowds) == pytest.approx(percent, abs=0.01)


@pytest.mark.parametrize("name", ["few-diffs", "diffs"])
def test_the_crowds_of_a_case_read_for_equally_long(name: str) -> None:
    assert len({round(crowd.reads / crowd.a_second) for crowd in CASES[name].reads}) == 1


def test_a_tenth_of_the_canary_fails() -> None:
    assert len(CANARY_USERS[:1]) / len(CANARY_USERS) == 0.1
    assert set(CANARY_USERS) < set(beta_users(50))


def test_a_hundred_reads_go_to_prisma() -> None:
    assert reads_of(set(CANARY_USERS), CASES["few-reads"].reads) == 100


def test_the_ramp_is_betas() -> None:
    assert [1, *(step.percent for step in RAMP)] == [*sorted(BETA.ramp_hold_minutes), 100]


@pytest.mark.parametrize("step", RAMP, ids=lambda step: f"{step.percent} %")
def test_a_step_sends_enough_to_decide_even_with_some_bad_luck(step: RampStep) -> None:
    canary = step.reads * step.percent / 100
    compared = step.reads * step.shadow_percent / 100
    assert clears(Tally(0, int(canary - 3 * canary**0.5)), BETA.error_rate_limit_percent)
    assert clears(Tally(0, int(compared - 3 * compared**0.5)), 0.5)


def test_its_help_names_every_case() -> None:
    shown = CliRunner().invoke(main, ["--help"]).output
    for name in CASES:
        assert name in shown
