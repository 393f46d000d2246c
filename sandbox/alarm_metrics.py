"""GetMetricData, GetMetricStatistics and ListMetrics. Pure.

MiniStack's own leave expressions out and, where a request names no dimension, add up metrics that CloudWatch
keeps apart: a metric is its namespace, name and exact dimensions
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Dimension).
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.alarm_definition import (
    MetricSource,
    MetricStat,
    ValidationError,
    read_queries,
    read_stat,
    returns_data,
)
from sandbox.metric_math import Series, Timeline


def get_metric_data(request: Mapping[str, Any], source: MetricSource) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html

    `StartTime` and `EndTime` are epoch seconds, as are the answer's timestamps. Everything fits one page. Raises
    `ValidationError`, also for expressions over metrics of several periods.
    """
    entries = request.get("MetricDataQueries") or []
    queries = read_queries(entries)
    queries.check()
    ascending = request.get("ScanBy") == "TimestampAscending"
    results: list[dict[str, Any]] = []
    for entry in entries:
        if not returns_data(entry):
            continue
        name = entry["Id"]
        stat = queries.metrics.get(name)
        period = stat.period_seconds if stat else queries.common_period_seconds()
        series = queries.several(name, source, _timeline(request, period))
        label = entry.get("Label") or (stat.metric_name if stat else name)
        results += [_result(name, label, each, ascending=ascending) for each in series]
    return {"MetricDataResults": results}


def _result(name: str, label: str, series: Series, *, ascending: bool) -> dict[str, Any]:
    timestamps = sorted(series, reverse=not ascending)
    return {
        "Id": name,
        "Label": label,
        "Timestamps": timestamps,
        "Values": [series[timestamp] for timestamp in timestamps],
        "StatusCode": "Complete",
    }


def get_metric_statistics(request: Mapping[str, Any], source: MetricSource) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html

    `StartTime` and `EndTime` are epoch seconds, as are the answer's timestamps. Raises `ValidationError`.
    """
    basic, extended = request.get("Statistics") or [], request.get("ExtendedStatistics") or []
    if not basic and not extended:
        raise ValidationError("Statistics or ExtendedStatistics is required")
    datapoints: dict[int, dict[str, Any]] = {}
    for statistic in [*basic, *extended]:
        stat = read_stat(request, statistic)
        for timestamp, value in source.series(stat, _timeline(request, stat.period_seconds)).items():
            datapoint = datapoints.setdefault(timestamp, {"Timestamp": timestamp, "Unit": _unit(stat, source)})
            values = datapoint if statistic in basic else datapoint.setdefault("ExtendedStatistics", {})
            values[statistic] = value
    return {
        "Label": request["MetricName"],
        "Datapoints": [datapoints[timestamp] for timestamp in sorted(datapoints)],
    }


def list_metrics(
    request: Mapping[str, Any], metrics: Iterable[tuple[str, str, tuple[tuple[str, str], ...]]]
) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html

    `metrics` are namespaces, names and dimensions. Everything fits one page.
    """
    wanted = [(each["Name"], each.get("Value")) for each in request.get("Dimensions") or []]
    return {
        "Metrics": [
            {
                "Namespace": namespace,
                "MetricName": name,
                "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions],
            }
            for namespace, name, dimensions in sorted(metrics)
            if request.get("Namespace") in (None, namespace)
            and request.get("MetricName") in (None, name)
            and all((key, value) in dimensions if value else key in dict(dimensions) for key, value in wanted)
        ]
    }


def _unit(stat: MetricStat, source: MetricSource) -> str:
    return stat.unit or source.unit(stat)


def _timeline(request: Mapping[str, Any], period_seconds: int) -> Timeline:
    """From the period that holds `StartTime` to the last that starts before `EndTime`."""
    start = int(request["StartTime"] // period_seconds) * period_seconds
    count = math.ceil((request["EndTime"] - start) / period_seconds)
    return Timeline(start, period_seconds, max(count, 0))
