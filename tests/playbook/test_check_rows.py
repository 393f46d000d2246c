"""Each check as a row: its own figures, or a dash where there is none."""

from dataclasses import replace

import pytest

from playbook.bounds import Tally
from playbook.check_rows import NOTHING, row_of
from playbook.evidence import Evidence, ShadowEvidence
from playbook.latencies import LatencyDistribution
from playbook.verdict import CheckName, Outcome
from tests.playbook.judged import HEALTHY, alarms, check_of, latencies


@pytest.mark.parametrize("name", CheckName)
@pytest.mark.parametrize("evidence", [HEALTHY, Evidence()])
def test_every_check_has_a_row_with_and_without_data(name: CheckName, evidence: Evidence) -> None:
    check = check_of(evidence, name)

    row = row_of(check)

    assert row.name == name
    assert row.outcome is check.outcome


def test_a_bounded_rate_is_its_count_its_bounds_and_its_limit() -> None:
    row = row_of(check_of(replace(HEALTHY, canary=Tally(3, 1240)), CheckName.CANARY_ERROR_RATE))

    assert row.seen == "3 of 1,240, 0.24 %"
    assert row.limit == "≤ 2 %"
    assert row.scale is not None
    assert row.scale.low is not None
    assert row.scale.high is not None
    assert row.bounds == f"{row.scale.low:.2f} % to {row.scale.high:.2g} %"


def test_a_bound_that_is_over_the_limit_by_little_is_not_rounded_to_it() -> None:
    row = row_of(check_of(replace(HEALTHY, canary=Tally(0, 215)), CheckName.CANARY_ERROR_RATE))

    assert row.outcome is Outcome.HOLD
    assert row.bounds == "0 % to 2.002 %"


@pytest.mark.parametrize("name", [CheckName.CANARY_ERROR_RATE, CheckName.SHADOW_DIFFS, CheckName.CANARY_P95])
def test_nothing_seen_has_no_bounds_and_no_scale(name: CheckName) -> None:
    row = row_of(check_of(Evidence(), name))

    assert row.bounds == NOTHING
    assert row.scale is None


def test_the_canarys_p95_is_held_against_the_lower_of_its_limits() -> None:
    by_baseline = row_of(check_of(HEALTHY, CheckName.CANARY_P95))
    by_callers = row_of(check_of(replace(HEALTHY, baseline_latencies=latencies(900)), CheckName.CANARY_P95))

    assert by_baseline.limit == "≤ 35 ms"
    assert by_callers.limit == "≤ 200 ms"


def test_without_a_baseline_what_callers_mind_is_the_limit() -> None:
    evidence = replace(HEALTHY, baseline_latencies=LatencyDistribution())

    assert row_of(check_of(evidence, CheckName.CANARY_P95)).limit == "≤ 200 ms"


def test_a_p95_of_too_few_reads_says_how_many_are_missing() -> None:
    evidence = replace(HEALTHY, canary_latencies=latencies(30, reads=12))

    assert row_of(check_of(evidence, CheckName.CANARY_P95)).seen.startswith("12 so far, ")


def test_coverage_is_what_was_compared_of_what_was_sampled() -> None:
    evidence = replace(HEALTHY, shadow=ShadowEvidence(sampled=2000, compared=1979, latencies=latencies(30)))
    row = row_of(check_of(evidence, CheckName.SHADOW_COVERAGE))

    assert (row.seen, row.limit, row.outcome) == ("1,979 of 2,000, 98.95 %", "≥ 99 %", Outcome.HOLD)


def test_alarms_are_told_by_what_ails_them() -> None:
    evidence = replace(
        HEALTHY, alarms=alarms(canary_p95_alarm="ALARM", error_rate_alarm="INSUFFICIENT_DATA", no_traffic_alarm=None)
    )

    assert row_of(check_of(evidence, CheckName.ALARMS)).seen == "1 in ALARM, 1 without data, 1 not there"
