"""What PutMetricAlarm takes.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

from typing import Any

import pytest

from sandbox.alarm_definition import MetricStat, ValidationError, read_alarm
from sandbox.alarm_evaluation import AlarmRule, Comparison, TreatMissingData
from tests.sandbox.alarm_sandbox import query

RULE: dict[str, Any] = {
    "AlarmName": "a",
    "EvaluationPeriods": 3,
    "Threshold": 2,
    "ComparisonOperator": "LessThanThreshold",
}
ONE_METRIC: dict[str, Any] = {
    **RULE,
    "Namespace": "Shop",
    "MetricName": "Errors",
    "Dimensions": [{"Name": "z", "Value": "1"}, {"Name": "a", "Value": "2"}],
    "Statistic": "Sum",
    "Period": 300,
}


def on_metrics(*entries: dict[str, Any]) -> dict[str, Any]:
    return {**RULE, "Metrics": list(entries)}


def expression(text: str, name: str = "e1", **members: Any) -> dict[str, Any]:
    return {"Id": name, "Expression": text, **members}


def test_an_alarm_on_one_metric_is_read() -> None:
    definition = read_alarm(ONE_METRIC)
    assert definition.rule == AlarmRule(
        comparison=Comparison.LESS_THAN,
        threshold=2.0,
        evaluation_periods=3,
        datapoints_to_alarm=3,
        treat_missing_data=TreatMissingData.MISSING,
        period_seconds=300,
    )
    stat = MetricStat("Shop", "Errors", (("a", "2"), ("z", "1")), "Sum", 300, None)
    assert definition.queries.metrics == {definition.watched_id: stat}


def test_an_alarm_on_an_expression_watches_the_entry_that_returns_data() -> None:
    definition = read_alarm(on_metrics(query("m1", "Errors"), expression("m1 + 1", "e2", ReturnData=True)))
    assert definition.watched_id == "e2"
    assert definition.rule.period_seconds == 60


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({**ONE_METRIC, "AlarmName": ""}, "AlarmName is required"),
        ({**ONE_METRIC, "MetricName": None}, "MetricName is required"),
        ({**ONE_METRIC, "Namespace": None}, "Namespace is required"),
        ({**ONE_METRIC, "Statistic": None}, "Statistic is required"),
        ({**ONE_METRIC, "Period": None}, "Period is required"),
        ({**ONE_METRIC, "Threshold": None}, "Threshold is required"),
        ({**ONE_METRIC, "Period": 45}, "Period 45 must be 10, 20, 30 or a multiple of 60"),
        ({**ONE_METRIC, "Statistic": "tm90"}, "The statistic 'tm90' is not supported here"),
        ({**ONE_METRIC, "EvaluationPeriods": 0}, "EvaluationPeriods must be at least 1"),
        ({**ONE_METRIC, "DatapointsToAlarm": 0}, "DatapointsToAlarm must be between 1 and EvaluationPeriods"),
        ({**ONE_METRIC, "DatapointsToAlarm": 4}, "DatapointsToAlarm must be between 1 and EvaluationPeriods"),
        ({**ONE_METRIC, "EvaluationPeriods": 289}, "Period times EvaluationPeriods must be at most 86400 seconds"),
        (
            {**ONE_METRIC, "Period": 3600, "EvaluationPeriods": 169},
            "Period times EvaluationPeriods must be at most 604800 seconds",
        ),
        (
            {**ONE_METRIC, "TreatMissingData": "zero"},
            "TreatMissingData must be one of missing, ignore, breaching, notBreaching, not 'zero'",
        ),
        ({**ONE_METRIC, "ThresholdMetricId": "ad1"}, "ThresholdMetricId is not supported here"),
        (
            {**ONE_METRIC, "EvaluateLowSampleCountPercentile": "skip"},
            "EvaluateLowSampleCountPercentile must be evaluate or ignore, not 'skip'",
        ),
        (
            {**ONE_METRIC, "Metrics": [query("m1", "Errors")]},
            "Metrics cannot be used with MetricName, Namespace, Dimensions, Period, Statistic",
        ),
        (on_metrics(query("m1", "Errors")), "Exactly one element of the metrics list should return data."),
        (
            on_metrics(query("m1", "Errors"), expression("m1"), expression("m1", "e2")),
            "Exactly one element of the metrics list should return data.",
        ),
        (on_metrics(expression("1")), "Metrics must have 1 to 10 metrics"),
        (
            on_metrics(*(query(f"m{number}", "Errors") for number in range(11)), expression("m1")),
            "Metrics must have 1 to 10 metrics",
        ),
        (
            on_metrics(query("m1", "Errors"), query("m2", "Errors", period=300), expression("m1 + m2")),
            "Expressions need metrics, all of the same period",
        ),
        (
            on_metrics(query("M1", "Errors"), expression("1")),
            "Id 'M1' must start with a lowercase letter and hold letters, digits and _",
        ),
        (on_metrics(query("e1", "Errors"), expression("1")), "Id 'e1' is used twice"),
        (
            on_metrics(query("m1", "Errors"), {"Id": "e1"}),
            "'e1' must have either MetricStat or Expression",
        ),
        (
            on_metrics({**query("m1", "Errors"), "AccountId": "1"}, expression("m1")),
            "AccountId is not supported here",
        ),
        (
            on_metrics(query("m1", "Errors"), expression("AVG(m1)")),
            "Error in expression 'e1' [The result is a scalar, not a time series]",
        ),
        (
            on_metrics(query("m1", "Errors"), query("m2", "Errors"), expression("METRICS() / 2")),
            "'e1' must be a single time series, not an array",
        ),
        (
            on_metrics(query("m1", "Errors"), expression("e2"), expression("m1 + m9", "e2", ReturnData=False)),
            "Error in expression 'e2' [Unknown id 'm9' at char 5]",
        ),
    ],
)
def test_what_aws_or_this_sandbox_does_not_take_is_refused_with_the_reason(
    request_: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        read_alarm(request_)
    assert str(caught.value) == message
