import statistics
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.metric_math import Timeline
from sandbox.metric_store import Metric, Samples, statistic

START = 1_800_000_000
ALWAYS = 2**62
ONE_MINUTE = Timeline(START, 60, 1)


def samples(*values: float) -> Samples:
    made = Samples()
    for value in values:
        made.add(value)
    return made


def put(metric: Metric, *values: float, at: float = START, seen: float = START, unit: str = "Count") -> None:
    metric.record(values, unit=unit, measured_at=at, visible_at=seen)


def read(metric: Metric, name: str = "Sum", timeline: Timeline = ONE_MINUTE, before: int = ALWAYS) -> dict[int, float]:
    return dict(metric.series(name, timeline, unit=None, visible_before=before))


VALUES = st.lists(st.floats(0, 1e6), min_size=1, max_size=40)


@given(values=VALUES, cut=st.integers(0, 40))
def test_the_statistics_are_those_of_all_values_wherever_they_are_kept(values: list[float], cut: int) -> None:
    parts = [samples(*values[:cut]), samples(*values[cut:])]
    assert statistic("SampleCount", parts) == len(values)
    assert statistic("Sum", parts) == pytest.approx(sum(values))
    assert statistic("Average", parts) == pytest.approx(statistics.fmean(values))
    assert statistic("Minimum", parts) == min(values)
    assert statistic("Maximum", parts) == max(values)
    assert statistic("p50", parts) == pytest.approx(statistics.median(values))
    assert statistic("p0", parts) == min(values)
    assert statistic("p100", parts) == max(values)


@given(values=VALUES, percents=st.lists(st.floats(0, 100), min_size=2, max_size=2))
def test_a_higher_percentile_is_never_lower(values: list[float], percents: list[float]) -> None:
    low, high = (statistic(f"p{percent}", [samples(*values)]) for percent in sorted(percents))
    assert low is not None
    assert high is not None
    assert low <= high + 1e-6


def test_no_values_have_no_statistics() -> None:
    assert [statistic(name, [Samples()]) for name in ("SampleCount", "Sum", "Average", "p95")] == [None] * 4


def test_there_are_no_percentiles_once_a_value_is_negative() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Percentiles"""
    parts = [samples(1, 2), samples(-1, 5)]
    assert statistic("p95", parts) is None
    assert statistic("Minimum", parts) == -1


@pytest.mark.parametrize(
    ("count", "total", "low", "high", "percentile"),
    [(3, 15, 5, 5, 5.0), (1, 7, 7, 7, 7.0), (2, 12, 5, 7, None), (3, 14, 5, 5, None)],
)
def test_a_statistic_set_has_percentiles_where_it_can_only_be_one_value(
    count: float, total: float, low: float, high: float, percentile: float | None
) -> None:
    metric = Metric(())
    set_ = {"SampleCount": count, "Sum": total, "Minimum": low, "Maximum": high}
    metric.record_set(set_, unit="None", measured_at=START, visible_at=START)
    assert read(metric, "p90").get(START) == percentile
    assert read(metric, "Sum") == {START: total}
    assert read(metric, "SampleCount") == {START: count}


def test_a_period_has_what_was_measured_in_it() -> None:
    metric = Metric(())
    for second, value in ((-1, 1), (0, 10), (59, 100), (60, 1000), (119.9, 10_000), (120, 100_000)):
        put(metric, value, at=START + second)
    assert read(metric, timeline=Timeline(START, 60, 2)) == {START: 110, START + 60: 11_000}
    assert read(metric, timeline=Timeline(START, 10, 7)) == {START: 10, START + 50: 100, START + 60: 1000}
    assert read(metric, timeline=Timeline(START - 3600, 3600, 3)) == {START - 3600: 1, START: 111_110}


def test_a_long_timeline_with_little_data_is_read_by_the_data() -> None:
    metric = Metric(())
    put(metric, 7)
    assert read(metric, timeline=Timeline(START - 86_400 * 14, 60, 14 * 1440 + 1)) == {START: 7}


def test_a_point_is_seen_from_its_second_on_and_under_the_time_of_its_measurement() -> None:
    metric = Metric(())
    put(metric, 1, at=START + 5, seen=START + 5)
    put(metric, 2, at=START + 6, seen=START + 126.5)
    assert read(metric, before=START + 5) == {}
    assert read(metric, before=START + 6) == {START: 1}
    assert read(metric, before=START + 126) == {START: 1}
    assert read(metric, before=START + 127) == {START: 3}


def test_units_are_kept_apart_and_read_together_where_none_is_asked_for() -> None:
    metric = Metric(())
    put(metric, 1, unit="Seconds")
    put(metric, 2, unit="Count")
    assert metric.units == ("Seconds", "Count")
    assert read(metric) == {START: 3}
    assert metric.series("Sum", ONE_MINUTE, unit="Count", visible_before=ALWAYS) == {START: 2}
    assert metric.series("Sum", ONE_MINUTE, unit="Bytes", visible_before=ALWAYS) == {}


def test_nothing_is_lost_when_several_threads_record_and_one_reads() -> None:
    metric = Metric(())
    stop = threading.Event()

    def keep_reading() -> None:
        while not stop.is_set():
            read(metric, "p95")

    def keep_writing() -> None:
        for number in range(2000):
            put(metric, number % 97)

    with ThreadPoolExecutor(5) as pool:
        reader = pool.submit(keep_reading)
        writers = [pool.submit(keep_writing) for _ in range(4)]
        for writer in writers:
            writer.result()
        stop.set()
        reader.result()
    assert read(metric, "SampleCount") == {START: 8000}
