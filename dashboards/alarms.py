"""The alarms: which measure, above which limit, for how long, and what follows. Nothing here knows CDK.

All rates look at windows of five minutes, and CloudWatch evaluates such an alarm anew every minute. Metrics arrive
late: with a second window to look back at, failures that were delivered only after the newest window had moved past
them are still found. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dashboards.formulas import MINIMUM_FAILURES, MINIMUM_LATENCIES, WINDOW_SECONDS, Measure
from dashboards.limits import P95_LIMIT_FACTOR, SHADOW_DIFF_LIMIT_PERCENT
from dashboards.measures import (
    canary_error_rate,
    canary_latency_excess,
    guardian_trouble,
    lambda_error_rate,
    shadow_diff_rate,
    traffic,
    version_error_rate,
)
from shared.names import ResourceNames

RUNBOOK: Final = "docs/PLAYBOOK.md"
_GUARDIAN_WINDOW_SECONDS: Final = 60


class Comparison(StrEnum):
    """CloudWatch's own words."""

    ABOVE = "GreaterThanThreshold"
    BELOW = "LessThanThreshold"


@dataclass(frozen=True, kw_only=True)
class OutOf:
    """`datapoints` of the last `windows` must breach."""

    datapoints: int
    windows: int

    def __str__(self) -> str:
        return f"{self.datapoints} of the last {self.windows} windows"


@dataclass(frozen=True, kw_only=True)
class AlarmRule:
    """One metric alarm. `arithmetic` and `consequence` are sentences.

    `silence_breaches` is for the one alarm that missing data is the signal of. For all others silence is health: an
    AppConfig monitor rolls back on INSUFFICIENT_DATA, too, and an idle hour is no failure.
    """

    name: str
    measure: Measure
    threshold: float
    out_of: OutOf
    arithmetic: str
    consequence: str
    runbook_section: str
    comparison: Comparison = Comparison.ABOVE
    silence_breaches: bool = False
    window_seconds: int = WINDOW_SECONDS

    @property
    def description(self) -> str:
        return f"{self.arithmetic} {self.consequence} What to do: {self.runbook}"

    @property
    def runbook(self) -> str:
        """The section on this alarm, as a path in the repository."""
        return f"{RUNBOOK}#{self.runbook_section}"


# One window that breaches is enough; the one before it is looked at again, for what arrived late.
_AT_ONCE: Final = OutOf(datapoints=1, windows=2)
# Percentiles are noisy, and nothing is rolled back for them.
_LASTING: Final = OutOf(datapoints=2, windows=3)
# FILL makes a healthy minute of each that nothing has arrived of yet, so the minutes before are looked at, too.
_ONE_LATE_MINUTE: Final = OutOf(datapoints=1, windows=5)
_QUARTER_OF_AN_HOUR: Final = OutOf(datapoints=3, windows=3)


def lambda_error_rate_alarm(names: ResourceNames, limit_percent: float) -> AlarmRule:
    """The playbook's alarm: over the whole function, so it sees what fails users and is blind to a small canary."""
    return _error_rate_alarm(
        names,
        name=names.error_rate_alarm,
        measure=lambda_error_rate(names),
        limit_percent=limit_percent,
        of=f"100 * Errors / FILL(Invocations, 1) of {names.mock_read_function}",
        consequence=f"CodeDeploy and AppConfig roll back, and {names.rollback_guardian_function} sets the kill switch.",
    )


def canary_error_rate_alarm(names: ResourceNames, limit_percent: float) -> AlarmRule:
    return _error_rate_alarm(
        names,
        name=names.canary_error_rate_alarm,
        measure=canary_error_rate(names),
        limit_percent=limit_percent,
        of="100 * Errors / Requests of the reads sent to Prisma (path=prisma; the mock answered the users)",
        consequence=f"CodeDeploy and AppConfig roll back, and {names.rollback_guardian_function} sets the kill switch.",
    )


def new_version_error_rate_alarm(
    names: ResourceNames, *, name: str, function_name: str, version: str, limit_percent: float
) -> AlarmRule:
    """Of the version that the template publishes: the new one while CodeDeploy moves `live` to it."""
    return _error_rate_alarm(
        names,
        name=name,
        measure=version_error_rate(names, function_name, version),
        limit_percent=limit_percent,
        of=(
            f"100 * (our Errors + Lambda's Errors) / (our Requests + Lambda's Errors) of the newest version of "
            f"{function_name} alone"
        ),
        consequence="CodeDeploy rolls back. The flag stays where it is.",
    )


def canary_p95_alarm(names: ResourceNames, latency_budget_ms: int) -> AlarmRule:
    return AlarmRule(
        name=names.canary_p95_alarm,
        runbook_section=_section(names, names.canary_p95_alarm),
        measure=canary_latency_excess(names, latency_budget_ms),
        threshold=0,
        out_of=_LASTING,
        arithmetic=(
            f"p95 of the reads that Prisma answered is above max({P95_LIMIT_FACTOR:g} * p95 of the mock, "
            f"{latency_budget_ms} ms) over {WINDOW_SECONDS // 60} minutes, with at least {MINIMUM_LATENCIES} reads, "
            f"in {_LASTING}."
        ),
        consequence="Investigate; nothing rolls back.",
    )


def shadow_diff_alarm(names: ResourceNames) -> AlarmRule:
    return _error_rate_alarm(
        names,
        name=names.shadow_diff_alarm,
        measure=shadow_diff_rate(names),
        limit_percent=SHADOW_DIFF_LIMIT_PERCENT,
        of="100 * ShadowMismatches / ShadowComparisons",
        consequence="Investigate; nothing rolls back.",
    )


def no_traffic_alarm(names: ResourceNames) -> AlarmRule:
    return AlarmRule(
        name=names.no_traffic_alarm,
        runbook_section=_section(names, names.no_traffic_alarm),
        measure=traffic(names),
        threshold=1,
        comparison=Comparison.BELOW,
        out_of=_QUARTER_OF_AN_HOUR,
        silence_breaches=True,
        arithmetic=(
            f"No Requests of either path in {_QUARTER_OF_AN_HOUR} of {WINDOW_SECONDS // 60} minutes. Without reads, "
            "no other alarm can tell anything."
        ),
        consequence="Investigate; nothing rolls back.",
    )


def guardian_failed_alarm(names: ResourceNames) -> AlarmRule:
    return AlarmRule(
        name=names.guardian_failed_alarm,
        runbook_section=_section(names, names.guardian_failed_alarm),
        measure=guardian_trouble(names),
        threshold=0,
        out_of=_ONE_LATE_MINUTE,
        window_seconds=_GUARDIAN_WINDOW_SECONDS,
        arithmetic=(
            f"Errors of {names.rollback_guardian_function} + messages in {names.rollback_guardian_failures} are above "
            f"0 in a minute, {_ONE_LATE_MINUTE}: a rollback may not have happened."
        ),
        consequence="Set the kill switch by hand, now.",
    )


def _error_rate_alarm(
    names: ResourceNames, *, name: str, measure: Measure, limit_percent: float, of: str, consequence: str
) -> AlarmRule:
    return AlarmRule(
        name=name,
        runbook_section=_section(names, name),
        measure=measure,
        threshold=limit_percent,
        out_of=_AT_ONCE,
        arithmetic=(
            f"{of} is above {limit_percent:g} % over {WINDOW_SECONDS // 60} minutes, with at least {MINIMUM_FAILURES} "
            f"failures, in {_AT_ONCE}."
        ),
        consequence=consequence,
    )


def _section(names: ResourceNames, alarm_name: str) -> str:
    """The runbook's section, the same for every environment."""
    return alarm_name.removeprefix(f"{names.prefix}-")
