"""Every cell of the go/no-go's table, and its edges."""

from dataclasses import replace

import pytest

from playbook.bounds import Tally
from playbook.evidence import Evidence, ShadowEvidence
from playbook.judge import judge, judge_shadow
from playbook.latencies import Latencies, LatencyDistribution
from playbook.verdict import Check, CheckName, Outcome
from tests.playbook.judged import HEALTHY, NAMES, THRESHOLDS, alarms, check_of, latencies


def canary(failures: int, attempts: int) -> Check:
    return check_of(replace(HEALTHY, canary=Tally(failures, attempts)), CheckName.CANARY_ERROR_RATE)


def diffs(mismatching: int, compared: int) -> Check:
    shadow = replace(HEALTHY.shadow, sampled=compared, compared=compared, mismatching=mismatching)
    return check_of(replace(HEALTHY, shadow=shadow), CheckName.SHADOW_DIFFS)


def canary_p95(
    canary_ms: float, *, baseline_ms: float = 100, mock_ms: float = 2, reads: int = 400, baseline_reads: int = 400
) -> Check:
    evidence = replace(
        HEALTHY,
        canary_latencies=latencies(canary_ms, reads=reads),
        mock_latencies=latencies(mock_ms),
        baseline_latencies=latencies(baseline_ms, reads=baseline_reads),
    )
    return check_of(evidence, CheckName.CANARY_P95)


def shadow(check: CheckName, *, sampled: int = 2000, compared: int = 2000, failed: int = 0) -> Check:
    seen = replace(HEALTHY.shadow, sampled=sampled, compared=compared, failed=failed)
    return check_of(replace(HEALTHY, shadow=seen), check)


def alarm(**states: str | None) -> Check:
    return check_of(replace(HEALTHY, alarms=alarms(**states)), CheckName.ALARMS)


# Canary error rate.


def test_errors_whose_upper_bound_is_within_two_per_cent_are_go() -> None:
    assert canary(0, 216).outcome is Outcome.GO
    assert canary(1, 339).outcome is Outcome.GO


def test_errors_that_neither_bound_tells_apart_from_two_per_cent_hold() -> None:
    assert canary(0, 215).outcome is Outcome.HOLD
    assert canary(1, 338).outcome is Outcome.HOLD
    assert canary(10, 300).outcome is Outcome.HOLD


def test_errors_whose_lower_bound_is_above_two_per_cent_roll_back() -> None:
    assert canary(4, 4).outcome is Outcome.ROLLBACK
    assert canary(10, 100).outcome is Outcome.ROLLBACK


def test_a_canary_without_reads_holds() -> None:
    assert canary(0, 0).outcome is Outcome.HOLD


def test_a_hold_for_lack_of_reads_names_how_many_are_missing_and_how_long_they_take() -> None:
    assert canary(0, 100).reason.endswith(
        "116 more canary reads without a failure would show at most 2 % (about 58 min at 2 a minute)."
    )


def test_a_hold_with_few_failures_also_says_what_it_takes_if_they_go_on() -> None:
    reason = canary(1, 100).reason

    assert "239 more canary reads without a failure would show at most 2 %" in reason
    assert "At the rate seen it takes 1,334 (about" in reason


def test_a_hold_with_many_failures_first_says_when_it_would_be_a_rollback() -> None:
    reason = canary(10, 300).reason

    assert "At the rate seen, 1,017 more canary reads would show more than 2 %" in reason
    assert reason.index("would show more than") < reason.index("would show at most")


def test_a_hold_at_the_very_limit_says_that_reads_alone_will_not_end_it() -> None:
    assert "At the rate seen no number of reads decides: look for the cause." in canary(4, 200).reason


def test_without_a_known_rate_no_time_is_promised() -> None:
    evidence = replace(HEALTHY, canary=Tally(0, 100), minutes=None)

    assert " a minute" not in check_of(evidence, CheckName.CANARY_ERROR_RATE).reason


def test_a_reason_shows_its_arithmetic() -> None:
    assert canary(24, 200).reason == (
        "24 of 200 canary reads failed, 12 %; with 95 % confidence, however often one looks, the true rate is "
        "5.45 % to 24.48 %. That is above 2 %."
    )


def test_the_exact_bounds_of_a_single_look_stand_beside_those_that_decide() -> None:
    figures = canary(0, 149).figures

    assert figures["exact_upper_percent"] == pytest.approx(2, abs=0.02)
    assert figures["upper_percent"] == pytest.approx(2.7, abs=0.1)


# Canary p95.


def test_a_p95_within_the_budget_and_near_the_baseline_is_go() -> None:
    assert canary_p95(114).outcome is Outcome.GO


def test_a_p95_above_the_budget_but_near_the_mocks_is_go() -> None:
    assert canary_p95(340, baseline_ms=300, mock_ms=300).outcome is Outcome.GO


def test_a_p95_above_the_budget_and_the_mocks_holds_though_it_is_near_the_baseline() -> None:
    check = canary_p95(300, baseline_ms=300)

    assert check.outcome is Outcome.HOLD
    assert "above 200 ms, the budget, but not above 390 ms, 1.3 ×" in check.reason


def test_a_p95_between_the_limits_of_the_baseline_holds() -> None:
    assert canary_p95(117).outcome is Outcome.HOLD
    assert canary_p95(128).outcome is Outcome.HOLD


def test_a_p95_more_than_30_per_cent_above_the_baseline_asks_to_investigate() -> None:
    assert canary_p95(132).outcome is Outcome.INVESTIGATE
    assert canary_p95(140).outcome is Outcome.INVESTIGATE


def test_a_p95_that_is_fine_for_callers_is_investigated_all_the_same_if_it_is_not_the_baselines() -> None:
    assert canary_p95(15, baseline_ms=10, mock_ms=100).outcome is Outcome.INVESTIGATE


def test_too_few_canary_reads_for_a_p95_hold_and_the_missing_number_is_named() -> None:
    check = canary_p95(30, reads=60)

    assert check.outcome is Outcome.HOLD
    assert check.reason == (
        "A p95 takes 85 answered canary reads, and there are 60: 25 more would do (about 21 min at 1.2 a minute)."
    )
    assert canary_p95(30, reads=84).outcome is Outcome.HOLD
    assert canary_p95(100, reads=85).outcome is Outcome.GO


def test_without_a_baseline_the_p95_holds() -> None:
    check = canary_p95(30, baseline_reads=84)

    assert check.outcome is Outcome.HOLD
    assert "Run the preflight again" in check.reason


def test_without_reads_of_the_mock_the_budget_alone_is_the_limit() -> None:
    """As at 100 %, when there are none."""
    at_full = replace(HEALTHY, mock_latencies=LatencyDistribution())

    assert check_of(at_full, CheckName.CANARY_P95).outcome is Outcome.GO


@pytest.mark.parametrize("canary_ms", [100, 120, 140])
def test_the_ratio_to_the_mock_is_always_told(canary_ms: float) -> None:
    check = canary_p95(canary_ms, mock_ms=2)

    assert check.figures["ratio_to_mock"] == pytest.approx(canary_ms / 2, rel=0.02)
    assert f"{check.figures['ratio_to_mock']:.3g} × the mock's 2 ms" in check.reason


def test_the_bounds_of_the_p95_are_told() -> None:
    """Of a hundred reads the 95th is 95 ms; the true p95 may be as low as the 88th and as high as the slowest."""
    recorded = Latencies()
    for number in range(1, 101):
        recorded.record(number)
    check = check_of(replace(HEALTHY, canary_latencies=recorded.distribution()), CheckName.CANARY_P95)

    assert "p95 is 95 ms (95 % bounds 88 ms to 100 ms)" in check.reason


# Shadow differences.


def test_differences_whose_upper_bound_is_below_half_a_per_cent_are_go() -> None:
    assert diffs(0, 869).outcome is Outcome.GO
    assert diffs(4, 2600).outcome is Outcome.GO


def test_differences_between_the_limits_hold() -> None:
    assert diffs(0, 868).outcome is Outcome.HOLD
    assert diffs(16, 2000).outcome is Outcome.HOLD
    assert diffs(24, 2000).outcome is Outcome.HOLD


def test_differences_whose_lower_bound_is_above_one_per_cent_ask_to_investigate() -> None:
    assert diffs(60, 2000).outcome is Outcome.INVESTIGATE


def test_a_rate_of_differences_between_the_limits_is_not_a_matter_of_more_reads() -> None:
    """0.8 % stays a HOLD however many reads are compared."""
    assert "no number of reads decides: look for the cause" in diffs(16, 2000).reason
    assert diffs(16_000, 2_000_000).outcome is Outcome.HOLD


def test_without_comparisons_the_differences_hold() -> None:
    check = diffs(0, 0)

    assert check.outcome is Outcome.HOLD
    assert "869 comparisons without a difference would show at most 0.5 %" in check.reason


# Shadow errors, p95 and coverage.


def test_shadow_errors_below_five_per_cent_are_go() -> None:
    assert shadow(CheckName.SHADOW_ERRORS, failed=99).outcome is Outcome.GO


def test_shadow_errors_from_five_per_cent_on_ask_to_investigate() -> None:
    assert shadow(CheckName.SHADOW_ERRORS, failed=100).outcome is Outcome.INVESTIGATE


def test_a_shadow_p95_below_a_second_is_go() -> None:
    evidence = replace(HEALTHY, shadow=replace(HEALTHY.shadow, latencies=latencies(990)))

    assert check_of(evidence, CheckName.SHADOW_P95).outcome is Outcome.GO


def test_a_shadow_p95_from_a_second_on_asks_to_investigate() -> None:
    evidence = replace(HEALTHY, shadow=replace(HEALTHY.shadow, latencies=latencies(1006)))

    assert check_of(evidence, CheckName.SHADOW_P95).outcome is Outcome.INVESTIGATE


def test_too_few_comparisons_for_a_p95_hold() -> None:
    evidence = replace(HEALTHY, shadow=replace(HEALTHY.shadow, latencies=latencies(5000, reads=84)))

    assert check_of(evidence, CheckName.SHADOW_P95).outcome is Outcome.HOLD


def test_a_coverage_from_99_per_cent_on_is_go() -> None:
    assert shadow(CheckName.SHADOW_COVERAGE, compared=1980).outcome is Outcome.GO


def test_a_coverage_below_99_per_cent_holds_and_says_what_is_missing() -> None:
    check = shadow(CheckName.SHADOW_COVERAGE, compared=1940)

    assert shadow(CheckName.SHADOW_COVERAGE, compared=1979).outcome is Outcome.HOLD
    assert check.outcome is Outcome.HOLD
    assert "40 comparisons of the 60 missing would do" in check.reason
    assert "it takes 4,000 further reads that are all compared" in check.reason


def test_the_further_reads_that_a_coverage_takes_are_just_enough() -> None:
    def outcome(further: int) -> Outcome:
        return shadow(CheckName.SHADOW_COVERAGE, sampled=2000 + further, compared=1940 + further).outcome

    assert (outcome(3999), outcome(4000)) == (Outcome.HOLD, Outcome.GO)


@pytest.mark.parametrize("name", [CheckName.SHADOW_ERRORS, CheckName.SHADOW_P95, CheckName.SHADOW_COVERAGE])
def test_without_a_sampled_read_the_shadow_holds(name: CheckName) -> None:
    assert check_of(replace(HEALTHY, shadow=ShadowEvidence()), name).outcome is Outcome.HOLD


# Alarms.


def test_alarms_that_are_all_ok_are_go() -> None:
    assert alarm().outcome is Outcome.GO


@pytest.mark.parametrize("name", ["error_rate_alarm", "canary_p95_alarm"])
def test_an_alarm_without_sufficient_data_holds(name: str) -> None:
    check = alarm(**{name: "INSUFFICIENT_DATA"})

    assert check.outcome is Outcome.HOLD
    assert f"{getattr(NAMES, name)}: without sufficient data." in check.reason


def test_an_alarm_that_is_not_there_holds() -> None:
    assert alarm(canary_error_rate_alarm=None).outcome is Outcome.HOLD


@pytest.mark.parametrize("name", ["canary_p95_alarm", "shadow_diff_alarm", "no_traffic_alarm", "guardian_failed_alarm"])
def test_an_investigate_alarm_in_alarm_asks_to_investigate(name: str) -> None:
    assert alarm(**{name: "ALARM"}).outcome is Outcome.INVESTIGATE


@pytest.mark.parametrize(
    "name",
    [
        "error_rate_alarm",
        "canary_error_rate_alarm",
        "new_version_error_rate_alarm",
        "prisma_new_version_error_rate_alarm",
    ],
)
def test_a_rollback_alarm_in_alarm_rolls_back(name: str) -> None:
    assert alarm(**{name: "ALARM"}).outcome is Outcome.ROLLBACK


def test_of_several_alarms_the_worst_counts_and_each_is_named() -> None:
    check = alarm(canary_p95_alarm="ALARM", canary_error_rate_alarm="ALARM", no_traffic_alarm="INSUFFICIENT_DATA")

    assert check.outcome is Outcome.ROLLBACK
    for name in (NAMES.canary_p95_alarm, NAMES.canary_error_rate_alarm, NAMES.no_traffic_alarm):
        assert name in check.reason


# The verdict.


def test_a_healthy_canary_is_go() -> None:
    verdict = judge(HEALTHY, THRESHOLDS)

    assert verdict.outcome is Outcome.GO
    assert [check.name for check in verdict.checks] == list(CheckName)


def test_no_data_at_all_holds_in_every_check() -> None:
    assert {check.outcome for check in judge(Evidence(), THRESHOLDS).checks} == {Outcome.HOLD}


def test_the_worst_check_is_the_verdict_and_the_decisive_one() -> None:
    evidence = replace(
        HEALTHY,
        canary=Tally(0, 10),
        shadow=replace(HEALTHY.shadow, mismatching=60),
        alarms=alarms(no_traffic_alarm=None),
    )
    verdict = judge(evidence, THRESHOLDS)

    assert verdict.outcome is Outcome.INVESTIGATE
    assert [check.name for check in verdict.decisive] == [CheckName.SHADOW_DIFFS]


def test_outcomes_are_ordered_from_go_to_rollback() -> None:
    assert sorted(Outcome) == [Outcome.GO, Outcome.HOLD, Outcome.INVESTIGATE, Outcome.ROLLBACK]


def test_the_shadow_gate_asks_for_no_canary_and_for_everything_else() -> None:
    before = replace(HEALTHY, canary=Tally(), canary_latencies=LatencyDistribution())

    assert judge_shadow(before, THRESHOLDS).outcome is Outcome.GO
    assert judge(before, THRESHOLDS).outcome is Outcome.HOLD
    assert [check.name for check in judge_shadow(before, THRESHOLDS).checks] == list(CheckName)[2:]
