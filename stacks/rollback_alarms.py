"""Alarms that roll back, each made from the measure that graph and judge also use.

AppConfig monitors them, so they name functions literally: a reference would close the circle
monitor → alarm → function → configuration → monitor.
"""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from dashboards.measures import MINIMUM_FAILURES, WINDOW_SECONDS, ErrorRate, Series, lambda_error_rate
from stacks.environments import Environment


class RollbackAlarms(Construct):
    """The playbook's alarm; `alarms` are what CodeDeploy and AppConfig watch."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment, topic: sns.ITopic) -> None:
        super().__init__(scope, construct_id)
        limit_percent = environment.error_rate_limit_percent
        rate = lambda_error_rate(environment.names)
        alarm = cloudwatch.Alarm(
            self,
            "LambdaErrorRate",
            alarm_name=environment.names.error_rate_alarm,
            alarm_description=(
                f"Errors / FILL(Invocations, 1) of {environment.names.mock_read_function} is above {limit_percent:g} % "
                f"over {WINDOW_SECONDS // 60} minutes, with at least {MINIMUM_FAILURES} errors. CodeDeploy and "
                "AppConfig roll back."
            ),
            metric=_metric(rate),
            threshold=limit_percent,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            datapoints_to_alarm=1,
            # AppConfig rolls back on INSUFFICIENT_DATA too, and an idle hour is no failure.
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(topic))
        alarm.add_ok_action(actions.SnsAction(topic))
        self.alarms: tuple[cloudwatch.Alarm, ...] = (alarm,)


def _metric(rate: ErrorRate) -> cloudwatch.MathExpression:
    return cloudwatch.MathExpression(
        expression=rate.alarm_expression,
        using_metrics={series_id: _series(series) for series_id, series in rate.series.items()},
        label=rate.label,
        period=Duration.seconds(WINDOW_SECONDS),
    )


def _series(series: Series) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=series.namespace,
        metric_name=series.metric_name,
        dimensions_map=dict(series.dimensions),
        statistic=series.statistic,
        period=Duration.seconds(WINDOW_SECONDS),
    )
