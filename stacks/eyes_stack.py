"""What the operator looks at."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs
from constructs import Construct

from dashboards.dashboard import dashboard_body
from dashboards.queries import saved_queries
from stacks.environments import Environment
from stacks.metric_alarm import ShownAlarm


class EyesStack(Stack):
    """The dashboard, and the saved Logs Insights queries."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        alarms: Sequence[ShownAlarm],
        **stack: Any,
    ) -> None:
        super().__init__(scope, construct_id, **stack)
        body = dashboard_body(
            names=environment.names,
            region=environment.region,
            alarms=[(shown.rule, shown.alarm.alarm_arn) for shown in alarms],
        )
        cloudwatch.CfnDashboard(
            self,
            "Dashboard",
            dashboard_name=environment.names.dashboard,
            dashboard_body=self.to_json_string(body),
        )
        for query in saved_queries(environment.names):
            # CDK's own QueryDefinition fixes the order of commands; ours are files, run as they are.
            logs.CfnQueryDefinition(
                self,
                query.title,
                name=query.name,
                query_string=query.text,
                log_group_names=list(query.log_groups),
            )
