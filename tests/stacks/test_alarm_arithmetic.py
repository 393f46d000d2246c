"""Every alarm, read from the synthesised template and evaluated over traffic."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.alarm_evaluation import AlarmState
from stacks.environments import BETA, ENVIRONMENTS
from tests.stacks.alarm_traffic import VERSION, Window, alarm, state
from tests.stacks.conftest import Synthesis

STAGES = pytest.mark.parametrize("stage", ENVIRONMENTS)
OK, ALARM = AlarmState.OK, AlarmState.ALARM
NAMES = BETA.names


@STAGES
@pytest.mark.parametrize(
    ("window", "expected"),
    [
        pytest.param({}, OK, id="an idle function"),
        pytest.param({"Lambda Errors": 0, "Lambda Invocations": 1000}, OK, id="healthy traffic"),
        pytest.param({"Lambda Invocations": 1000}, OK, id="healthy traffic whose errors were never reported"),
        pytest.param({"Lambda Errors": 1, "Lambda Invocations": 10}, OK, id="a single error among few reads"),
        pytest.param({"Lambda Errors": 2, "Lambda Invocations": 2}, OK, id="two errors and nothing else"),
        pytest.param({"Lambda Errors": 3, "Lambda Invocations": 3}, ALARM, id="three errors and nothing else"),
        pytest.param({"Lambda Errors": 20, "Lambda Invocations": 1000}, OK, id="exactly two percent"),
        pytest.param({"Lambda Errors": 21, "Lambda Invocations": 1000}, ALARM, id="just above two percent"),
        pytest.param({"Lambda Errors": 3}, ALARM, id="errors whose invocations are late"),
        pytest.param({"Errors/prisma": 9, "Requests/prisma": 9}, OK, id="failures that the mock made good"),
    ],
)
def test_the_playbooks_alarm_asks_for_more_than_two_percent_and_three_errors(
    stage: str, window: Window, expected: AlarmState, synthesis: Synthesis
) -> None:
    assert state(alarm(synthesis, stage, ENVIRONMENTS[stage].names.error_rate_alarm), window) == expected


@STAGES
@pytest.mark.parametrize(
    ("window", "expected"),
    [
        pytest.param({}, OK, id="idle"),
        pytest.param({"Requests/mock": 3000, "Errors/mock": 0}, OK, id="no canary"),
        pytest.param({"Requests/prisma": 3, "Errors/prisma": 3, "Requests/mock": 297}, ALARM, id="all of 1 % fail"),
        pytest.param({"Requests/prisma": 1, "Errors/prisma": 1, "Requests/mock": 9}, OK, id="one failing read of few"),
        pytest.param({"Requests/prisma": 750, "Errors/prisma": 60}, ALARM, id="8 % of a quarter"),
        pytest.param({"Requests/prisma": 750, "Errors/prisma": 15}, OK, id="exactly two percent"),
        pytest.param({"Requests/prisma": 1000, "Errors/prisma": 15}, OK, id="1.5 %"),
        pytest.param({"Lambda Errors": 9, "Lambda Invocations": 9}, OK, id="mock-read itself fails"),
    ],
)
def test_the_canarys_alarm_has_the_canarys_own_reads_as_its_denominator(
    stage: str, window: Window, expected: AlarmState, synthesis: Synthesis
) -> None:
    assert state(alarm(synthesis, stage, ENVIRONMENTS[stage].names.canary_error_rate_alarm), window) == expected


@STAGES
@pytest.mark.parametrize("prop", ["new_version_error_rate_alarm", "prisma_new_version_error_rate_alarm"])
@pytest.mark.parametrize(
    ("window", "expected"),
    [
        pytest.param({}, OK, id="not a read yet"),
        pytest.param({"Requests": 30, "Errors": 0}, OK, id="healthy"),
        pytest.param({"Requests": 30, "Errors": 3}, ALARM, id="handled failures, which Lambda does not count"),
        pytest.param({"Lambda Errors": 3}, ALARM, id="a handler that cannot be imported, and emits nothing"),
        pytest.param({"Lambda Errors": 2}, OK, id="two crashes"),
        pytest.param({"Requests": 1, "Errors": 1, "Lambda Errors": 2}, ALARM, id="both kinds add up"),
        pytest.param({"Requests": 147, "Errors": 0, "Lambda Errors": 3}, OK, id="crashes are attempts, too"),
        pytest.param({"Requests": 146, "Errors": 0, "Lambda Errors": 3}, ALARM, id="just above two percent"),
        pytest.param({"Lambda Errors": 0, "Requests": 1000, "Errors": 15}, OK, id="1.5 %"),
    ],
)
def test_a_versions_alarm_adds_what_it_told_and_what_it_died_of(
    stage: str, prop: str, window: Window, expected: AlarmState, synthesis: Synthesis
) -> None:
    assert state(alarm(synthesis, stage, getattr(ENVIRONMENTS[stage].names, prop)), window) == expected


@STAGES
@pytest.mark.parametrize(
    ("alarm_of", "function_of"),
    [
        ("new_version_error_rate_alarm", "mock_read_function"),
        ("prisma_new_version_error_rate_alarm", "prisma_read_function"),
    ],
)
def test_a_versions_alarm_looks_at_the_version_of_its_own_function_behind_live(
    stage: str, alarm_of: str, function_of: str, synthesis: Synthesis
) -> None:
    names = ENVIRONMENTS[stage].names
    function = getattr(names, function_of)
    definition = alarm(synthesis, stage, getattr(names, alarm_of))
    ours = {"environment": names.environment, "function": function, "version": VERSION}
    lambdas = {"FunctionName": function, "Resource": f"{function}:live", "ExecutedVersion": VERSION}
    assert {name: dict(stat.dimensions) for name, stat in definition.queries.metrics.items()} == {
        "failures": ours,
        "attempts": ours,
        "crashes": lambdas,
    }


@STAGES
def test_a_versions_alarm_and_its_alias_name_the_same_version(stage: str, synthesis: Synthesis) -> None:
    """Else the alarm would look at another version than the one that CodeDeploy brings."""
    names = ENVIRONMENTS[stage].names
    aliases = synthesis.resources(stage, "AWS::Lambda::Alias").values()
    of_aliases = {str(alias["Properties"]["FunctionVersion"]) for alias in aliases}
    of_alarms = {
        str(dimension["Value"])
        for name in (names.new_version_error_rate_alarm, names.prisma_new_version_error_rate_alarm)
        for query in synthesis.alarm(stage, name)["Metrics"]
        if "MetricStat" in query
        for dimension in query["MetricStat"]["Metric"]["Dimensions"]
        if dimension["Name"].endswith("ersion")
    }
    assert of_alarms == of_aliases
    assert len(of_alarms) == 2


@pytest.mark.parametrize(
    ("name", "failures", "attempts"),
    [
        (NAMES.error_rate_alarm, "Lambda Errors", "Lambda Invocations"),
        (NAMES.canary_error_rate_alarm, "Errors/prisma", "Requests/prisma"),
        (NAMES.new_version_error_rate_alarm, "Errors", "Requests"),
        (NAMES.prisma_new_version_error_rate_alarm, "Errors", "Requests"),
    ],
)
def test_a_rollback_alarm_fires_exactly_above_two_percent_and_at_three_failures(
    name: str, failures: str, attempts: str, synthesis: Synthesis
) -> None:
    definition = alarm(synthesis, "beta", name)

    @given(st.integers(0, 500), st.integers(0, 5000))
    def fires(failed: int, answered: int) -> None:
        reads = failed + answered
        above = failed >= 3 and failed / max(reads, 1) * 100 > 2
        assert (state(definition, {failures: failed, attempts: reads}) == ALARM) == above

    fires()


@STAGES
def test_failures_that_arrive_after_their_window_has_passed_are_still_found(stage: str, synthesis: Synthesis) -> None:
    for name in ENVIRONMENTS[stage].names.rollback_alarms:
        definition = alarm(synthesis, stage, name)
        failing = {"Lambda Errors": 5, "Lambda Invocations": 5, "Errors": 5, "Requests": 5, "Errors/prisma": 5}
        assert state(definition, failing, {}) == ALARM, name
        assert state(definition, failing, {}, {}) == OK, name


@STAGES
@pytest.mark.parametrize(
    ("candidate", "control", "reads", "expected"),
    [
        pytest.param(None, None, None, OK, id="idle"),
        pytest.param(199, 1, 100, OK, id="far above the mock, within the budget"),
        pytest.param(201, 1, 100, ALARM, id="above the budget"),
        pytest.param(259, 200, 100, OK, id="above the budget, within 30 % of the mock"),
        pytest.param(261, 200, 100, ALARM, id="above 30 % of the mock"),
        pytest.param(900, 1, 19, OK, id="too few reads for a percentile"),
        pytest.param(900, 1, 20, ALARM, id="just enough reads"),
        pytest.param(201, None, 100, ALARM, id="no read of the mock to compare with"),
        pytest.param(None, 1, None, OK, id="only fallbacks, which have no latency"),
    ],
)
def test_the_latency_alarm_compares_with_the_mock_or_the_budget_whichever_is_larger(
    stage: str,
    *,
    candidate: float | None,
    control: float | None,
    reads: float | None,
    expected: AlarmState,
    synthesis: Synthesis,
) -> None:
    told = {"Latency/prisma/p95": candidate, "Latency/mock/p95": control, "Latency/prisma/SampleCount": reads}
    window = {name: value for name, value in told.items() if value is not None}
    definition = alarm(synthesis, stage, ENVIRONMENTS[stage].names.canary_p95_alarm)
    assert ENVIRONMENTS[stage].latency_budget_ms == 200
    assert state(definition, window, window) == expected
    assert state(definition, window, {}, {}) == OK, "one slow window is noise"


@STAGES
@pytest.mark.parametrize(
    ("mismatches", "comparisons", "expected"),
    [(0, 1000, OK), (2, 2, OK), (3, 300, OK), (3, 299, ALARM), (11, 1000, ALARM), (10, 1000, OK)],
)
def test_the_shadows_alarm_asks_for_more_than_one_percent_and_three_differences(
    stage: str, mismatches: int, comparisons: int, expected: AlarmState, synthesis: Synthesis
) -> None:
    window = {"ShadowMismatches": mismatches, "ShadowComparisons": comparisons}
    assert state(alarm(synthesis, stage, ENVIRONMENTS[stage].names.shadow_diff_alarm), window) == expected


@STAGES
def test_no_reads_for_a_quarter_of_an_hour_are_told_whether_or_not_zeros_are_reported(
    stage: str, synthesis: Synthesis
) -> None:
    definition = alarm(synthesis, stage, ENVIRONMENTS[stage].names.no_traffic_alarm)
    assert state(definition, {}, {}, {}) == ALARM
    zeros = {"Requests/mock": 0, "Requests/prisma": 0}
    assert state(definition, zeros, zeros, zeros) == ALARM
    assert state(definition, {"Requests/prisma": 1}, {}, {}) == OK
    assert state(definition, {}, {}, {"Requests/mock": 1}) == OK


@STAGES
@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ({}, OK),
        ({"Lambda Errors": 0, "ApproximateNumberOfMessagesVisible": 0}, OK),
        ({"Lambda Errors": 1}, ALARM),
        ({"ApproximateNumberOfMessagesVisible": 1}, ALARM),
    ],
)
def test_one_failure_of_the_guardian_is_told_within_a_minute(
    stage: str, window: Window, expected: AlarmState, synthesis: Synthesis
) -> None:
    definition = alarm(synthesis, stage, ENVIRONMENTS[stage].names.guardian_failed_alarm)
    assert definition.rule.period_seconds == 60
    assert state(definition, window) == expected


@STAGES
def test_only_the_alarm_for_silence_takes_silence_for_trouble(stage: str, synthesis: Synthesis) -> None:
    """AppConfig rolls back on INSUFFICIENT_DATA, too."""
    names = ENVIRONMENTS[stage].names
    treated = {
        resource["Properties"]["AlarmName"]: resource["Properties"]["TreatMissingData"]
        for resource in synthesis.resources(stage, "AWS::CloudWatch::Alarm").values()
    }
    assert treated.pop(names.no_traffic_alarm) == "breaching"
    assert set(treated.values()) == {"notBreaching"}


@STAGES
def test_rates_look_at_two_windows_of_five_minutes_and_fire_on_one(stage: str, synthesis: Synthesis) -> None:
    for name in ENVIRONMENTS[stage].names.rollback_alarms:
        found = synthesis.alarm(stage, name)
        assert {query["MetricStat"]["Period"] for query in found["Metrics"] if "MetricStat" in query} == {300}
        assert (found["EvaluationPeriods"], found["DatapointsToAlarm"]) == (2, 1)
        assert found["ComparisonOperator"] == "GreaterThanThreshold"
        assert found["Threshold"] == 2


@STAGES
def test_every_metric_of_our_own_is_of_the_environment(stage: str, synthesis: Synthesis) -> None:
    """So that several environments can share an account."""
    for name in (*ENVIRONMENTS[stage].names.rollback_alarms, *ENVIRONMENTS[stage].names.investigate_alarms):
        for stat in alarm(synthesis, stage, name).queries.metrics.values():
            if stat.namespace == "Huntaze/PrismaMigration":
                assert dict(stat.dimensions)["environment"] == ENVIRONMENTS[stage].name
