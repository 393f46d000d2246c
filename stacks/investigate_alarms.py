"""The alarms that ask people to look. Nothing rolls back on them."""

from aws_cdk import aws_sns as sns
from constructs import Construct

from dashboards.alarms import canary_p95_alarm, no_traffic_alarm, shadow_diff_alarm
from stacks.environments import Environment
from stacks.metric_alarm import ShownAlarm, metric_alarm


class InvestigateAlarms(Construct):
    """`shown` are for the dashboard."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment, topic: sns.ITopic) -> None:
        super().__init__(scope, construct_id)
        names = environment.names
        p95 = canary_p95_alarm(names, environment.latency_budget_ms)
        self.shown: tuple[ShownAlarm, ...] = (
            metric_alarm(self, "CanaryP95", rule=p95, topic=topic),
            metric_alarm(self, "ShadowDiff", rule=shadow_diff_alarm(names), topic=topic),
            metric_alarm(self, "NoTraffic", rule=no_traffic_alarm(names), topic=topic),
        )
