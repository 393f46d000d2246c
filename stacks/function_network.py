"""A function in a VPC: where it is put, and what Lambda needs of its role for that."""

from dataclasses import dataclass
from typing import Final

from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.acknowledgements import acknowledge
from stacks.arns import arn_here

# AWSLambdaVPCAccessExecutionRole's, without its rights to every log group.
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaVPCAccessExecutionRole.html
_INTERFACE_ACTIONS: Final = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)


@dataclass(frozen=True, kw_only=True)
class Network:
    """Subnets of one VPC and security groups, by id; ids may be references."""

    subnet_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...]


def network_policy(scope: Construct, construct_id: str, *, function_name: str) -> iam.ManagedPolicy:
    """Lambda joins the function to its VPC with the function's own role; the function's code gets nothing of that.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
    """
    function_arn = arn_here(scope, "lambda", f"function:{function_name}")
    policy = iam.ManagedPolicy(
        scope,
        construct_id,
        statements=[
            iam.PolicyStatement(sid="JoinNetwork", actions=list(_INTERFACE_ACTIONS), resources=["*"]),
            iam.PolicyStatement(
                sid="NotFromItsCode",
                effect=iam.Effect.DENY,
                actions=list(_INTERFACE_ACTIONS),
                resources=["*"],
                conditions={"ArnEquals": {"lambda:SourceFunctionArn": function_arn}},
            ),
        ],
    )
    acknowledge(
        policy,
        "AwsSolutions-IAM5[Resource::*]",
        reason="Lambda checks for these actions on *, as AWS's own policy has them; the code itself is denied them.",
    )
    return policy
