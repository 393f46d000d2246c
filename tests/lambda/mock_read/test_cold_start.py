"""The guess whether a time-out was a cold start."""

import pytest

from mock_read.cold_start import IDLE_S, LONGEST_COLD_START_S, ColdStartGuess
from tests.lambda_support.fakes import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def guess(clock: FakeClock) -> ColdStartGuess:
    return ColdStartGuess(clock)


def test_the_first_call_of_all_may_meet_a_cold_start(guess: ColdStartGuess) -> None:
    guess.asked()
    assert guess.is_likely()


def test_once_the_candidate_answered_it_is_warm(guess: ColdStartGuess) -> None:
    guess.asked()
    guess.answered()
    guess.asked()
    assert not guess.is_likely()


def test_a_candidate_that_is_silent_for_longer_than_a_cold_start_is_not_starting(
    guess: ColdStartGuess, clock: FakeClock
) -> None:
    guess.asked()
    clock.now_s += LONGEST_COLD_START_S
    guess.asked()
    assert not guess.is_likely()


def test_a_second_time_out_soon_after_the_first_may_be_the_same_cold_start(
    guess: ColdStartGuess, clock: FakeClock
) -> None:
    guess.asked()
    clock.now_s += LONGEST_COLD_START_S - 1
    guess.asked()
    assert guess.is_likely()


def test_after_minutes_of_silence_on_our_side_it_may_be_cold_again(guess: ColdStartGuess, clock: FakeClock) -> None:
    guess.asked()
    guess.answered()
    clock.now_s += IDLE_S
    guess.asked()
    assert not guess.is_likely()
    clock.now_s += IDLE_S + 1
    guess.asked()
    assert guess.is_likely()
