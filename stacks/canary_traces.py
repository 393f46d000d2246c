"""The traces of the canary: a group to look at, and how many of the reads are traced."""

from typing import Final

from aws_cdk import aws_xray as xray
from constructs import Construct

from shared.names import XRAY_CANARY_TRACES
from stacks.environments import Environment

# Rules are tried in ascending order; X-Ray's own default comes last.
_PRIORITY: Final = 100
# Of each second: more than the reads of 50 users come to.
_FIRST_READS: Final = 5
_RATE_OF_THE_OTHERS: Final = 0.05


class CanaryTraces(Construct):
    """X-Ray's group of the reads that were sent to Prisma, with Insights, and a sampling rule for mock-read.

    A trace is sampled where it begins, so the rule names mock-read alone: prisma-read does as mock-read's header says.
    Insights notify nobody: they learn from traffic, of which a canary has little, and the alarms tell people.
    https://docs.aws.amazon.com/xray/latest/devguide/xray-console-insights.html
    """

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(scope, construct_id)
        names = environment.names
        xray.CfnGroup(
            self,
            "Group",
            group_name=names.trace_group,
            filter_expression=XRAY_CANARY_TRACES,
            insights_configuration=xray.CfnGroup.InsightsConfigurationProperty(
                insights_enabled=True, notifications_enabled=False
            ),
        )
        xray.CfnSamplingRule(
            self,
            "SamplingRule",
            sampling_rule=xray.CfnSamplingRule.SamplingRuleProperty(
                rule_name=names.trace_sampling_rule,
                service_name=names.mock_read_function,
                priority=_PRIORITY,
                reservoir_size=_FIRST_READS,
                fixed_rate=_RATE_OF_THE_OTHERS,
                service_type="*",
                resource_arn="*",
                host="*",
                http_method="*",
                url_path="*",
                version=1,
            ),
        )
