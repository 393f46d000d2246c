"""Which reads are compared: a stable draw that has nothing to do with the one for the path."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.flag import Flag, SplitBy
from shared.rollout import in_rollout
from shared.shadow_sample import in_shadow_sample

REQUESTS = [f"request-{number}" for number in range(4000)]


def flag(shadow_percent: float, percent: float = 0) -> Flag:
    return Flag(enabled=True, percent=percent, split_by=SplitBy.REQUEST, shadow_percent=shadow_percent, seed="spring")


@given(request_id=st.text(alphabet="abc-0123456789", max_size=36))
def test_all_and_nobody_are_exact(request_id: str) -> None:
    assert in_shadow_sample(flag(100), request_id)
    assert not in_shadow_sample(flag(0), request_id)


def test_a_flag_that_is_off_compares_nothing() -> None:
    assert not in_shadow_sample(Flag(shadow_percent=100), "request-1")


@pytest.mark.parametrize("percent", [1, 20, 50])
def test_the_share_is_the_percentage_and_the_same_reads_every_time(percent: int) -> None:
    sampled = [request for request in REQUESTS if in_shadow_sample(flag(percent), request)]
    # Six standard deviations.
    tolerance = 6 * (percent * (100 - percent) / len(REQUESTS)) ** 0.5
    assert abs(100 * len(sampled) / len(REQUESTS) - percent) < tolerance
    assert sampled == [request for request in REQUESTS if in_shadow_sample(flag(percent), request)]


def test_the_candidates_reads_are_sampled_like_all_others() -> None:
    """With one draw for both, half of the reads on one path would mean all or none of them compared."""
    half = flag(50, percent=50)
    canary = [request for request in REQUESTS if in_rollout(half, "user-7", request)]
    share = sum(in_shadow_sample(half, request) for request in canary) / len(canary)
    assert 0.4 < share < 0.6
