"""The message of a change, by the members that CloudWatch sends."""

import json
from typing import Any

from sandbox.alarm_notification import notification

ALARM: dict[str, Any] = {
    "AlarmName": "rate",
    "AlarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:rate",
    "AlarmDescription": "above 2 %",
    "AlarmConfigurationUpdatedTimestamp": 1_700_000_000,
    "StateValue": "ALARM",
    "StateReason": "Threshold Crossed",
    "EvaluationPeriods": 3,
    "ComparisonOperator": "GreaterThanThreshold",
    "Threshold": 2.0,
    "TreatMissingData": "notBreaching",
    "AlarmActions": ["arn:aws:sns:us-east-1:123456789012:alarms"],
}
DIMENSIONS = [{"Name": "path", "Value": "new"}]
METRIC: dict[str, Any] = {"MetricName": "Errors", "Namespace": "Shop", "Dimensions": DIMENSIONS}
AS_SENT = {"MetricName": "Errors", "Namespace": "Shop", "Dimensions": [{"value": "new", "name": "path"}]}


def message_of(region: str = "us-east-1", **watched: Any) -> dict[str, Any]:
    alarm = {**ALARM, **watched}
    sent = notification(alarm, old_state="OK", account_id="123456789012", region=region, changed_at=1_700_000_123.4567)
    message: dict[str, Any] = json.loads(sent.message)
    return message


def test_a_message_says_what_changed_and_when_and_why() -> None:
    message = message_of(**METRIC, Statistic="Sum", Period=60)
    del message["Trigger"]
    assert message == {
        "AlarmName": "rate",
        "AlarmDescription": "above 2 %",
        "AWSAccountId": "123456789012",
        "AlarmConfigurationUpdatedTimestamp": "2023-11-14T22:13:20.000+0000",
        "NewStateValue": "ALARM",
        "NewStateReason": "Threshold Crossed",
        "StateChangeTime": "2023-11-14T22:15:23.456+0000",
        "Region": "US East (N. Virginia)",
        "AlarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:rate",
        "OldStateValue": "OK",
        "OKActions": [],
        "AlarmActions": ["arn:aws:sns:us-east-1:123456789012:alarms"],
        "InsufficientDataActions": [],
    }


def test_the_trigger_of_an_alarm_on_one_metric_names_the_metric() -> None:
    trigger = message_of(**METRIC, Statistic="Sum", Period=60)["Trigger"]
    assert trigger == {
        **AS_SENT,
        "StatisticType": "Statistic",
        "Statistic": "SUM",
        "Unit": None,
        "Period": 60,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 3,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 2.0,
        "TreatMissingData": "notBreaching",
        "EvaluateLowSampleCountPercentile": "",
    }


def test_the_trigger_of_an_alarm_on_a_percentile_names_the_percentile() -> None:
    trigger = message_of(**METRIC, ExtendedStatistic="p95", Period=60)["Trigger"]
    assert (trigger["StatisticType"], trigger["ExtendedStatistic"]) == ("ExtendedStatistic", "p95")


def test_the_trigger_of_an_alarm_on_an_expression_holds_its_queries() -> None:
    stat = {"Metric": METRIC, "Period": 300, "Stat": "Sum"}
    expression = {"Id": "e1", "Expression": "m1 * 100", "Label": "rate", "ReturnData": True}
    trigger = message_of(Metrics=[expression, {"Id": "m1", "MetricStat": stat, "ReturnData": False}])["Trigger"]
    assert trigger["Metrics"] == [
        expression,
        {"Id": "m1", "MetricStat": {**stat, "Metric": AS_SENT}, "ReturnData": False},
    ]
    assert trigger["Period"] == 300
    assert "MetricName" not in trigger


def test_the_subject_names_state_alarm_and_region_within_what_sns_allows() -> None:
    alarm = {**ALARM, **METRIC, "Statistic": "Sum", "Period": 60}
    sent = notification(alarm, old_state="OK", account_id="1", region="eu-west-1", changed_at=0)
    assert sent.subject == 'ALARM: "rate" in Europe (Ireland)'
    sent = notification({**alarm, "AlarmName": "x" * 200}, old_state="OK", account_id="1", region="r", changed_at=0)
    assert len(sent.subject) == 100


def test_a_region_without_words_is_named_as_it_is() -> None:
    assert message_of("mars-north-1", **METRIC, Statistic="Sum", Period=60)["Region"] == "mars-north-1"
