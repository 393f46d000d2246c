"""ARNs of the two flags' parts in AppConfig, for policies.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsappconfig.html
"""

from aws_cdk import Stack
from constructs import IConstruct

from stacks.feature_flags import FeatureFlags


def of_appconfig(scope: IConstruct, *paths: str) -> list[str]:
    stack = Stack.of(scope)
    return [stack.format_arn(service="appconfig", resource=path) for path in paths]


def application(flags: FeatureFlags) -> str:
    return f"application/{flags.application_id}"


def environments(flags: FeatureFlags) -> list[str]:
    return [_path(flags, "environment", flag.environment_id) for flag in (flags.kill_switch, flags.feature_flags)]


def profiles(flags: FeatureFlags) -> list[str]:
    return [_path(flags, "configurationprofile", flag.profile_id) for flag in (flags.kill_switch, flags.feature_flags)]


def deployments(flags: FeatureFlags) -> list[str]:
    return [f"{environment}/deployment/*" for environment in environments(flags)]


def versions(flags: FeatureFlags) -> list[str]:
    return [f"{profile}/hostedconfigurationversion/*" for profile in profiles(flags)]


def _path(flags: FeatureFlags, kind: str, identifier: str) -> str:
    return f"{application(flags)}/{kind}/{identifier}"
