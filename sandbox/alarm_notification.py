"""The message CloudWatch publishes to SNS when a metric alarm changes its state. Pure.

The members are those of the samples that AWS keeps with its Lambda library for Go:
https://github.com/aws/aws-lambda-go/tree/main/events/testdata (`cloudwatch-alarm-sns-payload-*.json`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

import botocore.session

_SUBJECT_LIMIT: Final = 100
"""Characters; SNS allows no more (https://docs.aws.amazon.com/sns/latest/api/API_Publish.html)."""


@dataclass(frozen=True)
class Notification:
    subject: str
    message: str


def notification(
    alarm: Mapping[str, Any], *, old_state: str, account_id: str, region: str, changed_at: float
) -> Notification:
    """What is published for `alarm`, a stored alarm in its new state; `changed_at` in epoch seconds."""
    place = _region_description(region)
    message = {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm.get("AlarmDescription") or None,
        "AWSAccountId": account_id,
        "AlarmConfigurationUpdatedTimestamp": _instant(alarm["AlarmConfigurationUpdatedTimestamp"]),
        "NewStateValue": alarm["StateValue"],
        "NewStateReason": alarm["StateReason"],
        "StateChangeTime": _instant(changed_at),
        "Region": place,
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": old_state,
        "OKActions": alarm.get("OKActions", []),
        "AlarmActions": alarm.get("AlarmActions", []),
        "InsufficientDataActions": alarm.get("InsufficientDataActions", []),
        "Trigger": _trigger(alarm),
    }
    subject = f'{alarm["StateValue"]}: "{alarm["AlarmName"]}" in {place}'
    return Notification(subject[:_SUBJECT_LIMIT], json.dumps(message))


def _trigger(alarm: Mapping[str, Any]) -> dict[str, Any]:
    rule = {
        "EvaluationPeriods": alarm["EvaluationPeriods"],
        "DatapointsToAlarm": alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]),
        "ComparisonOperator": alarm["ComparisonOperator"],
        "Threshold": alarm["Threshold"],
        "TreatMissingData": alarm["TreatMissingData"],
        "EvaluateLowSampleCountPercentile": "",
    }
    if "Metrics" in alarm:
        return {"Period": _period(alarm), **rule, "Metrics": [_query(entry) for entry in alarm["Metrics"]]}
    extended = alarm.get("ExtendedStatistic")
    return {
        **_metric(alarm),
        "StatisticType": "ExtendedStatistic" if extended else "Statistic",
        **({"ExtendedStatistic": extended} if extended else {"Statistic": alarm["Statistic"].upper()}),
        "Unit": alarm.get("Unit"),
        "Period": alarm["Period"],
        **rule,
    }


def _period(alarm: Mapping[str, Any]) -> int:
    return next(int(entry["MetricStat"]["Period"]) for entry in alarm["Metrics"] if "MetricStat" in entry)


def _metric(metric: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "MetricName": metric["MetricName"],
        "Namespace": metric["Namespace"],
        # Lower-case here, and only here.
        "Dimensions": [{"value": each["Value"], "name": each["Name"]} for each in metric.get("Dimensions") or []],
    }


def _query(entry: Mapping[str, Any]) -> dict[str, Any]:
    query = dict(entry)
    if "MetricStat" in entry:
        query["MetricStat"] = {**entry["MetricStat"], "Metric": _metric(entry["MetricStat"]["Metric"])}
    return query


@cache
def _region_description(region: str) -> str:
    """`us-east-1` → US East (N. Virginia); the region itself where botocore has no words for it."""
    endpoints = botocore.session.get_session().get_data("endpoints")
    for partition in endpoints["partitions"]:
        if region in partition["regions"]:
            return str(partition["regions"][region]["description"])
    return region


def _instant(epoch_seconds: float) -> str:
    moment = datetime.fromtimestamp(epoch_seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "+0000")
