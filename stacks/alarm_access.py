"""Who may read alarms, and how CloudWatch is known when it tells of them."""

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from stacks.acknowledgements import acknowledge, wildcard_finding


def any_alarm_arn(scope: IConstruct) -> str:
    """The pattern of every alarm of this account and region."""
    return Stack.of(scope).format_arn(
        service="cloudwatch", resource="alarm", resource_name="*", arn_format=ArnFormat.COLON_RESOURCE_NAME
    )


def cloudwatch_alarms_here(scope: IConstruct) -> iam.ServicePrincipal:
    """CloudWatch, on behalf of an alarm of this account and region."""
    return iam.ServicePrincipal(
        "cloudwatch.amazonaws.com",
        conditions={
            "ArnLike": {"aws:SourceArn": any_alarm_arn(scope)},
            "StringEquals": {"aws:SourceAccount": Stack.of(scope).account},
        },
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
        reason="A call that names no alarm is checked against alarm:*; whoever watches only reads states.",
    )
