"""Who is in a rollout: pinned values that a person can recompute, and the properties that make a ramp safe."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.flag import Flag, SplitBy
from shared.rollout import in_rollout, place_percent

PERCENTS = st.floats(min_value=0, max_value=100)
SEEDS = st.text(max_size=20)
IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", fullmatch=True)
USERS = [f"user-{number}" for number in range(2000)]
# Six standard deviations: a fair draw leaves them once in some 500 million tries.
TOLERANCE = 6


def share_in(flag: Flag) -> float:
    return sum(in_rollout(flag, user, "request-1") for user in USERS) / len(USERS)


def by_user(percent: float, seed: str) -> Flag:
    return Flag(enabled=True, percent=percent, seed=seed)


@pytest.mark.parametrize(
    ("seed", "unit", "hex_digits"),
    # printf %s 'spring:user-7' | sha256sum | cut -c1-8
    [("spring", "user-7", "348fed81"), ("", "user-7", "e6495f31"), ("spring", "user-8", "f4ebece9")],
)
def test_a_place_is_what_sha256sum_says(seed: str, unit: str, hex_digits: str) -> None:
    assert place_percent(seed, unit) == int(hex_digits, 16) * 100 / 2**32


@given(user=IDS, seed=SEEDS, percents=st.tuples(PERCENTS, PERCENTS))
def test_growing_the_percentage_keeps_everyone_who_was_in(user: str, seed: str, percents: tuple[float, float]) -> None:
    smaller, larger = sorted(percents)
    if in_rollout(by_user(smaller, seed), user, "request-1"):
        assert in_rollout(by_user(larger, seed), user, "request-1")


@given(user=IDS, seed=SEEDS)
def test_nobody_is_in_at_0_percent_and_everybody_at_100(user: str, seed: str) -> None:
    assert not in_rollout(by_user(0, seed), user, "request-1")
    assert in_rollout(by_user(100, seed), user, "request-1")


@given(percent=PERCENTS, seed=SEEDS)
@settings(max_examples=40)
def test_the_share_that_is_in_is_the_percentage(percent: float, seed: str) -> None:
    share = percent / 100
    deviation = math.sqrt(share * (1 - share) / len(USERS))
    # The last term is for shares so small that one user more is far away in deviations.
    assert abs(share_in(by_user(percent, seed)) - share) <= TOLERANCE * deviation + TOLERANCE / len(USERS)


@given(seeds=st.lists(SEEDS, min_size=2, max_size=2, unique=True))
@settings(max_examples=40)
def test_cohorts_of_two_seeds_overlap_only_by_chance(seeds: list[str]) -> None:
    first, second = ({user for user in USERS if place_percent(seed, user) < 50} for seed in seeds)
    deviation = math.sqrt(0.25 * 0.75 / len(USERS))
    assert abs(len(first & second) / len(USERS) - 0.25) <= TOLERANCE * deviation


@given(user=IDS, request_id=st.uuids().map(str), seed=SEEDS, split_by=st.sampled_from(SplitBy))
def test_an_allowed_user_is_in_at_any_percentage(user: str, request_id: str, seed: str, split_by: SplitBy) -> None:
    flag = Flag(enabled=True, percent=0, seed=seed, split_by=split_by, allow_users=frozenset({user}))
    assert in_rollout(flag, user, request_id)


@given(user=IDS)
def test_nobody_is_in_while_the_flag_is_not_enabled(user: str) -> None:
    assert not in_rollout(Flag(percent=100, allow_users=frozenset({user})), user, "request-1")


def test_by_user_every_request_of_a_user_takes_the_same_path() -> None:
    flag = by_user(50, "spring")
    for user in USERS[:50]:
        assert len({in_rollout(flag, user, f"request-{number}") for number in range(20)}) == 1


def test_by_request_the_requests_of_one_user_are_split() -> None:
    flag = Flag(enabled=True, percent=50, split_by=SplitBy.REQUEST, seed="spring")
    inside = sum(in_rollout(flag, "user-7", f"request-{number}") for number in range(2000))
    assert 800 < inside < 1200


def test_a_fraction_of_a_percent_reaches_a_fraction_of_a_percent() -> None:
    inside = sum(place_percent("spring", f"user-{number}") < 0.5 for number in range(20000))
    assert 40 < inside < 160
