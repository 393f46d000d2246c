import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.clock import Clock

HOUR = 3600.0
START = 1_800_000_000.0


class Wall:
    """The wall's clock, both ways to read it, moved by the test."""

    def __init__(self) -> None:
        self.passed = 0.0

    def clock(self, *, behind_seconds: float = 0.0) -> Clock:
        return Clock(behind_seconds=behind_seconds, wall=lambda: START + self.passed, monotonic=lambda: self.passed)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pass"), st.floats(0, 600)),
        st.tuples(st.just("run_at"), st.floats(1, 120)),
        st.tuples(st.just("jump"), st.floats(0, 2 * HOUR)),
    ),
    max_size=30,
)


@given(behind=st.floats(0, 4 * HOUR), steps=STEPS)
def test_it_never_goes_back_and_never_passes_the_wall(behind: float, steps: list[tuple[str, float]]) -> None:
    wall = Wall()
    clock = wall.clock(behind_seconds=behind)
    seen = [clock.now()]
    clock.on_change(lambda: seen.append(clock.now()))
    for action, amount in steps:
        if action == "pass":
            wall.passed += amount
        elif action == "run_at":
            clock.run_at(amount)
        else:
            clock.jump(min(amount, clock.behind_seconds()))
        seen.append(clock.now())
        assert clock.now() <= START + wall.passed
    assert seen == sorted(seen)


@given(minutes=st.integers(0, 59), rest=st.floats(0.001, 60))
def test_a_jump_tells_the_listeners_once_for_each_minute_of_it(minutes: int, rest: float) -> None:
    clock = Wall().clock(behind_seconds=HOUR)
    before = clock.now()
    told: list[float] = []
    clock.on_change(lambda: told.append(clock.now() - before))
    clock.jump(minutes * 60 + rest)
    expected = [60.0 * minute for minute in range(1, minutes + 1)] + [minutes * 60 + rest]
    assert told == pytest.approx(expected, abs=1e-5)


def test_at_a_factor_it_runs_as_many_times_faster_until_it_has_caught_up() -> None:
    wall = Wall()
    clock = wall.clock(behind_seconds=290)
    clock.run_at(30)
    wall.passed = 2
    assert clock.now() == START - 290 + 60
    assert clock.behind_seconds() == 232
    wall.passed = 10
    assert clock.now() == START + 10
    wall.passed = 20
    assert clock.now() == START + 20


def test_a_clock_that_is_not_behind_is_the_walls_at_any_factor() -> None:
    wall = Wall()
    clock = wall.clock()
    clock.run_at(60)
    wall.passed = 10
    assert clock.now() == START + 10
    with pytest.raises(ValueError, match="from 0 to 0 s are possible"):
        clock.jump(1)


def test_another_pace_goes_on_from_where_the_clock_is() -> None:
    wall = Wall()
    clock = wall.clock(behind_seconds=HOUR)
    clock.run_at(30)
    wall.passed = 10
    clock.run_at(2)
    assert clock.now() == START - HOUR + 300
    wall.passed = 20
    assert clock.now() == START - HOUR + 320
    assert (clock.factor, clock.anchor.factor) == (2, 2)


@pytest.mark.parametrize("seconds", [-1, HOUR + 1, float("nan")])
def test_a_jump_back_or_past_the_wall_is_refused_and_moves_nothing(seconds: float) -> None:
    clock = Wall().clock(behind_seconds=HOUR)
    with pytest.raises(ValueError, match="from 0 to 3600 s are possible"):
        clock.jump(seconds)
    assert clock.now() == START - HOUR


@pytest.mark.parametrize("factor", [0, 0.5, -1, float("nan")])
def test_a_factor_below_one_is_refused(factor: float) -> None:
    with pytest.raises(ValueError, match="the wall's pace or faster"):
        Wall().clock(behind_seconds=HOUR).run_at(factor)


@pytest.mark.parametrize("behind", [-1, float("nan")])
def test_it_cannot_begin_ahead_of_the_wall(behind: float) -> None:
    with pytest.raises(ValueError, match="cannot begin ahead"):
        Clock(behind_seconds=behind)


def test_a_listener_hears_of_another_pace_and_nothing_once_it_has_ended_that() -> None:
    clock = Wall().clock(behind_seconds=HOUR)
    told: list[float] = []
    end = clock.on_change(lambda: told.append(clock.factor))
    clock.run_at(30)
    end()
    clock.run_at(60)
    assert told == [30]


def test_how_long_a_time_is_off_counts_the_pace_and_the_wall_that_it_may_not_pass() -> None:
    wall = Wall()
    clock = wall.clock(behind_seconds=HOUR)
    clock.run_at(30)
    assert clock.wall_seconds_until(clock.now() + 60) == 2
    assert clock.wall_seconds_until(clock.now() - 60) == 0
    # It will have caught up long before.
    assert clock.wall_seconds_until(START + 1000) == 1000


def test_a_wait_takes_as_long_as_the_factor_makes_it() -> None:
    clock = Clock(behind_seconds=10 * HOUR)
    clock.run_at(3600)
    before = clock.now()
    assert not clock.wait(1800, threading.Event())
    assert clock.now() >= before + 1800


def test_a_jump_ends_a_wait() -> None:
    clock = Wall().clock(behind_seconds=HOUR)

    class JumpsMeanwhile(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            assert timeout is not None
            assert timeout <= 0.1
            clock.jump(1900)
            return False

    assert not clock.wait(1800, JumpsMeanwhile())


def test_a_wait_can_be_interrupted() -> None:
    interrupted = threading.Event()
    threading.Timer(0.05, interrupted.set).start()
    assert Clock().wait(HOUR, interrupted)


def test_readings_on_several_threads_never_go_back_while_the_pace_changes() -> None:
    clock = Clock(behind_seconds=HOUR)
    stop = threading.Event()

    def read() -> bool:
        last = clock.now()
        while not stop.is_set():
            now = clock.now()
            if now < last:
                return False
            last = now
        return True

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        for factor in [60, 1] * 200:
            clock.run_at(factor)
        stop.set()
        assert all(reader.result() for reader in readers)
