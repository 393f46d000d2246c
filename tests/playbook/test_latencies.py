import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbook.latencies import RELATIVE_ERROR, Latencies, LatencyDistribution, reads_for_percentile

DURATIONS_MS = st.lists(st.floats(0.001, 900_000), min_size=1)


def distribution(durations_ms: list[float]) -> LatencyDistribution:
    latencies = Latencies()
    for duration_ms in durations_ms:
        latencies.record(duration_ms)
    return latencies.distribution()


@given(DURATIONS_MS, st.integers(1, 100))
def test_a_percentile_is_that_of_the_reads_within_the_relative_error(durations_ms: list[float], percent: int) -> None:
    exact_ms = sorted(durations_ms)[math.ceil(percent * len(durations_ms) / 100) - 1]

    assert distribution(durations_ms).percentile_ms(percent) == pytest.approx(exact_ms, rel=1.001 * RELATIVE_ERROR)


def test_the_rank_is_exact_where_a_whole_number_of_reads_is_faster() -> None:
    """The 95th of a hundred and the 19th of twenty, not the one after."""
    assert distribution([10.0] * 95 + [99.0] * 5).percentile_ms(95) == pytest.approx(10, rel=0.01)
    assert distribution([10.0] * 19 + [99.0]).percentile_ms(95) == pytest.approx(10, rel=0.01)
    assert distribution([10.0] * 18 + [99.0] * 2).percentile_ms(95) == pytest.approx(99, rel=0.01)


@given(DURATIONS_MS, st.randoms(use_true_random=False))
def test_the_order_of_the_reads_does_not_matter(durations_ms: list[float], shuffler: random.Random) -> None:
    shuffled = list(durations_ms)
    shuffler.shuffle(shuffled)

    assert distribution(shuffled) == distribution(durations_ms)


@given(DURATIONS_MS, DURATIONS_MS)
def test_distributions_add_up(some: list[float], others: list[float]) -> None:
    assert distribution(some) + distribution(others) == distribution(some + others)


@given(DURATIONS_MS, st.integers(0, 10), st.floats(1, 100))
def test_a_slower_read_lowers_no_percentile(durations_ms: list[float], which: int, times: float) -> None:
    slower = list(durations_ms)
    slower[which % len(slower)] *= times

    assert distribution(slower).percentile_ms(95) >= distribution(durations_ms).percentile_ms(95)


def test_a_million_different_latencies_fit_into_some_two_thousand_buckets() -> None:
    longest_ms = 15 * 60 * 1000
    durations_ms = np.geomspace(0.001, longest_ms, 100_000).tolist()

    assert 2000 < len(distribution([0.0, *durations_ms]).buckets) < 2100


@pytest.mark.parametrize("duration_ms", [-0.001, math.nan, math.inf])
def test_what_is_no_duration_is_refused(duration_ms: float) -> None:
    with pytest.raises(ValueError, match="no duration"):
        Latencies().record(duration_ms)


def test_of_no_reads_there_is_no_percentile() -> None:
    with pytest.raises(ValueError, match="no read"):
        LatencyDistribution().percentile(95)


def test_fewer_than_85_reads_may_all_be_faster_than_their_p95() -> None:
    durations_ms = [float(number) for number in range(1, 86)]

    assert reads_for_percentile(95) == 85
    assert distribution(durations_ms[:84]).percentile(95).high_ms is None
    assert distribution(durations_ms).percentile(95).high_ms == pytest.approx(85, rel=0.01)


def test_of_very_few_reads_a_percentile_has_no_bound_at_all() -> None:
    p95 = distribution([10.0]).percentile(95)

    assert (p95.low_ms, p95.high_ms) == (None, None)


@given(st.integers(85, 5000), st.integers(0, 2**32))
def test_the_bounds_of_a_percentile_are_on_either_side_of_it(reads: int, seed: int) -> None:
    p95 = distribution(np.random.default_rng(seed).lognormal(3, 0.5, reads).tolist()).percentile(95)

    assert p95.low_ms is not None
    assert p95.high_ms is not None
    assert p95.low_ms <= p95.value_ms <= p95.high_ms


def test_the_bounds_of_a_percentile_hold_for_operators_who_keep_looking() -> None:
    """Each bound is wrong at any of 40 looks for one operator in twenty at most; there are 300 of them."""
    random_numbers = np.random.default_rng(7)
    true_p95_ms = 20 * math.exp(0.5 * 1.6448536)
    too_low = too_high = 0
    for _ in range(300):
        latencies = Latencies()
        seen = []
        for _ in range(40):
            for duration_ms in random_numbers.lognormal(math.log(20), 0.5, 50).tolist():
                latencies.record(duration_ms)
            seen.append(latencies.distribution().percentile(95))
        too_low += any(p95.high_ms is not None and p95.high_ms < true_p95_ms * (1 - RELATIVE_ERROR) for p95 in seen)
        too_high += any(p95.low_ms is not None and p95.low_ms > true_p95_ms * (1 + RELATIVE_ERROR) for p95 in seen)

    assert too_low <= 15
    assert too_high <= 15


def test_the_bounds_of_a_percentile_close_in_on_it() -> None:
    durations_ms = np.random.default_rng(7).lognormal(math.log(20), 0.5, 100_000).tolist()
    p95 = distribution(durations_ms).percentile(95)

    assert p95.low_ms is not None
    assert p95.high_ms is not None
    assert p95.high_ms / p95.low_ms < 1.04


def test_cumulated_counts_end_with_all_reads_and_rise_with_the_latency() -> None:
    cumulated = list(distribution([3.0, 1.0, 2.0, 2.0]).cumulated())

    assert [seen for seen, _ in cumulated] == [1, 3, 4]
    assert [value_ms for _, value_ms in cumulated] == [pytest.approx(value, rel=RELATIVE_ERROR) for value in (1, 2, 3)]
