"""The checks of the 95th percentiles.

The percentile of the reads seen decides, as the playbook has it. Its bounds are told beside it: they say how much it
may still move.
"""

from typing import Final

from playbook.bounds import CONFIDENCE_PERCENT
from playbook.evidence import Evidence
from playbook.latencies import LatencyDistribution, Percentile, reads_for_percentile
from playbook.thresholds import Thresholds
from playbook.verdict import Check, CheckName, Outcome
from playbook.wording import milliseconds, waiting

_P95: Final = 95
# A ratio from here on needs no decimals.
_WHOLE_RATIO: Final = 100
# Of fewer, all may be faster than the true percentile, so there is nothing to compare.
P95_READS: Final = reads_for_percentile(_P95)


def canary_p95(evidence: Evidence, thresholds: Thresholds) -> Check:
    """What callers of the canary waited, against the mock or the budget, and against the baseline.

    A mock in memory makes the ratio to it structurally large: it is always told, but the budget may stand in for it.
    """
    canary, mock, baseline = (
        _p95(latencies)
        for latencies in (evidence.canary_latencies, evidence.mock_latencies, evidence.baseline_latencies)
    )
    of_mock_ms = thresholds.p95_go_factor * mock.value_ms if mock else 0
    callers_ms = max(of_mock_ms, thresholds.latency_budget_ms)
    go_ms = thresholds.p95_go_factor * baseline.value_ms if baseline else None
    hold_ms = thresholds.p95_hold_factor * baseline.value_ms if baseline else None
    figures = _figures(evidence.canary_latencies, canary) | {
        "mock_reads": evidence.mock_latencies.reads,
        "mock_p95_ms": mock.value_ms if mock else None,
        "ratio_to_mock": canary.value_ms / mock.value_ms if canary and mock else None,
        "baseline_reads": evidence.baseline_latencies.reads,
        "baseline_p95_ms": baseline.value_ms if baseline else None,
        "callers_limit_ms": callers_ms,
        "go_limit_ms": go_ms,
        "hold_limit_ms": hold_ms,
    }
    if canary is None:
        outcome, reason = Outcome.HOLD, _too_few(evidence.canary_latencies, "answered canary read", evidence)
    elif go_ms is None or hold_ms is None:
        outcome = Outcome.HOLD
        reason = (
            f"{_told(canary, mock)} There is no baseline to compare it with: that takes {P95_READS:,} reads of a "
            f"warmed prisma-read, and {evidence.baseline_latencies.reads:,} are recorded. Run the preflight again."
        )
    else:
        by_callers = (
            f"{milliseconds(callers_ms)}, {thresholds.p95_go_factor:g} × the mock's p95"
            if of_mock_ms > thresholds.latency_budget_ms
            else f"{milliseconds(callers_ms)}, the budget"
        )
        by_go = f"{milliseconds(go_ms)}, {thresholds.p95_go_factor:g} × the baseline's p95"
        by_hold = f"{milliseconds(hold_ms)}, {thresholds.p95_hold_factor:g} × the baseline's p95"
        if canary.value_ms > hold_ms:
            outcome, meaning = Outcome.INVESTIGATE, f"That is above {by_hold}."
        elif canary.value_ms <= min(callers_ms, go_ms):
            outcome, meaning = Outcome.GO, f"That is at most {by_callers}, and at most {by_go}."
        else:
            outcome = Outcome.HOLD
            broken = [
                limit for limit_ms, limit in ((callers_ms, by_callers), (go_ms, by_go)) if canary.value_ms > limit_ms
            ]
            meaning = f"That is above {' and above '.join(broken)}, but not above {by_hold}."
        reason = f"{_told(canary, mock)} {meaning}"
    return Check(name=CheckName.CANARY_P95, outcome=outcome, reason=reason, figures=figures)


def shadow_p95(evidence: Evidence, thresholds: Thresholds) -> Check:
    """What the comparisons took on the path that did not serve."""
    latencies, limit_ms = evidence.shadow.latencies, thresholds.shadow_p95_ms
    p95 = _p95(latencies)
    if p95 is None:
        outcome, reason = Outcome.HOLD, _too_few(latencies, "comparison", evidence)
    else:
        fine = p95.value_ms < limit_ms
        outcome = Outcome.GO if fine else Outcome.INVESTIGATE
        reason = f"p95 is {_with_bounds(p95)}: that is {'' if fine else 'not '}below {milliseconds(limit_ms)}."
    figures = _figures(latencies, p95) | {"limit_ms": limit_ms}
    return Check(name=CheckName.SHADOW_P95, outcome=outcome, reason=reason, figures=figures)


def _p95(latencies: LatencyDistribution) -> Percentile | None:
    return latencies.percentile(_P95) if latencies.reads >= P95_READS else None


def _told(canary: Percentile, mock: Percentile | None) -> str:
    if mock is None:
        return f"The canary's p95 is {_with_bounds(canary)}."
    ratio = canary.value_ms / mock.value_ms
    times = f"{ratio:,.0f}" if ratio >= _WHOLE_RATIO else f"{ratio:.3g}"
    return f"The canary's p95 is {_with_bounds(canary)}, {times} × the mock's {milliseconds(mock.value_ms)}."


def _with_bounds(p95: Percentile) -> str:
    low = milliseconds(p95.low_ms) if p95.low_ms is not None else "?"
    high = milliseconds(p95.high_ms) if p95.high_ms is not None else "?"
    return f"{milliseconds(p95.value_ms)} ({CONFIDENCE_PERCENT} % bounds {low} to {high})"


def _too_few(latencies: LatencyDistribution, noun: str, evidence: Evidence) -> str:
    there_are = "there is" if latencies.reads == 1 else "there are"
    missing = P95_READS - latencies.reads
    return (
        f"A p95 takes {P95_READS:,} {noun}s, and {there_are} {latencies.reads:,}: {missing:,} more would do"
        f"{waiting(missing, evidence.a_minute(latencies.reads))}."
    )


def _figures(latencies: LatencyDistribution, p95: Percentile | None) -> dict[str, float | None]:
    return {
        "reads": latencies.reads,
        "reads_missing": max(0, P95_READS - latencies.reads),
        "p95_ms": p95.value_ms if p95 else None,
        "p95_low_ms": p95.low_ms if p95 else None,
        "p95_high_ms": p95.high_ms if p95 else None,
    }
