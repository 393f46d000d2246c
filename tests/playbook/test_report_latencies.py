from dataclasses import replace
from itertools import pairwise
from math import log10

import pytest

from playbook.latencies import LatencyDistribution
from playbook.report_latencies import latencies_by_path, p95_over_time
from playbook.report_plots import Curve, Role
from playbook.report_view import Figured
from tests.playbook.bundles import bundle, empty, go
from tests.playbook.judged import HEALTHY, THRESHOLDS, latencies


def _curve(shown: Figured | None, role: Role) -> Curve:
    assert shown is not None
    (curve,) = (curve for curve in shown.plot.curves if curve.role is role)
    return curve


def test_a_curve_passes_through_its_percentiles() -> None:
    """p95 is a step's height where the axis says p95: so far to the right as 1 in 20 is rare."""
    points = _curve(latencies_by_path(HEALTHY, THRESHOLDS), Role.MOCK).points

    at_p95 = [y for (before, _), (after, y) in pairwise(points) if before <= log10(20) < after]
    assert [10**y for y in at_p95] == [pytest.approx(HEALTHY.mock_latencies.percentile_ms(95))]


def test_a_curve_ends_with_the_last_percentile_that_its_reads_can_tell() -> None:
    shown = latencies_by_path(HEALTHY, THRESHOLDS)

    assert _curve(shown, Role.PRISMA).points[-1][0] == log10(HEALTHY.canary_latencies.reads)
    assert _curve(shown, Role.MOCK).points[-1][0] == 4


def test_the_budget_and_the_baselines_limit_are_lines() -> None:
    shown = latencies_by_path(HEALTHY, THRESHOLDS)

    assert [10**y for _, y in _curve(shown, Role.BUDGET).points] == 2 * [pytest.approx(THRESHOLDS.latency_budget_ms)]
    limit_ms = THRESHOLDS.p95_go_factor * HEALTHY.baseline_latencies.percentile_ms(95)
    assert [10**y for _, y in _curve(shown, Role.LIMIT).points] == 2 * [pytest.approx(limit_ms)]


def test_without_a_baseline_there_is_no_limit_from_it() -> None:
    shown = latencies_by_path(replace(HEALTHY, baseline_latencies=LatencyDistribution()), THRESHOLDS)

    assert shown is not None
    assert Role.LIMIT not in {curve.role for curve in shown.plot.curves}
    assert [row[0] for row in shown.table.rows] == ["mock", "Prisma", "baseline", "comparisons"]


@pytest.mark.parametrize(("p95_ms", "ticks"), [(0.004, 6), (30, 5), (900, 5), (0.5, 5)])
def test_the_scale_spans_what_there_is(p95_ms: float, ticks: int) -> None:
    evidence = replace(
        HEALTHY,
        mock_latencies=latencies(p95_ms),
        canary_latencies=latencies(p95_ms),
        baseline_latencies=LatencyDistribution(),
    )
    shown = latencies_by_path(evidence, THRESHOLDS)

    assert shown is not None
    places = [y for curve in shown.plot.curves for _, y in curve.points]
    assert shown.plot.y.low <= min(places)
    assert max(places) <= shown.plot.y.high
    assert ticks - 2 <= len(shown.plot.y.ticks) <= 9


def test_over_time_each_stretch_has_the_percentile_of_its_own_reads() -> None:
    shown = p95_over_time(go())

    assert shown is not None
    first = go().series[:5]
    merged = sum((minute.mock.latencies for minute in first), LatencyDistribution())
    *_, row = shown.table.rows
    assert getattr(row[2], "value", None) == merged.percentile_ms(95)


def test_without_a_duration_nothing_is_drawn() -> None:
    assert latencies_by_path(empty().evidence, THRESHOLDS) is None
    assert p95_over_time(bundle()) is None
