"""The two flags' parts in AppConfig as ARNs have them, for policies.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsappconfig.html
"""

from stacks.feature_flags import FeatureFlags


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
