"""How long reads took, by path: each percentile, on scales on which the slowest few have as much room as the rest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import ceil, floor, log10
from typing import Final

from playbook.bundle import Bundle
from playbook.evidence import Evidence
from playbook.latencies import LatencyDistribution
from playbook.report_plots import Axis, Curve, Note, Plot, Role
from playbook.report_times import busy_time_axis
from playbook.report_view import Cell, Figure, Figured, Key, Table
from playbook.thresholds import Thresholds
from playbook.wording import duration, milliseconds

_ALL_PERCENT: Final = 100
_PERCENTILES: Final = (50, 95, 99)
_LOOKED_AT: Final = 95
# The scale ends with the last percentile that so many reads can tell: of 1,000, p99.9.
_FARTHEST: Final = 4
_TICKS: Final = ((0.0, "p0"), (50.0, "p50"), (90.0, "p90"), (95.0, "p95"), (99.0, "p99"), (99.9, "p99.9"))
_NARROW_TICKS: Final = (50.0, 90.0, 99.0, 99.9)
_STEPS: Final = (1, 2, 5)
_MOST_TICKS: Final = 9
_MOST_POINTS: Final = 30


@dataclass(frozen=True, kw_only=True)
class _Path:
    """One curve: whose reads they are."""

    name: str
    title: str
    role: Role
    latencies: LatencyDistribution


@dataclass(frozen=True, kw_only=True)
class _Line:
    """A p95 that a path must not exceed."""

    title: str
    role: Role
    value_ms: float


def latencies_by_path(evidence: Evidence, thresholds: Thresholds) -> Figured | None:
    """None where no read took any time."""
    paths = [
        _Path(name="mock_latencies", title="mock", role=Role.MOCK, latencies=evidence.mock_latencies),
        _Path(name="canary_latencies", title="Prisma", role=Role.PRISMA, latencies=evidence.canary_latencies),
        _Path(
            name="baseline_latencies",
            title="baseline",
            role=Role.BASELINE,
            latencies=evidence.baseline_latencies,
        ),
    ]
    seen = [path for path in paths if path.latencies.reads]
    if not seen:
        return None
    lines = _lines(evidence.baseline_latencies, thresholds)
    shadow = _Path(name="shadow.latencies", title="comparisons", role=Role.UNKNOWN, latencies=evidence.shadow.latencies)
    return Figured(
        plot=_plot(seen, lines),
        legend=[
            *(Key(role=path.role, text=path.title) for path in seen),
            *(Key(role=line.role, text=line.title) for line in lines),
        ],
        table=_table([*paths, shadow]),
    )


def p95_over_time(bundle: Bundle) -> Figured | None:
    """The same percentile for stretches of time, from the reads of each alone. None where no read took any time."""
    minutes = [minute for minute in bundle.series if minute.mock.latencies.reads or minute.prisma.latencies.reads]
    if not minutes:
        return None
    time = busy_time_axis(minute.at for minute in minutes)
    stretch = time.usual_minutes(_MOST_POINTS)
    stretches: dict[tuple[int, float], _Stretch] = {}
    for minute in minutes:
        part = time.part(minute.at, stretch)
        found = stretches.setdefault(part, _Stretch(at=minute.at))
        stretches[part] = replace(
            found, mock=found.mock + minute.mock.latencies, prisma=found.prisma + minute.prisma.latencies
        )
    budget_ms = bundle.thresholds.latency_budget_ms
    curves = {
        Role.MOCK: [(time.place(each.at), each.mock) for each in stretches.values() if each.mock.reads],
        Role.PRISMA: [(time.place(each.at), each.prisma) for each in stretches.values() if each.prisma.reads],
    }
    values_ms = [latencies.percentile_ms(_LOOKED_AT) for curve in curves.values() for _, latencies in curve]
    y = _milliseconds_axis(min(*values_ms, budget_ms), max(*values_ms, budget_ms))
    return Figured(
        plot=Plot(
            key="p95-plot",
            title=f"p95 over time, of the reads of each {duration(stretch)}",
            description=" ".join(
                f"{role}: between {milliseconds(min(p95s))} and {milliseconds(max(p95s))}."
                for role, curve in curves.items()
                if (p95s := [latencies.percentile_ms(_LOOKED_AT) for _, latencies in curve])
            ),
            x=time.axis(),
            y=y,
            curves=[
                *(Curve(role=Role.GUIDE, points=[(cut, y.low), (cut, y.high)]) for cut in time.cuts),
                *(
                    Curve(
                        role=role,
                        points=[(at, log10(latencies.percentile_ms(_LOOKED_AT))) for at, latencies in curve],
                    )
                    for role, curve in curves.items()
                ),
                Curve(role=Role.BUDGET, points=[(0, log10(budget_ms)), (time.minutes, log10(budget_ms))]),
            ],
        ),
        legend=[
            Key(role=Role.MOCK, text="mock"),
            Key(role=Role.PRISMA, text="Prisma"),
            Key(role=Role.BUDGET, text=f"latency budget, {milliseconds(budget_ms)}"),
        ],
        table=Table(
            key="p95-table",
            caption=f"Reads and their p95 in milliseconds, in each {duration(stretch)}, the latest first",
            columns=("From", "Mock", "p95", "Prisma", "p95"),
            rows=[
                (each.at, *_p95("mock", each.mock), *_p95("prisma", each.prisma))
                for each in reversed(stretches.values())
            ],
        ),
    )


@dataclass(frozen=True, kw_only=True)
class _Stretch:
    """What took how long in a stretch of time."""

    at: datetime
    mock: LatencyDistribution = field(default_factory=LatencyDistribution)
    prisma: LatencyDistribution = field(default_factory=LatencyDistribution)


def _p95(name: str, latencies: LatencyDistribution) -> tuple[Figure, Figure]:
    reads = Figure(name=f"{name}.reads", text=f"{latencies.reads:,}", value=latencies.reads)
    if not latencies.reads:
        return reads, Figure(name=f"{name}.p95_ms", text="–", value=None)
    value_ms = latencies.percentile_ms(_LOOKED_AT)
    return reads, Figure(name=f"{name}.p95_ms", text=_in_ms(value_ms), value=value_ms)


def _lines(baseline: LatencyDistribution, thresholds: Thresholds) -> list[_Line]:
    budget = _Line(title="latency budget", role=Role.BUDGET, value_ms=thresholds.latency_budget_ms)
    if not baseline.reads:
        return [budget]
    of_baseline = thresholds.p95_go_factor * baseline.percentile_ms(_LOOKED_AT)
    return [
        budget,
        _Line(title=f"{thresholds.p95_go_factor:g} × the baseline's p95", role=Role.LIMIT, value_ms=of_baseline),
    ]


def _plot(paths: Sequence[_Path], lines: Sequence[_Line]) -> Plot:
    values_ms = [value for path in paths for _, value in path.latencies.cumulated()]
    values_ms += [line.value_ms for line in lines]
    x = _percentile_axis(max(path.latencies.reads for path in paths))
    y = _milliseconds_axis(min(values_ms), max(values_ms))
    return Plot(
        key="latencies",
        title="Latency by percentile and path",
        description=" ".join(
            [
                *(f"{path.title}: {_in_words(path.latencies)}." for path in paths),
                *(f"{line.title}: {milliseconds(line.value_ms)}." for line in lines),
                "Both axes are logarithmic.",
            ]
        ),
        x=x,
        y=y,
        curves=[
            Curve(role=Role.GUIDE, points=[(_place(_LOOKED_AT), y.low), (_place(_LOOKED_AT), y.high)]),
            *(Curve(role=path.role, points=list(_curve(path.latencies, x.high))) for path in paths),
            *(
                Curve(role=line.role, points=[(x.low, log10(line.value_ms)), (x.high, log10(line.value_ms))])
                for line in lines
            ),
        ],
        notes=[
            Note(
                x=_place(_LOOKED_AT),
                y=log10(path.latencies.percentile_ms(_LOOKED_AT)),
                text=f"{path.title.split()[0]} p95 {milliseconds(path.latencies.percentile_ms(_LOOKED_AT))}",
                below=True,
                dot=True,
            )
            for path in paths
            if path.role is not Role.BASELINE
        ],
    )


def _in_words(latencies: LatencyDistribution) -> str:
    return ", ".join(f"p{percent} {milliseconds(latencies.percentile_ms(percent))}" for percent in _PERCENTILES)


def _curve(latencies: LatencyDistribution, farthest: float) -> Iterator[tuple[float, float]]:
    """Steps, since a percentile is always one of the reads."""
    place, farthest = 0.0, min(farthest, log10(latencies.reads))
    for seen, value_ms in latencies.cumulated():
        yield place, log10(value_ms)
        slower = latencies.reads - seen
        place = min(farthest, -log10(slower / latencies.reads)) if slower else farthest
        yield place, log10(value_ms)
        if place == farthest:
            return


def _place(percent: float) -> float:
    """Each further nine takes as much room as the one before."""
    return -log10(1 - percent / _ALL_PERCENT)


def _percentile_axis(reads: int) -> Axis:
    high = min(_FARTHEST, max(_place(_PERCENTILES[-1]), log10(reads)))
    ticks = [(percent, label) for percent, label in _TICKS if _place(percent) <= high]
    return Axis(
        low=0,
        high=high,
        ticks=[(_place(percent), label) for percent, label in ticks],
        narrow_ticks=[(_place(percent), label) for percent, label in ticks if percent in _NARROW_TICKS],
    )


def _milliseconds_axis(least_ms: float, most_ms: float) -> Axis:
    round_ms = [
        step * 10.0**decade for decade in range(floor(log10(least_ms)), ceil(log10(most_ms)) + 1) for step in _STEPS
    ]
    low_ms = max(value for value in round_ms if value <= least_ms)
    high_ms = min(value for value in round_ms if value >= most_ms)
    shown = [value for value in round_ms if low_ms <= value <= high_ms]
    if len(shown) > _MOST_TICKS:
        shown = [value for value in shown if log10(value).is_integer()]
    return Axis(low=log10(low_ms), high=log10(high_ms), ticks=[(log10(value), f"{value:,g} ms") for value in shown])


def _table(paths: Sequence[_Path]) -> Table:
    return Table(
        key="latencies-table",
        caption="Milliseconds that reads took; below p95 its 95 % bounds. The baseline is Prisma before the canary",
        columns=("Path", "Reads", *(f"p{percent}" for percent in _PERCENTILES)),
        rows=[
            (
                path.title,
                Figure(name=f"{path.name}.reads", text=f"{path.latencies.reads:,}", value=path.latencies.reads),
                *(_percentile(path, percent) for percent in _PERCENTILES),
            )
            for path in paths
        ],
    )


def _percentile(path: _Path, percent: int) -> Cell:
    name = f"{path.name}.p{percent}_ms"
    if not path.latencies.reads:
        return Figure(name=name, text="–", value=None)
    value, note = path.latencies.percentile_ms(percent), ""
    if percent == _LOOKED_AT:
        bounds = path.latencies.percentile(percent)
        low, high = (_in_ms(bound) if bound else "?" for bound in (bounds.low_ms, bounds.high_ms))
        note = f"{low} to {high}"
    return Figure(name=name, text=_in_ms(value), value=value, note=note)


def _in_ms(value_ms: float) -> str:
    """In a column of milliseconds."""
    return milliseconds(value_ms).removesuffix(" ms")
