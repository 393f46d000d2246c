"""The benchmark's statistics, and that contenders take turns."""

import pytest

from tests.bench.timing import Sample, interleaved, sample


def test_a_sample_keeps_median_middle_half_and_p95() -> None:
    times = [float(number) for number in range(101)]
    assert sample(times, "µs") == Sample("µs", count=101, p25=25, median=50, p75=75, p95=95)


def test_a_single_time_is_its_own_spread() -> None:
    assert sample([3.0], "s") == Sample("s", count=1, p25=3, median=3, p75=3, p95=3)


def test_contenders_take_turns_and_each_begins_as_often() -> None:
    told: list[str] = []

    def contender(name: str, number: int) -> float:
        told.append(name)
        return float(number)

    times = interleaved(
        {name: lambda number, name=name: contender(name, number) for name in "abc"},  # type: ignore[misc]
        rounds=3,
        warm_up=0,
    )
    assert "".join(told) == "abcbcacab"
    assert times == {"a": [0, 1, 2], "b": [0, 1, 2], "c": [0, 1, 2]}


def test_rounds_of_warming_up_do_not_count() -> None:
    assert interleaved({"a": float}, rounds=2, warm_up=3) == {"a": [3, 4]}


def test_who_sits_a_round_out_has_no_time_for_it() -> None:
    contenders = {"often": float, "seldom": lambda number: None if number % 2 else float(number)}
    assert interleaved(contenders, rounds=4, warm_up=0) == {"often": [0, 1, 2, 3], "seldom": [0, 2]}


def test_no_time_at_all_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least"):
        sample([], "µs")
