"""Every name that two parts of the system must spell alike.

Functions emit them, alarms and graphs select them, the operator's tool asks for them. Nothing but names lives
here, so the module costs a cold start nothing.
"""

from dataclasses import dataclass
from typing import Final

METRIC_NAMESPACE: Final = "Huntaze/PrismaMigration"
XRAY_METADATA_NAMESPACE: Final = "huntaze"
# X-Ray's own filter language, over the annotation of the same name.
XRAY_CANARY_TRACES: Final = "annotation.canary = true"

PROFILE_FEATURE_FLAGS: Final = "feature-flags"
PROFILE_KILL_SWITCH: Final = "kill-switch"
FLAG_PRISMA_ADAPTER: Final = "prismaAdapter"
FLAG_KILL_SWITCH: Final = "prismaKillSwitch"

LIVE_ALIAS: Final = "live"

PATH_MOCK: Final = "mock"
PATH_PRISMA: Final = "prisma"


class Dimension:
    """Dimension names of our own metrics."""

    ENVIRONMENT: Final = "environment"
    PATH: Final = "path"
    FUNCTION: Final = "function"
    VERSION: Final = "version"


class Metric:
    """Metric names in `METRIC_NAMESPACE`."""

    # By environment and path; these two also by environment, function and version.
    REQUESTS: Final = "Requests"
    ERRORS: Final = "Errors"
    LATENCY: Final = "Latency"
    FALLBACKS: Final = "Fallbacks"
    # By environment.
    FLAG_ERRORS: Final = "FlagErrors"
    BAD_REQUESTS: Final = "BadRequests"
    # The shadow comparison, by environment.
    SHADOW_REQUESTS: Final = "ShadowRequests"
    SHADOW_COMPARISONS: Final = "ShadowComparisons"
    SHADOW_MISMATCHES: Final = "ShadowMismatches"
    SHADOW_ERRORS: Final = "ShadowErrors"
    SHADOW_SKIPPED: Final = "ShadowSkipped"
    SHADOW_LATENCY: Final = "ShadowLatency"


class LogToken:
    """The word in brackets at the head of a log line's `message`, and its `event` field."""

    MOCK_SUCCESS: Final = "MOCK-SUCCESS"
    CANARY_SUCCESS: Final = "CANARY-SUCCESS"
    CANARY_ERROR: Final = "CANARY-ERROR"
    FLAG_ERROR: Final = "FLAG-ERROR"
    BAD_REQUEST: Final = "BAD-REQUEST"
    SHADOW_REQUEST: Final = "SHADOW-REQUEST"
    SHADOW_DIFF: Final = "SHADOW-DIFF"
    SHADOW_ERROR: Final = "SHADOW-ERROR"
    SHADOW_SKIPPED: Final = "SHADOW-SKIPPED"
    PROBE: Final = "PROBE"
    ROLLBACK: Final = "ROLLBACK"
    PRE_TRAFFIC: Final = "PRE-TRAFFIC"


@dataclass(frozen=True)
class ResourceNames:
    """Names of the resources of one environment in an account.

    Beta bears the playbook's bare names; every other environment has its own prefix, so that several can share
    an account. The sandbox stands in for beta and so bears beta's names.
    """

    environment: str

    @property
    def prefix(self) -> str:
        return "huntaze" if self.environment == "beta" else f"huntaze-{self.environment}"

    @property
    def mock_read_function(self) -> str:
        return f"{self.prefix}-mock-read"

    @property
    def prisma_read_function(self) -> str:
        return f"{self.prefix}-prisma-read"

    @property
    def prisma_shadow_function(self) -> str:
        return f"{self.prefix}-prisma-shadow"

    @property
    def prisma_migrate_function(self) -> str:
        return f"{self.prefix}-prisma-migrate"

    @property
    def rollback_guardian_function(self) -> str:
        return f"{self.prefix}-rollback-guardian"

    @property
    def rollback_guardian_failures(self) -> str:
        """The queue of what the guardian could not do."""
        return f"{self.rollback_guardian_function}-failures"

    @property
    def rollback_guardian_recoveries(self) -> str:
        """The queue of rollback alarms that are OK again, which is when the flag can be turned off."""
        return f"{self.rollback_guardian_function}-recoveries"

    @property
    def pre_traffic_hook_function(self) -> str:
        """CodeDeploy's own managed policy lets it invoke functions of this beginning; ours names the function."""
        return f"CodeDeployHook_{self.prefix}-pre-traffic"

    @property
    def appconfig_application(self) -> str:
        return self.prefix

    @property
    def appconfig_environment(self) -> str:
        return self.environment

    @property
    def kill_switch_environment(self) -> str:
        return f"{self.environment}-kill-switch"

    @property
    def canary_strategy(self) -> str:
        return f"{self.prefix}-canary"

    @property
    def immediate_strategy(self) -> str:
        return f"{self.prefix}-immediate"

    @property
    def error_rate_alarm(self) -> str:
        return f"{self.prefix}-lambda-error-rate-gt-2pct"

    @property
    def canary_error_rate_alarm(self) -> str:
        return f"{self.prefix}-canary-error-rate-gt-2pct"

    @property
    def new_version_error_rate_alarm(self) -> str:
        """Of mock-read's version."""
        return f"{self.prefix}-new-version-error-rate-gt-2pct"

    @property
    def prisma_new_version_error_rate_alarm(self) -> str:
        """Of prisma-read's version."""
        return f"{self.prefix}-prisma-new-version-error-rate-gt-2pct"

    @property
    def canary_p95_alarm(self) -> str:
        return f"{self.prefix}-canary-p95-gt-30pct"

    @property
    def shadow_diff_alarm(self) -> str:
        return f"{self.prefix}-shadow-diff-gt-1pct"

    @property
    def no_traffic_alarm(self) -> str:
        return f"{self.prefix}-no-traffic"

    @property
    def guardian_failed_alarm(self) -> str:
        return f"{self.rollback_guardian_function}-failed"

    @property
    def flag_rollback_alarms(self) -> tuple[str, ...]:
        """What turns the path dial back: AppConfig's monitors and the guardian watch these."""
        return (self.error_rate_alarm, self.canary_error_rate_alarm)

    @property
    def rollback_alarms(self) -> tuple[str, ...]:
        """Every alarm that rolls something back; the last two turn the code dial back, each for one function."""
        return (
            *self.flag_rollback_alarms,
            self.new_version_error_rate_alarm,
            self.prisma_new_version_error_rate_alarm,
        )

    @property
    def investigate_alarms(self) -> tuple[str, ...]:
        """Alarms that tell people and roll nothing back."""
        return (self.canary_p95_alarm, self.shadow_diff_alarm, self.no_traffic_alarm, self.guardian_failed_alarm)

    @property
    def alarm_topic(self) -> str:
        return f"{self.prefix}-alarms"

    @property
    def rollback_topic(self) -> str:
        """Where the guardian tells what it did; never the topic that triggers it."""
        return f"{self.prefix}-rollbacks"

    @property
    def dashboard(self) -> str:
        return f"{self.prefix}-prisma-migration"

    @property
    def trace_group(self) -> str:
        """X-Ray's group of the reads that were sent to Prisma."""
        return f"{self.prefix}-canary"

    @property
    def trace_sampling_rule(self) -> str:
        return f"{self.prefix}-reads"

    @property
    def codedeploy_application(self) -> str:
        return f"{self.prefix}-read-path"

    @property
    def mock_read_deployment_group(self) -> str:
        return f"{self.mock_read_function}-live"

    @property
    def prisma_read_deployment_group(self) -> str:
        return f"{self.prisma_read_function}-live"

    @property
    def database_reader_secret(self) -> str:
        """Where the reader's secret is, unless the environment names another."""
        return f"{self.prefix}/database/reader"

    @property
    def database_admin_secret(self) -> str:
        """Where the migrations' secret is, likewise."""
        return f"{self.prefix}/database/admin"

    @property
    def operator_policy(self) -> str:
        """What the operator's tool may do; for the role of whoever runs it."""
        return f"{self.prefix}-operator"

    @property
    def settings_parameter(self) -> str:
        """Where the stacks write what the operator's tool goes by."""
        return f"/{self.prefix}/playbook"

    @property
    def journal_log_group(self) -> str:
        """Where the operator's tool writes what was done."""
        return f"/{self.prefix}/playbook"

    @property
    def flag_path(self) -> str:
        """The flag's path on the AppConfig agent, by name."""
        return configuration_path(self.appconfig_application, self.appconfig_environment, PROFILE_FEATURE_FLAGS)

    @property
    def kill_switch_path(self) -> str:
        """The kill switch's path on the AppConfig agent, by name."""
        return configuration_path(self.appconfig_application, self.kill_switch_environment, PROFILE_KILL_SWITCH)


def configuration_path(application: str, environment: str, profile: str) -> str:
    """The agent's path for a configuration; the parts may be names or ids.

    https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-integration-lambda-extensions-config.html
    """
    return f"/applications/{application}/environments/{environment}/configurations/{profile}"
