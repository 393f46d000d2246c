"""What the verdict does whatever the evidence."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbook.bounds import Tally
from playbook.evidence import AlarmEvidence, AlarmState, Evidence, ShadowEvidence
from playbook.judge import judge
from playbook.latencies import LatencyDistribution
from playbook.verdict import CheckName, Outcome
from tests.playbook.judged import HEALTHY, NAMES, THRESHOLDS, check_of, latencies


@st.composite
def evidences(draw: st.DrawFn) -> Evidence:
    attempts = draw(st.integers(0, 1000))
    failures = draw(st.integers(0, attempts) | st.integers(0, min(attempts, 30)))
    sampled = draw(st.integers(0, 3000))
    compared = draw(st.integers(0, sampled) | st.just(sampled))
    states = st.sampled_from([*AlarmState, AlarmState.OK, AlarmState.OK])
    p95s_ms = st.sampled_from([2, 10, 90, 100, 110, 120, 140, 250, 1200])
    return Evidence(
        canary=Tally(failures, attempts),
        canary_latencies=latencies(draw(p95s_ms), reads=min(attempts - failures, 300)),
        mock_latencies=latencies(draw(p95s_ms), reads=draw(st.sampled_from([0, 200]))),
        baseline_latencies=latencies(draw(p95s_ms), reads=draw(st.sampled_from([0, 200]))),
        shadow=ShadowEvidence(
            sampled=sampled,
            compared=compared,
            mismatching=draw(st.integers(0, min(compared, 60))),
            failed=draw(st.integers(0, min(sampled, 200))),
            latencies=latencies(draw(p95s_ms), reads=min(compared, 200)),
        ),
        alarms=tuple(
            AlarmEvidence(name=name, rolls_back=name in NAMES.rollback_alarms, state=draw(states | st.none()))
            for name in (*NAMES.rollback_alarms, *NAMES.investigate_alarms)
        ),
        minutes=draw(st.none() | st.floats(0.5, 600)),
    )


def _a_further_canary_read_failed(evidence: Evidence) -> Evidence:
    return replace(evidence, canary=Tally(evidence.canary.failures + 1, evidence.canary.attempts + 1))


def _a_canary_read_failed_instead(evidence: Evidence) -> Evidence:
    attempts = evidence.canary.attempts
    return replace(evidence, canary=Tally(min(evidence.canary.failures + 1, attempts), attempts))


def _a_further_comparison_differs(evidence: Evidence) -> Evidence:
    seen = evidence.shadow
    return _shadow(evidence, sampled=seen.sampled + 1, compared=seen.compared + 1, mismatching=seen.mismatching + 1)


def _a_comparison_differs_instead(evidence: Evidence) -> Evidence:
    return _shadow(evidence, mismatching=min(evidence.shadow.mismatching + 1, evidence.shadow.compared))


def _a_further_sampled_read_is_lost(evidence: Evidence) -> Evidence:
    return _shadow(evidence, sampled=evidence.shadow.sampled + 1) if evidence.shadow.sampled else evidence


def _an_attempt_to_compare_failed(evidence: Evidence) -> Evidence:
    return _shadow(evidence, failed=min(evidence.shadow.failed + 1, evidence.shadow.sampled))


def _every_canary_read_took_longer(evidence: Evidence) -> Evidence:
    return replace(evidence, canary_latencies=_longer(evidence.canary_latencies))


def _every_comparison_took_longer(evidence: Evidence) -> Evidence:
    return replace(evidence, shadow=replace(evidence.shadow, latencies=_longer(evidence.shadow.latencies)))


def _a_rollback_alarm_went_off(evidence: Evidence) -> Evidence:
    first, *others = evidence.alarms
    return replace(evidence, alarms=(replace(first, state=AlarmState.ALARM), *others))


def _shadow(evidence: Evidence, **counts: int) -> Evidence:
    seen = evidence.shadow
    now = {"sampled": seen.sampled, "compared": seen.compared, "mismatching": seen.mismatching, "failed": seen.failed}
    return replace(evidence, shadow=ShadowEvidence(**(now | counts), latencies=seen.latencies))


def _longer(distribution: LatencyDistribution) -> LatencyDistribution:
    """By a third: that is 29 buckets further."""
    return LatencyDistribution(tuple((bucket + 29, count) for bucket, count in distribution.buckets))


@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        (_a_further_canary_read_failed, CheckName.CANARY_ERROR_RATE),
        (_a_canary_read_failed_instead, CheckName.CANARY_ERROR_RATE),
        (_a_further_comparison_differs, CheckName.SHADOW_DIFFS),
        (_a_comparison_differs_instead, CheckName.SHADOW_DIFFS),
        (_a_further_sampled_read_is_lost, CheckName.SHADOW_COVERAGE),
        (_an_attempt_to_compare_failed, CheckName.SHADOW_ERRORS),
        (_every_canary_read_took_longer, CheckName.CANARY_P95),
        (_every_comparison_took_longer, CheckName.SHADOW_P95),
        (_a_rollback_alarm_went_off, CheckName.ALARMS),
    ],
)
@given(evidences())
def test_what_goes_wrong_never_improves_the_check_that_is_about_it(
    spoil: Callable[[Evidence], Evidence], name: CheckName, evidence: Evidence
) -> None:
    assert check_of(spoil(evidence), name).outcome >= check_of(evidence, name).outcome


@given(evidences(), st.integers(1, 50))
def test_failing_canary_reads_never_improve_the_verdict(evidence: Evidence, failing: int) -> None:
    more = replace(evidence, canary=Tally(evidence.canary.failures + failing, evidence.canary.attempts + failing))

    assert judge(more, THRESHOLDS).outcome >= judge(evidence, THRESHOLDS).outcome


@given(evidences())
def test_the_verdict_is_its_worst_check(evidence: Evidence) -> None:
    verdict = judge(evidence, THRESHOLDS)

    assert verdict.outcome is max((check.outcome for check in verdict.checks), key=list(Outcome).index)


@given(evidences(), st.integers(0, 7))
def test_an_alarm_in_alarm_is_never_go(evidence: Evidence, which: int) -> None:
    seen = list(evidence.alarms)
    seen[which] = replace(seen[which], state=AlarmState.ALARM)

    assert judge(replace(evidence, alarms=tuple(seen)), THRESHOLDS).outcome >= Outcome.INVESTIGATE


@given(evidences(), st.sampled_from(["canary", "canary_latencies", "baseline_latencies", "shadow", "alarms"]))
def test_where_there_is_no_data_it_is_never_go(evidence: Evidence, kind: str) -> None:
    for others in (evidence, HEALTHY):
        without = replace(others, **{kind: getattr(Evidence(), kind)})

        assert judge(without, THRESHOLDS).outcome >= Outcome.HOLD


@given(evidences(), st.randoms(use_true_random=False))
def test_the_order_of_the_alarms_does_not_matter(evidence: Evidence, shuffler: random.Random) -> None:
    shuffled = list(evidence.alarms)
    shuffler.shuffle(shuffled)

    assert judge(replace(evidence, alarms=tuple(shuffled)), THRESHOLDS) == judge(evidence, THRESHOLDS)


@given(evidences())
def test_every_reason_is_a_sentence_with_its_numbers_filled_in(evidence: Evidence) -> None:
    for check in judge(evidence, THRESHOLDS).checks:
        assert check.reason.endswith(".")
        assert "None" not in check.reason
        assert "nan" not in check.reason
