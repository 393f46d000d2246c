"""The dashboard of beta with everything on it that the stacks put there, and what a test asks of its body."""

from typing import Any, Final

from dashboards.alarms import (
    AlarmRule,
    canary_error_rate_alarm,
    canary_p95_alarm,
    guardian_failed_alarm,
    lambda_error_rate_alarm,
    new_version_error_rate_alarm,
    no_traffic_alarm,
    shadow_diff_alarm,
)
from dashboards.dashboard import Dashboard
from dashboards.guide import Contacts
from shared.names import ResourceNames
from tests.lambda_support.fakes import VERSION

NAMES: Final = ResourceNames("beta")
REGION: Final = "us-east-1"
LATENCY_BUDGET_MS: Final = 200
VERSIONS: Final = {NAMES.mock_read_function: VERSION, NAMES.prisma_read_function: VERSION}
NOBODY: Final = Contacts(emails=(), slack=None)

RULES: Final[tuple[AlarmRule, ...]] = (
    lambda_error_rate_alarm(NAMES, 2.0),
    canary_error_rate_alarm(NAMES, 2.0),
    *(
        new_version_error_rate_alarm(NAMES, name=name, function_name=function, version=VERSION, limit_percent=2.0)
        for name, function in zip(
            (NAMES.new_version_error_rate_alarm, NAMES.prisma_new_version_error_rate_alarm), VERSIONS, strict=True
        )
    ),
    canary_p95_alarm(NAMES, LATENCY_BUDGET_MS),
    shadow_diff_alarm(NAMES),
    no_traffic_alarm(NAMES),
    guardian_failed_alarm(NAMES),
)


def dashboard(people: Contacts = NOBODY) -> Dashboard:
    return Dashboard(
        names=NAMES,
        region=REGION,
        latency_budget_ms=LATENCY_BUDGET_MS,
        alarms=[(rule, f"arn:aws:cloudwatch:{REGION}:123456789012:alarm:{rule.name}") for rule in RULES],
        versions=VERSIONS,
        appconfig_application_id="abc1234",
        contacts=people,
    )


def widget(body: dict[str, Any], title: str) -> dict[str, Any]:
    """The one of that title."""
    (found,) = (each for each in body["widgets"] if each["properties"].get("title") == title)
    return dict(found)


def lines_at(shown: dict[str, Any]) -> set[float]:
    """The values of a graph's limits."""
    return {each["value"] for each in shown["properties"]["annotations"]["horizontal"]}


def texts(body: dict[str, Any]) -> str:
    return "\n".join(each["properties"]["markdown"] for each in body["widgets"] if each["type"] == "text")
