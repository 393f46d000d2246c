from datetime import UTC, datetime, timedelta

import pytest

from playbook.report_times import busy_time_axis, time_axis

_AT = datetime(2026, 11, 24, 10, 3, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "labels"),
    [
        (3, ["10:04", "10:05", "10:06"]),
        (20, ["10:05", "10:10", "10:15", "10:20"]),
        (180, ["10:30", "11:00", "11:30", "12:00", "12:30", "13:00"]),
        (20 * 60, ["12:00", "15:00", "18:00", "21:00", "25 Nov", "03:00", "06:00"]),
        (4 * 24 * 60, ["25 Nov", "26 Nov", "27 Nov", "28 Nov"]),
        (60 * 24 * 60, ["2 Dec", "10 Dec", "18 Dec", "26 Dec", "3 Jan", "11 Jan", "19 Jan"]),
    ],
)
def test_ticks_are_at_times_that_people_say(minutes: int, labels: list[str]) -> None:
    axis = time_axis([_AT, _AT + timedelta(minutes=minutes)]).axis()

    assert [label for _, label in axis.ticks] == labels
    assert len(axis.narrow_ticks) <= 4


def test_a_tick_stands_at_its_time() -> None:
    axis = time_axis([_AT, _AT + timedelta(minutes=20)]).axis()

    place, label = axis.ticks[0]
    assert label == "10:05"
    assert place == pytest.approx(100 / 60)


def test_what_was_before_stands_at_the_edge() -> None:
    time = time_axis([_AT, _AT + timedelta(minutes=20)])

    assert time.place(_AT - timedelta(days=3)) == 0
    assert time.place(_AT + timedelta(days=3)) == 20


def test_a_moment_alone_has_a_minute_around_it() -> None:
    assert time_axis([_AT]).minutes == 1


@pytest.mark.parametrize(("minutes", "usual"), [(50, 1), (119, 2), (700, 15), (119 * 24 * 60, 2880)])
def test_parts_are_of_a_usual_length_and_not_too_many(minutes: int, usual: float) -> None:
    assert time_axis([_AT, _AT + timedelta(minutes=minutes)]).usual_minutes(60) == usual


def _bursts(*hours: float) -> list[datetime]:
    """Ten minutes of reads, so many hours after each other."""
    return [_AT + timedelta(hours=hour, minutes=minute) for hour in hours for minute in range(11)]


def test_idle_time_is_cut_out() -> None:
    time = busy_time_axis(_bursts(0, 24))

    (cut,) = time.cuts
    assert 10 < cut < 11
    assert time.place(_AT + timedelta(hours=24, minutes=3)) == cut + 3
    assert time.place(_AT + timedelta(hours=12)) == 10


def test_pauses_of_minutes_are_not_cut() -> None:
    assert busy_time_axis(_bursts(0, 0.5, 1)).cuts == []


def test_ticks_then_stand_where_time_goes_on_and_name_each_new_day() -> None:
    axis = busy_time_axis(_bursts(0, 3, 24)).axis()

    assert [label for _, label in axis.ticks] == ["24 Nov 10:03", "13:03", "25 Nov 10:03"]


def test_ticks_that_would_lie_upon_each_other_are_left_out() -> None:
    axis = busy_time_axis(_bursts(*range(0, 400, 10))).axis()

    assert 3 <= len(axis.ticks) <= 8
    assert len(axis.narrow_ticks) <= 4


def test_no_part_goes_over_a_cut() -> None:
    time = busy_time_axis(_bursts(0, 24))

    assert time.part(_AT + timedelta(minutes=9), 60) != time.part(_AT + timedelta(hours=24), 60)
