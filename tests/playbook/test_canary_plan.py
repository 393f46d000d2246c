from dataclasses import replace

import pytest

from playbook.canary_plan import plan_canary
from playbook.traffic import beta_users
from shared.flag import Flag, SplitBy
from shared.rollout import in_rollout
from tests.playbook.judged import THRESHOLDS

USERS = beta_users(50)
BY_USER = Flag(percent=1, split_by=SplitBy.USER, seed="spring")
BY_REQUEST = replace(BY_USER, split_by=SplitBy.REQUEST)
# 216 canary reads at 1 % in five hours.
READS_A_MINUTE = 72.0


def test_one_per_cent_of_fifty_users_is_nobody_and_by_request_it_takes_hours() -> None:
    plan = plan_canary(BY_USER, USERS, thresholds=THRESHOLDS, reads_a_minute=READS_A_MINUTE)

    assert plan.sentence == (
        "50 users at 1 % by user: 0 selected; by request a GO needs 216 canary reads, 21,600 in all, "
        "about 5 h at the present rate: 10 % by request would take 30 min."
    )
    assert (plan.chosen.reads, plan.chosen.minutes, plan.chosen.canary_share) == (None, None, 0)


def test_who_will_be_in_is_named() -> None:
    flag = replace(BY_USER, percent=5)
    plan = plan_canary(flag, USERS, thresholds=THRESHOLDS, reads_a_minute=READS_A_MINUTE)

    assert plan.chosen.users == tuple(
        user for user in USERS if in_rollout(replace(flag, enabled=True), user, request_id="any")
    )
    assert f"{len(plan.chosen.users)} selected ({', '.join(plan.chosen.users)}), a GO needs" in plan.sentence


def test_users_who_are_always_in_bring_all_their_reads() -> None:
    plan = plan_canary(
        replace(BY_REQUEST, percent=50, allow_users=frozenset({"user-3", "user-9", "nobody"})),
        USERS,
        thresholds=THRESHOLDS,
        reads_a_minute=None,
    )

    assert plan.chosen.users == ("user-3", "user-9")
    assert plan.chosen.canary_share == pytest.approx(2 / 50 + 48 / 50 * 0.5)


def test_by_request_only_those_reads_are_expected_that_the_percentage_sends() -> None:
    plan = plan_canary(BY_REQUEST, USERS, thresholds=THRESHOLDS, reads_a_minute=READS_A_MINUTE)

    assert (plan.chosen.canary_reads, plan.chosen.reads, plan.chosen.minutes) == (216, 21_600, 300)
    assert plan.chosen == plan.by_request


def test_what_decides_soon_needs_no_larger_percentage() -> None:
    plan = plan_canary(BY_REQUEST, USERS, thresholds=THRESHOLDS, reads_a_minute=720)

    assert plan.sooner is None
    assert plan.sentence == (
        "50 users at 1 % by request: a GO needs 216 canary reads, 21,600 in all, about 30 min at the present rate."
    )


def test_the_smallest_percentage_that_decides_soon_is_the_one_that_is_named() -> None:
    plan = plan_canary(BY_REQUEST, USERS, thresholds=THRESHOLDS, reads_a_minute=300)

    assert plan.sooner is not None
    assert plan.sooner.flag.percent == 5
    assert plan.sooner.minutes == pytest.approx(14.4)


def test_where_the_same_percentage_by_request_decides_soon_no_larger_one_is_offered() -> None:
    plan = plan_canary(BY_USER, USERS, thresholds=THRESHOLDS, reads_a_minute=900)

    assert plan.chosen.users == ()
    assert plan.sooner is None
    assert plan.sentence.endswith("21,600 in all, about 24 min at the present rate.")


def test_by_request_nobody_is_chosen_as_a_user() -> None:
    plan = plan_canary(replace(BY_REQUEST, percent=100), USERS, thresholds=THRESHOLDS, reads_a_minute=None)

    assert (plan.chosen.users, plan.chosen.canary_share) == ((), 1)


def test_traffic_that_cannot_decide_soon_at_any_percentage_is_offered_none() -> None:
    assert plan_canary(BY_REQUEST, USERS, thresholds=THRESHOLDS, reads_a_minute=1).sooner is None


def test_without_a_known_rate_no_time_is_promised() -> None:
    plan = plan_canary(BY_REQUEST, USERS, thresholds=THRESHOLDS, reads_a_minute=None)

    assert plan.sentence == "50 users at 1 % by request: a GO needs 216 canary reads, 21,600 in all."


def test_at_0_per_cent_no_read_decides() -> None:
    plan = plan_canary(replace(BY_REQUEST, percent=0), USERS, thresholds=THRESHOLDS, reads_a_minute=None)

    assert plan.sentence == "50 users at 0 % by request: a GO needs 216 canary reads, and none goes to Prisma."


def test_a_looser_limit_needs_fewer_reads_but_never_fewer_than_a_p95() -> None:
    def needed(error_rate_percent: float) -> int:
        thresholds = replace(THRESHOLDS, error_rate_percent=error_rate_percent)
        return plan_canary(BY_REQUEST, USERS, thresholds=thresholds, reads_a_minute=None).chosen.canary_reads

    assert (needed(2), needed(5), needed(20)) == (216, 85, 85)
