"""ARNs in the account and region of a stack, by what follows the account: `function:name`, `application/id`."""

from aws_cdk import ArnFormat, Stack
from constructs import IConstruct


def arns_here(scope: IConstruct, service: str, *resources: str) -> list[str]:
    """In the stack of `scope`. A resource may hold references."""
    # The beginning is asked for once: each call to the CDK waits for Node.
    beginning = Stack.of(scope).format_arn(service=service, resource="", arn_format=ArnFormat.NO_RESOURCE_NAME)
    return [f"{beginning}{resource}" for resource in resources]


def arn_here(scope: IConstruct, service: str, resource: str) -> str:
    """Likewise, one."""
    (arn,) = arns_here(scope, service, resource)
    return arn
