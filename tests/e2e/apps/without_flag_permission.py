"""The sandbox stage with one statement taken out of mock-read's policy: it may no longer read its flag."""

from typing import TYPE_CHECKING, cast

from app import build_app
from stacks.environments import SANDBOX

if TYPE_CHECKING:
    from aws_cdk import Stack
    from aws_cdk import aws_iam as iam

app = build_app({"sandbox": SANDBOX}, caller_account=None)
stack = app.node.find_child("sandbox").node.find_child("ReadPath")
policy = cast(
    "iam.ManagedPolicy", stack.node.find_child("MockRead").node.find_child("MockRead").node.find_child("Policy")
)
document = cast("Stack", stack).resolve(policy.document)
removed = [statement for statement in document["Statement"] if statement["Sid"] == "ReadFlagAndKillSwitch"]
assert removed, "the statement to take out is not there"
document["Statement"] = [statement for statement in document["Statement"] if statement not in removed]
cast("iam.CfnManagedPolicy", policy.node.default_child).policy_document = document
app.synth()
