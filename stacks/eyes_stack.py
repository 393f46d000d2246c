"""What the operator looks at."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from dashboards.dashboard import dashboard_body
from stacks.environments import Environment


class EyesStack(Stack):
    """The dashboard."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        alarms: Sequence[cloudwatch.Alarm],
        **stack: Any,
    ) -> None:
        super().__init__(scope, construct_id, **stack)
        body = dashboard_body(
            names=environment.names,
            region=environment.region,
            error_rate_limit_percent=environment.error_rate_limit_percent,
            alarm_arns=[alarm.alarm_arn for alarm in alarms],
        )
        cloudwatch.CfnDashboard(
            self,
            "Dashboard",
            dashboard_name=environment.names.dashboard,
            dashboard_body=self.to_json_string(body),
        )
