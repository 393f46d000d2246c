"""The alarms that roll the flag back, each made from the measure that graph and judge also use.

AppConfig monitors them, so they name functions literally: a reference would close the circle
monitor → alarm → function → configuration → monitor.
"""

from aws_cdk import aws_sns as sns
from constructs import Construct

from dashboards.alarms import canary_error_rate_alarm, lambda_error_rate_alarm
from stacks.environments import Environment
from stacks.metric_alarm import ShownAlarm, metric_alarm


class RollbackAlarms(Construct):
    """`shown` are what CodeDeploy, AppConfig and the rollback guardian watch."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment, topic: sns.ITopic) -> None:
        super().__init__(scope, construct_id)
        names, limit_percent = environment.names, environment.error_rate_limit_percent
        self.shown: tuple[ShownAlarm, ...] = (
            metric_alarm(self, "LambdaErrorRate", rule=lambda_error_rate_alarm(names, limit_percent), topic=topic),
            metric_alarm(self, "CanaryErrorRate", rule=canary_error_rate_alarm(names, limit_percent), topic=topic),
        )
