from dataclasses import replace
from datetime import timedelta

from playbook.bounds import Tally, lower_bound_percent, upper_bound_percent
from playbook.read_series import Minute, PathMinute
from playbook.report_error_rate import by_step, error_rate, rate_points
from playbook.report_plots import Role
from tests.playbook.bundles import SHADOW_ENDS, START, bundle, flag, rollback, step


def _minute(number: int, reads: int, failures: int = 0) -> Minute:
    return Minute(
        at=SHADOW_ENDS + timedelta(minutes=number),
        mock=PathMinute(),
        prisma=PathMinute(reads=reads, failures=failures),
    )


def test_each_minute_counts_all_reads_since_the_step_began() -> None:
    points = list(rate_points([_minute(0, 10, 1), _minute(1, 0), _minute(2, 20)], limit_percent=2))

    assert [(point.at, point.tally) for point in points] == [
        (SHADOW_ENDS, Tally(1, 10)),
        (SHADOW_ENDS + timedelta(minutes=2), Tally(1, 30)),
    ]


def test_the_bounds_are_the_judges() -> None:
    (point,) = rate_points([_minute(0, 200, 3)], limit_percent=2)

    assert point.lower_percent == lower_bound_percent(Tally(3, 200), near_percent=2)
    assert point.upper_percent == upper_bound_percent(Tally(3, 200), near_percent=2)


def test_minutes_are_parted_where_a_step_begins() -> None:
    minutes = [_minute(number, 1) for number in range(5)]

    parts = list(by_step(minutes, [SHADOW_ENDS + timedelta(minutes=3), SHADOW_ENDS + timedelta(seconds=90)]))

    assert [[minute.at.minute for minute in part] for part in parts] == [[0, 1], [2], [3, 4]]


def test_the_counts_begin_anew_with_each_step() -> None:
    second = SHADOW_ENDS + timedelta(minutes=2)
    shown = error_rate(
        bundle(
            minutes=[_minute(0, 10, 5), _minute(1, 10), _minute(2, 40), _minute(3, 40)],
            at_step=step(5, second),
            timeline=[flag(SHADOW_ENDS, 1, 2), flag(second, 5, 3)],
        )
    )

    assert shown is not None
    assert len([curve for curve in shown.plot.curves if curve.role is Role.PRISMA]) == 2
    latest, *_, first = shown.table.rows
    assert getattr(latest[2], "value", None) == 80
    assert getattr(first[2], "value", None) == 10


def test_nothing_is_drawn_above_the_scale_and_the_description_says_so() -> None:
    shown = error_rate(rollback())

    assert shown is not None
    assert max(y for curve in shown.plot.curves for _, y in curve.points) <= shown.plot.y.high
    assert "drawn at the upper edge" in shown.plot.description


def test_of_a_long_step_a_few_dozen_points_are_shown_and_the_last_is_among_them() -> None:
    minutes = [_minute(number, 1) for number in range(3000)]
    shown = error_rate(replace(bundle(minutes=minutes), at=START + timedelta(days=3)))

    assert shown is not None
    assert len(shown.table.rows) <= 61
    assert getattr(shown.table.rows[0][2], "value", None) == 3000


def test_without_a_canary_read_there_is_no_rate() -> None:
    assert error_rate(bundle(minutes=[_minute(0, 0)])) is None
