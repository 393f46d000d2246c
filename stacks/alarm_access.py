"""Who may read alarms, and how CloudWatch is known when it tells of them."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from stacks.acknowledgements import acknowledge_wildcards
from stacks.arns import arn_here


def any_alarm_arn(scope: IConstruct) -> str:
    """The pattern of every alarm of this account and region."""
    return arn_here(scope, "cloudwatch", "alarm:*")


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
    any_alarm = any_alarm_arn(policy)
    policy.add_statements(
        iam.PolicyStatement(sid="WatchAlarms", actions=["cloudwatch:DescribeAlarms"], resources=[any_alarm])
    )
    acknowledge_wildcards(
        policy,
        any_alarm,
        reason="A call that names no alarm is checked against alarm:*; whoever watches only reads states.",
    )
