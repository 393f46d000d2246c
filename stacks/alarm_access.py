"""Reading alarms, for the services that roll back on them."""

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from stacks.acknowledgements import acknowledge, wildcard_finding


def any_alarm_arn(scope: IConstruct) -> str:
    """The pattern of every alarm of this account and region."""
    return Stack.of(scope).format_arn(
        service="cloudwatch", resource="alarm", resource_name="*", arn_format=ArnFormat.COLON_RESOURCE_NAME
    )


def watch_alarms(policy: iam.ManagedPolicy) -> None:
    """Let `policy` read the state of alarms.

    AWS documents the roles of AppConfig's monitors and of CodeDeploy with the resource *. What a call that names no
    alarm is checked against is alarm:* of the account, so that is the narrowest grant that is sure to do.
    """
    policy.add_statements(
        iam.PolicyStatement(sid="WatchAlarms", actions=["cloudwatch:DescribeAlarms"], resources=[any_alarm_arn(policy)])
    )
    acknowledge(
        policy,
        wildcard_finding(policy, "cloudwatch", "alarm:*"),
        reason="The service may ask without naming an alarm, which IAM checks against alarm:*; it only reads states.",
    )
