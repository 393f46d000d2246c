"""Traffic over time, against the tables of AWS's page.

https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.codedeploy_traffic import Shift, shift_at


def canary(percentage: int, minutes: int) -> dict[str, Any]:
    return {
        "type": "TimeBasedCanary",
        "timeBasedCanary": {"canaryPercentage": percentage, "canaryInterval": minutes},
    }


def linear(percentage: int, minutes: int) -> dict[str, Any]:
    return {
        "type": "TimeBasedLinear",
        "timeBasedLinear": {"linearPercentage": percentage, "linearInterval": minutes},
    }


def test_all_at_once_is_all_at_once() -> None:
    assert shift_at({"type": "AllAtOnce"}, 0) == Shift(1.0, None)


@pytest.mark.parametrize(
    ("elapsed_s", "shift"),
    [
        (0, Shift(0.01, 3600.0)),
        (3599, Shift(0.01, 3600.0)),
        (3600, Shift(1.0, None)),
        (90_000, Shift(1.0, None)),
    ],
)
def test_a_canary_shifts_the_rest_after_its_interval(elapsed_s: float, shift: Shift) -> None:
    assert shift_at(canary(1, 60), elapsed_s) == shift


@pytest.mark.parametrize(
    ("elapsed_s", "shift"),
    [
        (0, Shift(0.1, 60.0)),
        (60, Shift(0.2, 120.0)),
        (479, Shift(0.8, 480.0)),
        (480, Shift(0.9, 540.0)),
        (540, Shift(1.0, None)),
    ],
)
def test_ten_percent_every_minute_is_done_in_the_tenth_step(elapsed_s: float, shift: Shift) -> None:
    assert shift_at(linear(10, 1), elapsed_s) == shift


def test_a_last_step_that_is_smaller_goes_to_all() -> None:
    weights = [shift_at(linear(30, 2), minutes * 60).weight for minutes in (0, 2, 4, 6)]
    assert weights == [0.3, 0.6, 0.9, 1.0]


@given(
    st.builds(canary, st.integers(1, 99), st.integers(1, 2880))
    | st.builds(linear, st.integers(1, 99), st.integers(1, 2880)),
    st.floats(0, 1e6),
    st.floats(0, 1e6),
)
def test_traffic_never_goes_back_and_each_step_comes_when_it_was_announced(
    routing: dict[str, Any], one: float, other: float
) -> None:
    earlier, later = shift_at(routing, min(one, other)), shift_at(routing, max(one, other))
    assert earlier.weight <= later.weight
    if earlier.next_s is None:
        assert earlier.weight == 1.0
    else:
        assert min(one, other) < earlier.next_s
        assert shift_at(routing, earlier.next_s).weight > earlier.weight
