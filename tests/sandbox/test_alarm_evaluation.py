"""Expected states are transcribed from AWS's pages
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html and
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.alarm_evaluation import (
    EXTRA_DATAPOINTS,
    AlarmRule,
    AlarmState,
    Comparison,
    TreatMissingData,
    Verdict,
    evaluation_range,
    judge,
)

NOW = 1_700_000_115.5  # 2023-11-14 22:15:15.5 UTC, within the minute that begins at ...100
MISSING, IGNORE, BREACHING, NOT_BREACHING = TreatMissingData
OK, ALARM, INSUFFICIENT_DATA = AlarmState
RETAINED = None

THREE_OF_THREE = AlarmRule(
    comparison=Comparison.GREATER_THAN,
    threshold=10.0,
    evaluation_periods=3,
    datapoints_to_alarm=3,
    treat_missing_data=MISSING,
    period_seconds=300,
)
TWO_OF_THREE = dataclasses.replace(THREE_OF_THREE, datapoints_to_alarm=2)


def judged(rule: AlarmRule, datapoints: str, treat_missing_data: TreatMissingData = MISSING) -> Verdict | None:
    """`datapoints` as the page writes them, the most recent on the right: 0, X for breaching, - for missing."""
    rule = dataclasses.replace(rule, treat_missing_data=treat_missing_data)
    symbols = datapoints.split()
    timeline = evaluation_range(rule, NOW)
    assert len(symbols) == timeline.count
    values = {"0": 0.0, "X": 20.0}
    series = {time: values[symbol] for time, symbol in zip(timeline.timestamps, symbols, strict=True) if symbol != "-"}
    return judge(rule, series, timeline, NOW)


def states(rule: AlarmRule, datapoints: str) -> list[AlarmState | None]:
    """By MISSING, IGNORE, BREACHING and NOT BREACHING, the columns of the page's tables."""
    verdicts = [judged(rule, datapoints, treated) for treated in (MISSING, IGNORE, BREACHING, NOT_BREACHING)]
    return [verdict.state if verdict else None for verdict in verdicts]


@pytest.mark.parametrize(
    ("datapoints", "expected"),
    [
        ("0 - X - X", [OK, OK, OK, OK]),
        ("0 - - - -", [OK, OK, OK, OK]),
        ("- - - - -", [INSUFFICIENT_DATA, RETAINED, ALARM, OK]),
        ("0 X X - X", [ALARM, ALARM, ALARM, ALARM]),
        ("- - X - -", [ALARM, RETAINED, ALARM, OK]),
    ],
)
def test_three_out_of_three_as_in_the_first_table(datapoints: str, expected: list[AlarmState | None]) -> None:
    assert states(THREE_OF_THREE, datapoints) == expected


@pytest.mark.parametrize(
    ("datapoints", "expected"),
    [
        ("0 - X - X", [ALARM, ALARM, ALARM, ALARM]),
        ("0 0 X 0 X", [ALARM, ALARM, ALARM, ALARM]),
        ("0 - X - -", [OK, OK, ALARM, OK]),
        ("- - - - 0", [OK, OK, ALARM, OK]),
        ("- - - X -", [ALARM, RETAINED, ALARM, OK]),
    ],
)
def test_two_out_of_three_as_in_the_second_table(datapoints: str, expected: list[AlarmState | None]) -> None:
    assert states(TWO_OF_THREE, datapoints) == expected


@pytest.mark.parametrize("datapoints", ["- - - - X", "- - - X -"])
def test_a_lone_breaching_point_younger_than_m_is_no_alarm_yet(datapoints: str) -> None:
    """The page rules ALARM out where gaps count as missing; its edition of 2019 named the states."""
    assert states(THREE_OF_THREE, datapoints) == [INSUFFICIENT_DATA, RETAINED, ALARM, OK]


@pytest.mark.parametrize("datapoints", ["- - - X 0", "- - X - 0"])
def test_a_point_within_the_threshold_after_it_ends_a_lone_breach(datapoints: str) -> None:
    assert states(THREE_OF_THREE, datapoints)[0] is OK


def test_older_points_than_the_evaluation_periods_are_ignored_when_none_is_missing() -> None:
    assert states(THREE_OF_THREE, "X X X X 0") == [OK] * 4
    assert states(THREE_OF_THREE, "0 0 X X X") == [ALARM] * 4


def test_m_breaching_points_alarm_however_gaps_are_treated() -> None:
    assert states(TWO_OF_THREE, "- - - X X") == [ALARM] * 4


@pytest.mark.parametrize(
    ("comparison", "below", "equal", "above"),
    [
        (Comparison.GREATER_THAN, OK, OK, ALARM),
        (Comparison.GREATER_THAN_OR_EQUAL, OK, ALARM, ALARM),
        (Comparison.LESS_THAN, ALARM, OK, OK),
        (Comparison.LESS_THAN_OR_EQUAL, ALARM, ALARM, OK),
    ],
)
def test_the_comparison_decides_what_breaches(
    comparison: Comparison, below: AlarmState, equal: AlarmState, above: AlarmState
) -> None:
    rule = dataclasses.replace(THREE_OF_THREE, comparison=comparison)
    timeline = evaluation_range(rule, NOW)
    for value, expected in ((9.9, below), (10.0, equal), (10.1, above)):
        verdict = judge(rule, dict.fromkeys(timeline.timestamps, value), timeline, NOW)
        assert verdict
        assert verdict.state is expected


# The window: "at the end of minute 5 the alarm evaluates based on data from minutes 1 to 5. Then at the end of
# minute 6, the alarm is evaluated based on the data from minutes 2 to 6."


def test_a_five_minute_alarm_looks_at_the_five_minutes_that_have_just_ended() -> None:
    rule = dataclasses.replace(THREE_OF_THREE, evaluation_periods=1, datapoints_to_alarm=1)
    minute = 60
    for minutes in (5, 6):
        timeline = evaluation_range(rule, minutes * minute + 1_700_000_040)
        latest = timeline.timestamps[-1]
        assert (latest - 1_700_000_040) / minute == minutes - 5
        assert timeline.end == 1_700_000_040 + minutes * minute


def test_a_minute_that_has_not_ended_is_not_looked_at() -> None:
    rule = dataclasses.replace(THREE_OF_THREE, period_seconds=60)
    assert evaluation_range(rule, 1_700_000_099.9).end == 1_700_000_040
    assert evaluation_range(rule, 1_700_000_100.0).end == 1_700_000_100


def test_a_high_resolution_alarm_looks_at_the_ten_seconds_that_have_just_ended() -> None:
    rule = dataclasses.replace(THREE_OF_THREE, period_seconds=10)
    assert evaluation_range(rule, 1_700_000_119).end == 1_700_000_110


def test_the_range_reaches_back_two_periods_more_than_the_evaluation_periods() -> None:
    """The page's tables: 5 data points are retrieved where Evaluation Periods is 3."""
    assert evaluation_range(THREE_OF_THREE, NOW).count == 5


# Reasons, worded as in messages of CloudWatch.


def test_an_alarm_reason_names_the_breaching_points_newest_first() -> None:
    verdict = judged(TWO_OF_THREE, "0 0 X 0 X")
    assert verdict
    assert verdict.reason == (
        "Threshold Crossed: 2 out of the last 3 datapoints [20.0 (14/11/23 22:10:00), 20.0 (14/11/23 22:00:00)] "
        "were greater than the threshold (10.0) (minimum 2 datapoints for OK -> ALARM transition)."
    )


def test_an_ok_reason_names_the_points_within_the_threshold() -> None:
    verdict = judged(THREE_OF_THREE, "0 0 X 0 X")
    assert verdict
    assert verdict.reason == (
        "Threshold Crossed: 1 out of the last 3 datapoints [0.0 (14/11/23 22:05:00)] was not greater than the "
        "threshold (10.0) (minimum 1 datapoint for ALARM -> OK transition)."
    )


@pytest.mark.parametrize(
    ("datapoints", "treated", "reason"),
    [
        (
            "- - - - -",
            NOT_BREACHING,
            (
                "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as "
                "[NonBreaching]."
            ),
        ),
        (
            "- - - - 0",
            BREACHING,
            (
                "Threshold Crossed: 1 datapoint was received for 3 periods and 2 missing datapoints were treated as "
                "[Breaching]."
            ),
        ),
        (
            "- - 0 - 0",
            BREACHING,
            (
                "Threshold Crossed: 2 datapoints were received for 3 periods and 1 missing datapoint was treated as "
                "[Breaching]."
            ),
        ),
        ("- - - - -", MISSING, "Insufficient Data: 3 datapoints were unknown."),
    ],
)
def test_a_reason_counts_what_was_missing(datapoints: str, treated: TreatMissingData, reason: str) -> None:
    verdict = judged(THREE_OF_THREE, datapoints, treated)
    assert verdict
    assert verdict.reason == reason


def test_reason_data_holds_the_evaluated_points() -> None:
    verdict = judged(THREE_OF_THREE, "0 X 0 X X")
    assert verdict
    assert json.loads(verdict.reason_data) == {
        "version": "1.0",
        "queryDate": "2023-11-14T22:15:15.500+0000",
        "startDate": "2023-11-14T21:50:00.000+0000",
        "period": 300,
        "recentDatapoints": [0.0, 20.0, 20.0],
        "threshold": 10.0,
        "evaluatedDatapoints": [
            {"timestamp": "2023-11-14T22:10:00.000+0000", "value": 20.0},
            {"timestamp": "2023-11-14T22:05:00.000+0000", "value": 20.0},
            {"timestamp": "2023-11-14T22:00:00.000+0000", "value": 0.0},
        ],
    }


# Properties.


@st.composite
def rules_and_points(draw: st.DrawFn) -> tuple[AlarmRule, str]:
    periods = draw(st.integers(1, 4))
    rule = dataclasses.replace(
        THREE_OF_THREE, evaluation_periods=periods, datapoints_to_alarm=draw(st.integers(1, periods))
    )
    count = periods + EXTRA_DATAPOINTS
    return rule, " ".join(draw(st.lists(st.sampled_from("0X-"), min_size=count, max_size=count)))


@given(rules_and_points())
def test_treating_gaps_as_breaching_alarms_whenever_treating_them_as_not_breaching_does(
    case: tuple[AlarmRule, str],
) -> None:
    _, _, breaching, not_breaching = states(*case)
    assert not_breaching is OK or breaching is ALARM


@given(rules_and_points())
def test_with_enough_points_the_treatment_of_gaps_does_not_matter(case: tuple[AlarmRule, str]) -> None:
    rule, datapoints = case
    if len(datapoints.replace("-", "").split()) >= rule.evaluation_periods:
        assert len(set(states(rule, datapoints))) == 1


@given(rules_and_points())
def test_only_missing_leads_to_insufficient_data_and_only_ignore_retains(case: tuple[AlarmRule, str]) -> None:
    missing, _, breaching, not_breaching = states(*case)
    assert missing is not RETAINED
    assert {breaching, not_breaching} <= {OK, ALARM}
