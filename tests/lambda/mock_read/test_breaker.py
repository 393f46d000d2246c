"""The breaker: closed, open, and one probe at a time."""

import pytest

from mock_read.breaker import Breaker
from tests.lambda_support.fakes import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def breaker(clock: FakeClock) -> Breaker:
    return Breaker(threshold=3, cool_down_s=10, clock=clock)


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        assert breaker.admit()
        breaker.failed()


def test_it_opens_after_so_many_failures_in_a_row(breaker: Breaker) -> None:
    fail(breaker, 3)
    assert not breaker.admit()


def test_a_success_between_failures_keeps_it_closed(breaker: Breaker) -> None:
    fail(breaker, 2)
    assert breaker.admit()
    breaker.succeeded()
    fail(breaker, 2)
    assert breaker.admit()


def test_after_the_cool_down_one_attempt_probes_and_no_other(breaker: Breaker, clock: FakeClock) -> None:
    fail(breaker, 3)
    clock.now_s += 9.9
    assert not breaker.admit()
    clock.now_s += 0.1
    assert breaker.admit()
    clock.now_s += 100
    assert not breaker.admit()


def test_a_probe_that_succeeds_closes_it(breaker: Breaker, clock: FakeClock) -> None:
    fail(breaker, 3)
    clock.now_s += 10
    assert breaker.admit()
    breaker.succeeded()
    fail(breaker, 2)
    assert breaker.admit()


def test_a_probe_that_fails_starts_another_cool_down(breaker: Breaker, clock: FakeClock) -> None:
    fail(breaker, 3)
    for _ in range(3):
        clock.now_s += 10
        fail(breaker, 1)
        assert not breaker.admit()
