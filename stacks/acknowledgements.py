"""Findings of the rule packs that we accept: one construct, one reason, and each finding by its own id."""

from aws_cdk import Acknowledgment, Stack, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, *findings: str, reason: str) -> None:
    """Accept `findings` on `construct`, for `reason`."""
    Validations.of(construct).acknowledge(
        *(Acknowledgment(id=acknowledged_id(finding), reason=reason) for finding in findings)
    )


def acknowledged_id(finding: str) -> str:
    """What accepts a finding: its rule's id, which starts with its pack's name, behind that name."""
    return f"{finding.partition('-')[0]}::{finding}"


def acknowledge_wildcards(policy: IConstruct, *arns: str, reason: str) -> None:
    """Accept the wildcards in these resources of a policy, for `reason`; any other is still found."""
    resolved = Stack.of(policy).resolve(list(arns))
    findings = (f"AwsSolutions-IAM5[Resource::{_with_references(arn)}]" for arn in resolved)
    acknowledge(policy, *findings, reason=reason)


def _with_references(resource: object) -> str:
    """A text as the rule packs write it, with each reference of its own stack in angle brackets."""
    match resource:
        case {"Fn::Join": [str(separator), list(parts)]}:
            return separator.join(map(_with_references, parts))
        case {"Ref": str(logical_id)}:
            return f"<{logical_id}>"
        case _:
            return str(resource)
