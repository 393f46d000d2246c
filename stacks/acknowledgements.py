"""Findings of the rule packs that we accept: one construct, one reason, and each finding by its own id."""

from aws_cdk import Acknowledgment, Stack, Token, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, *findings: str, reason: str) -> None:
    """Accept `findings` on `construct`, for `reason`. A finding is a rule's id, which starts with its pack's name."""
    for finding in findings:
        pack, _, _ = finding.partition("-")
        Validations.of(construct).acknowledge(Acknowledgment(id=f"{pack}::{finding}", reason=reason))


def wildcard_finding(construct: IConstruct, service: str, resource: str) -> str:
    """The rule packs' id for a wildcard in an ARN of this account, so that any other wildcard is still found."""
    stack = Stack.of(construct)
    partition = "<AWS::Partition>" if Token.is_unresolved(stack.partition) else stack.partition
    account = "<AWS::AccountId>" if Token.is_unresolved(stack.account) else stack.account
    arn = f"arn:{partition}:{service}:{stack.region}:{account}:{_with_references(stack.resolve(resource))}"
    return f"AwsSolutions-IAM5[Resource::{arn}]"


def _with_references(resource: object) -> str:
    """A name as the rule packs write it, with each reference of its own stack in angle brackets."""
    match resource:
        case {"Fn::Join": [str(separator), list(parts)]}:
            return separator.join(map(_with_references, parts))
        case {"Ref": str(logical_id)}:
            return f"<{logical_id}>"
        case _:
            return str(resource)
