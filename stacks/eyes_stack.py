"""What the operator looks at."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs
from constructs import Construct

from dashboards.dashboard import Dashboard
from dashboards.guide import Contacts
from dashboards.queries import saved_queries
from stacks.canary_traces import CanaryTraces
from stacks.environments import Environment
from stacks.metric_alarm import ShownAlarm


class EyesStack(Stack):
    """The dashboard, the saved Logs Insights queries, and what X-Ray keeps of the reads.

    `versions` are by function the one that the template publishes.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        alarms: Sequence[ShownAlarm],
        versions: Mapping[str, str],
        appconfig_application_id: str,
        **stack: Any,
    ) -> None:
        super().__init__(scope, construct_id, **stack)
        slack = environment.slack
        dashboard = Dashboard(
            names=environment.names,
            region=environment.region,
            latency_budget_ms=environment.latency_budget_ms,
            alarms=[(shown.rule, shown.alarm.alarm_arn) for shown in alarms],
            versions=versions,
            appconfig_application_id=appconfig_application_id,
            contacts=Contacts(
                emails=environment.alarm_emails,
                slack=None if slack is None else (slack.workspace_id, slack.channel_id),
            ),
        )
        cloudwatch.CfnDashboard(
            self,
            "Dashboard",
            dashboard_name=environment.names.dashboard,
            dashboard_body=self.to_json_string(dashboard.body()),
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
        CanaryTraces(self, "CanaryTraces", environment=environment)
