"""The canary's error rate as it was known from minute to minute: with its bounds, and anew with each step."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from playbook.bounds import CONFIDENCE_PERCENT, Tally, lower_bound_percent, upper_bound_percent
from playbook.bundle import Bundle
from playbook.read_series import Minute
from playbook.report_plots import Axis, Curve, Note, Plot, Role
from playbook.report_times import TimeAxis, busy_time_axis
from playbook.report_view import Figure, Figured, Key, Table
from playbook.timeline import EventKind
from playbook.wording import percent

# At the beginning everything is possible, up to 100 %: the scale ends where there is something to decide.
_LIMITS_SHOWN: Final = 4
_ABOVE_THE_BOUND: Final = 1.25
_ALL_PERCENT: Final = 100
_TICKS: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)
_MOST_TICKS: Final = 6
_MOST_POINTS: Final = 60


@dataclass(frozen=True, kw_only=True)
class RatePoint:
    """What was known at the end of a minute that began `at`, of all canary reads since the step began."""

    at: datetime
    tally: Tally
    lower_percent: float
    upper_percent: float


def error_rate(bundle: Bundle) -> Figured | None:
    """None where no read was sent to Prisma."""
    limit = bundle.thresholds.error_rate_percent
    moments = [
        bundle.step.started_at,
        *(event.at for event in bundle.timeline if event.kind is EventKind.FLAG and event.percent is not None),
    ]
    steps = [list(rate_points(step, limit)) for step in by_step(bundle.series, moments)]
    shown = [points for points in steps if points]
    if not shown:
        return None
    time = busy_time_axis(point.at for points in shown for point in points)
    shown = [_thinned(time, points) for points in shown]
    return Figured(
        plot=_plot(shown, time, limit),
        legend=[
            Key(role=Role.PRISMA, text="observed"),
            Key(role=Role.BOUNDS, text=f"{CONFIDENCE_PERCENT} % bounds", filled=True),
            Key(role=Role.LIMIT, text=f"limit, {limit:g} %"),
        ],
        table=_table(shown, limit),
    )


def by_step(minutes: Iterable[Minute], moments: Iterable[datetime]) -> Iterator[list[Minute]]:
    """The minutes in parts, of which each but the first begins with a moment."""
    part: list[Minute] = []
    waiting = sorted(set(moments))
    for minute in minutes:
        if waiting and minute.at >= waiting[0]:
            waiting = [moment for moment in waiting if moment > minute.at]
            yield part
            part = []
        part.append(minute)
    yield part


def rate_points(minutes: Iterable[Minute], limit_percent: float) -> Iterator[RatePoint]:
    """One for each minute with canary reads."""
    tally = Tally()
    for minute in minutes:
        if not minute.prisma.reads:
            continue
        tally = Tally(tally.failures + minute.prisma.failures, tally.attempts + minute.prisma.reads)
        yield RatePoint(
            at=minute.at,
            tally=tally,
            lower_percent=lower_bound_percent(tally, near_percent=limit_percent),
            upper_percent=upper_bound_percent(tally, near_percent=limit_percent),
        )


def _thinned(time: TimeAxis, points: Sequence[RatePoint]) -> list[RatePoint]:
    """The last of every few minutes: the counts are cumulated, so it has the others in it."""
    minutes = time.usual_minutes(_MOST_POINTS)
    return list({time.part(point.at, minutes): point for point in points}.values())


def _plot(steps: Sequence[Sequence[RatePoint]], time: TimeAxis, limit: float) -> Plot:
    last = steps[-1][-1]
    top = min(_ALL_PERCENT, max(_LIMITS_SHOWN * limit, _ABOVE_THE_BOUND * last.upper_percent))
    curves = [Curve(role=Role.GUIDE, points=[(cut, 0), (cut, top)]) for cut in time.cuts]
    for points in steps:
        lower = [(time.place(point.at), min(point.lower_percent, top)) for point in points]
        upper = [(time.place(point.at), min(point.upper_percent, top)) for point in points]
        seen = [(time.place(point.at), min(point.tally.rate_percent, top)) for point in points]
        curves += [
            Curve(role=Role.BOUNDS, points=[*lower, *reversed(upper)], filled=True),
            Curve(role=Role.PRISMA, points=seen),
        ]
    curves.append(Curve(role=Role.LIMIT, points=[(0, limit), (time.minutes, limit)]))
    tally = last.tally
    return Plot(
        key="error-rate-plot",
        title="Canary error rate since the step began, in per cent",
        description=(
            f"At {last.at:%H:%M} UTC {tally.failures:,} of {tally.attempts:,} canary reads had failed, "
            f"{percent(tally.rate_percent)}; the bounds were {percent(last.lower_percent, limit=limit)} and "
            f"{percent(last.upper_percent, limit=limit)}, the limit is {limit:g} %. "
            f"What is above {top:.3g} % is drawn at the upper edge.{' Idle time is cut out.' if time.cuts else ''}"
        ),
        x=time.axis(),
        y=Axis(low=0, high=top, ticks=[(tick, f"{tick:g} %") for tick in _ticks(top)]),
        curves=curves,
        notes=[Note(x=time.minutes, y=limit, text=f"limit {limit:g} %", before=True)],
    )


def _ticks(top: float) -> Sequence[float]:
    step = next(step for step in _TICKS if top / step <= _MOST_TICKS)
    return [number * step for number in range(int(top / step) + 1)]


def _table(steps: Sequence[Sequence[RatePoint]], limit: float) -> Table:
    rows = [
        (
            point.at,
            Figure(name="failures", text=f"{point.tally.failures:,}", value=point.tally.failures),
            Figure(name="reads", text=f"{point.tally.attempts:,}", value=point.tally.attempts),
            _in_percent("rate_percent", point.tally.rate_percent, limit),
            _in_percent("lower_percent", point.lower_percent, limit),
            _in_percent("upper_percent", point.upper_percent, limit),
        )
        for points in reversed(steps)
        for point in reversed(points)
    ]
    return Table(
        key="error-rate-table",
        caption="Canary reads since the step began, the latest first; the rate and its bounds in per cent",
        columns=("At", "Failed", "Reads", "Rate", "From", "To"),
        rows=rows,
    )


def _in_percent(name: str, value: float, limit: float) -> Figure:
    return Figure(name=name, text=percent(value, limit=limit).removesuffix(" %"), value=value)
