import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import beta

from playbook.bounds import (
    Tally,
    clears,
    exceeds,
    lower_bound_percent,
    reads_to_clear,
    reads_to_clear_at_this_rate,
    reads_to_exceed_at_this_rate,
    upper_bound_percent,
)
from playbook.exact_bounds import exact_lower_bound_percent, exact_upper_bound_percent
from tests.playbook.operators import bounds_rule, looks_every, naive_rule, stops

LIMITS = st.sampled_from([0.5, 1, 2, 5])


@st.composite
def tallies(draw: st.DrawFn, most: int = 5000) -> Tally:
    attempts = draw(st.integers(0, most))
    return Tally(draw(st.integers(0, attempts)), attempts)


def test_without_a_failure_it_takes_216_reads_to_show_two_per_cent() -> None:
    assert not clears(Tally(0, 215), 2)
    assert clears(Tally(0, 216), 2)
    assert reads_to_clear(Tally(), 2) == 216


def test_one_failure_costs_another_hundred_and_some() -> None:
    assert reads_to_clear(Tally(1, 1), 2) + 1 == 339


@pytest.mark.parametrize("limit_percent", [0.5, 1, 2, 5])
def test_looking_again_and_again_costs_half_as_many_reads_again(limit_percent: float) -> None:
    """149 reads would do for 2 %, and 598 for 0.5 %, if one looked once."""
    needed = reads_to_clear(Tally(), limit_percent)
    once = next(reads for reads in range(1, 2000) if exact_upper_bound_percent(Tally(0, reads)) <= limit_percent)

    assert 1.4 < needed / once < 1.5


def test_neither_a_failing_read_alone_nor_three_of_three_prove_a_rate_above_two_per_cent() -> None:
    assert not exceeds(Tally(3, 3), 2)
    assert exceeds(Tally(4, 4), 2)


@given(tallies(), LIMITS)
def test_the_bounds_are_on_either_side_of_the_rate_seen(tally: Tally, near: float) -> None:
    low, high = lower_bound_percent(tally, near_percent=near), upper_bound_percent(tally, near_percent=near)

    assert 0 <= low <= tally.rate_percent <= high <= 100


@pytest.mark.parametrize("tally", [Tally(0, 100), Tally(3, 100), Tally(10, 100), Tally(40, 2000)])
def test_at_a_bound_the_reads_are_twenty_times_as_likely_under_the_mixture(tally: Tally) -> None:
    """The mixture of likelihood ratios, here added up over its prior instead of in closed form."""

    def times_as_likely(rate: float, prior_b: float) -> float:
        def ratio(other: float) -> float:
            failing, succeeding = tally.failures, tally.attempts - tally.failures
            return float(
                (other / rate) ** failing * ((1 - other) / (1 - rate)) ** succeeding * beta.pdf(other, 1, prior_b)
            )

        return float(quad(ratio, 0, 1, points=[0.001, 0.01, 0.1], limit=500)[0])

    high = upper_bound_percent(tally, near_percent=2) / 100
    low = lower_bound_percent(tally, near_percent=2) / 100

    assert times_as_likely(high, 75) == pytest.approx(20, rel=1e-3)
    assert low == 0 or times_as_likely(low, 100 / 3) == pytest.approx(20, rel=1e-3)


@given(tallies(), LIMITS)
def test_the_bounds_are_wider_than_those_of_a_single_look(tally: Tally, near: float) -> None:
    assert lower_bound_percent(tally, near_percent=near) <= exact_lower_bound_percent(tally) + 1e-9
    assert upper_bound_percent(tally, near_percent=near) >= exact_upper_bound_percent(tally) - 1e-9


@given(tallies(), LIMITS)
def test_a_further_failure_lowers_neither_bound(tally: Tally, near: float) -> None:
    more = Tally(tally.failures + 1, tally.attempts + 1)

    assert lower_bound_percent(more, near_percent=near) >= lower_bound_percent(tally, near_percent=near) - 1e-9
    assert upper_bound_percent(more, near_percent=near) >= upper_bound_percent(tally, near_percent=near) - 1e-9


@given(tallies(), LIMITS)
def test_a_further_success_raises_neither_bound(tally: Tally, near: float) -> None:
    more = Tally(tally.failures, tally.attempts + 1)

    assert lower_bound_percent(more, near_percent=near) <= lower_bound_percent(tally, near_percent=near) + 1e-9
    assert upper_bound_percent(more, near_percent=near) <= upper_bound_percent(tally, near_percent=near) + 1e-9


@given(tallies(), LIMITS)
def test_twice_as_many_reads_at_the_same_rate_narrow_the_bounds(tally: Tally, near: float) -> None:
    twice = Tally(2 * tally.failures, 2 * tally.attempts)

    assert lower_bound_percent(twice, near_percent=near) >= lower_bound_percent(tally, near_percent=near) - 1e-9
    assert upper_bound_percent(twice, near_percent=near) <= upper_bound_percent(tally, near_percent=near) + 1e-9


def test_the_bounds_close_in_on_the_rate() -> None:
    tally = Tally(10_000, 1_000_000)

    assert 0.95 < lower_bound_percent(tally, near_percent=2) < 1 < upper_bound_percent(tally, near_percent=2) < 1.05


@given(tallies(), LIMITS)
def test_a_limit_is_cleared_or_exceeded_where_the_bound_says_so(tally: Tally, limit: float) -> None:
    assert clears(tally, limit) == (upper_bound_percent(tally, near_percent=limit) <= limit)
    assert exceeds(tally, limit) == (lower_bound_percent(tally, near_percent=limit) > limit)


@given(tallies(), LIMITS)
def test_the_reads_to_a_verdict_are_just_enough(tally: Tally, limit: float) -> None:
    more = reads_to_clear(tally, limit)

    assert clears(Tally(tally.failures, tally.attempts + more), limit)
    assert more == 0 or not clears(Tally(tally.failures, tally.attempts + more - 1), limit)


@given(tallies(300), LIMITS)
def test_reads_at_the_rate_seen_decide_what_they_are_said_to(tally: Tally, limit: float) -> None:
    """Only every few reads is there a whole number of failures at that rate: there a verdict is due, and not before."""
    to_go, to_stop = reads_to_clear_at_this_rate(tally, limit), reads_to_exceed_at_this_rate(tally, limit)

    for more, decides in ((to_go, clears), (to_stop, exceeds)):
        if more is not None and tally.attempts:
            times = -(-(tally.attempts + more) // tally.attempts)
            assert decides(Tally(times * tally.failures, times * tally.attempts), limit)
            before = (tally.attempts + more - 1) // tally.attempts
            assert more == 0 or not decides(Tally(before * tally.failures, before * tally.attempts), limit)


def test_at_the_very_limit_no_number_of_reads_decides() -> None:
    assert reads_to_clear_at_this_rate(Tally(2, 100), 2) is None
    assert reads_to_exceed_at_this_rate(Tally(2, 100), 2) is None


def test_of_a_rate_above_the_limit_none_shows_that_it_is_below() -> None:
    assert reads_to_clear_at_this_rate(Tally(3, 100), 2) is None
    assert reads_to_exceed_at_this_rate(Tally(1, 100), 2) is None


@pytest.mark.parametrize("tally", [(-1, 5), (6, 5), (0, -1)])
def test_counts_that_cannot_be_are_refused(tally: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="attempts"):
        Tally(*tally)


@pytest.mark.parametrize(("every", "reads"), [(1, 5000), (20, 40_000)])
@pytest.mark.parametrize("limit_percent", [0.5, 2])
def test_of_operators_who_keep_looking_at_most_one_in_twenty_is_ever_misled(
    every: int, reads: int, limit_percent: float
) -> None:
    """The true rate is the limit, where it is hardest. Whether the other verdict came first does not help here."""
    looks = looks_every(every, reads=reads)
    rule = bounds_rule(looks, limit_percent)

    seen = stops(rule, looks, rate_percent=limit_percent, operators=2000, seed=2024)

    assert 0.005 < np.mean(seen.go > 0) <= 0.05
    assert 0.005 < np.mean(seen.rollback > 0) <= 0.05


def test_most_operators_who_go_by_the_rate_they_see_are_misled() -> None:
    looks = looks_every(20, reads=10_000)

    seen = stops(naive_rule(looks, 2), looks, rate_percent=2, operators=2000, seed=2024)

    assert np.mean(seen.rollback > 0) > 0.8


def test_a_candidate_that_is_good_or_bad_is_soon_known_to_be() -> None:
    looks = looks_every(20, reads=10_000)
    rule = bounds_rule(looks, 2)
    good = stops(rule, looks, rate_percent=0, operators=200, seed=1)
    bad = stops(rule, looks, rate_percent=10, operators=2000, seed=1)

    assert np.median(good.go) == 220
    assert np.median(bad.rollback) <= 60
    assert not good.rollback.any()
    assert not bad.go.any()
