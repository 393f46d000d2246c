"""A rule of `dashboards.alarms` as an alarm that tells people."""

from dataclasses import dataclass
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from dashboards.alarms import AlarmRule, Comparison
from dashboards.series import Series

_COMPARISONS: Final = {
    Comparison.ABOVE: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
    Comparison.BELOW: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
}


@dataclass(frozen=True)
class ShownAlarm:
    """An alarm and the rule it was made from, for the dashboard to draw both."""

    alarm: cloudwatch.Alarm
    rule: AlarmRule


def metric_alarm(scope: Construct, construct_id: str, *, rule: AlarmRule, topic: sns.ITopic) -> ShownAlarm:
    """Tells `topic` when the alarm begins and when it is over."""
    window = Duration.seconds(rule.window_seconds)
    alarm = cloudwatch.Alarm(
        scope,
        construct_id,
        alarm_name=rule.name,
        alarm_description=rule.description,
        metric=cloudwatch.MathExpression(
            expression=rule.measure.alarm_expression,
            using_metrics={series_id: _metric(series, window) for series_id, series in rule.measure.series.items()},
            label=rule.measure.label,
            period=window,
        ),
        threshold=rule.threshold,
        comparison_operator=_COMPARISONS[rule.comparison],
        evaluation_periods=rule.out_of.windows,
        datapoints_to_alarm=rule.out_of.datapoints,
        treat_missing_data=(
            cloudwatch.TreatMissingData.BREACHING
            if rule.silence_breaches
            else cloudwatch.TreatMissingData.NOT_BREACHING
        ),
    )
    alarm.add_alarm_action(actions.SnsAction(topic))
    alarm.add_ok_action(actions.SnsAction(topic))
    return ShownAlarm(alarm, rule)


def _metric(series: Series, window: Duration) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=series.namespace,
        metric_name=series.metric_name,
        dimensions_map=dict(series.dimensions),
        statistic=series.statistic,
        period=window,
    )
