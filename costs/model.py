"""From quantities and prices to dollars. Pure, and before any free tier."""

from collections.abc import Mapping
from typing import Final

from costs.inventory import FunctionShape, Inventory
from costs.prices import (
    ALARM_METRIC,
    CAPACITY_UNIT_HOUR,
    CONFIGURATION_RECEIVED,
    CONFIGURATION_REQUEST,
    CUSTOM_METRIC,
    DASHBOARD,
    ENDPOINT_HOUR,
    KEY,
    LAMBDA_COMPUTE,
    LAMBDA_REQUEST,
    LOG_INGESTION,
    LOG_STORAGE,
    SECRET,
    TRACE,
    TRACE_INSIGHTS,
)
from costs.usage import Step, Traffic, Usage

MILLION: Final = 1_000_000
# A twelfth of a year of 365 days.
HOURS_A_MONTH: Final = 730
_SECONDS_AN_HOUR: Final = 3600
_DAYS_A_MONTH: Final = HOURS_A_MONTH / 24
_BYTES_A_GB: Final = 1024**3
# The flag and the kill switch.
CONFIGURATIONS: Final = 2

# What it is → dollars.
Costs = Mapping[str, float]


def per_million_reads(inventory: Inventory, usage: Usage, step: Step, traffic: Traffic) -> Costs:
    """What a million reads cost besides what an environment costs when nobody reads.

    Of the shadow, every compared read is an invocation of its own: CloudWatch Logs may deliver several lines at once,
    which costs less.
    """
    lines, durations = usage.lines, usage.durations
    mock_read_ms = durations.mock_read + step.prisma_share * durations.canary_wait
    prisma_reads = step.prisma_share * MILLION
    comparisons = step.shadow_share * MILLION
    read_bytes = (
        lines.platform
        + step.prisma_share * lines.prisma_served
        + (1 - step.prisma_share) * lines.mock_served
        + step.shadow_share * lines.shadow_request
    )
    # A comparison of a read that Prisma served reads the mock, which takes no time worth billing.
    comparison_ms = max(1.0, (1 - step.prisma_share) * durations.comparison)
    return {
        "mock-read": invocations(inventory.mock_read, MILLION, mock_read_ms),
        "prisma-read": invocations(inventory.prisma_read, prisma_reads, durations.prisma_read),
        "shadow comparisons": invocations(inventory.prisma_shadow, comparisons, comparison_ms),
        "logs": log_bytes(inventory.mock_read, MILLION * read_bytes)
        + log_bytes(inventory.prisma_read, prisma_reads * (lines.prisma_read + lines.platform))
        + log_bytes(inventory.prisma_shadow, comparisons * (lines.comparison + lines.platform)),
        "traces": traces(inventory, traffic),
        "flag polls": flag_polls(inventory, hours_of(MILLION, traffic) * traffic.warm_environments),
    }


def per_month(inventory: Inventory, usage: Usage) -> Costs:
    """What an environment costs in a month in which nobody reads; its custom metrics, in one in which somebody does."""
    kept_ready = LAMBDA_COMPUTE[inventory.prisma_read.architecture].kept_ready.usd
    ready_seconds = inventory.prisma_read.provisioned * HOURS_A_MONTH * _SECONDS_AN_HOUR
    return {
        "provisioned concurrency": ready_seconds * inventory.prisma_read.memory_gb * kept_ready,
        "custom metrics": usage.custom_metrics * CUSTOM_METRIC.usd,
        "alarms": inventory.alarm_metrics * ALARM_METRIC.usd,
        "dashboard": inventory.dashboards * DASHBOARD.usd,
        "secrets": inventory.secrets * SECRET.usd,
        "key of the topics": inventory.keys * KEY.usd,
        "interface endpoints": inventory.endpoint_zones * HOURS_A_MONTH * ENDPOINT_HOUR.usd,
        "database capacity": inventory.capacity_units * HOURS_A_MONTH * CAPACITY_UNIT_HOUR.usd,
    }


def shadow_bus(inventory: Inventory, usage: Usage) -> Mapping[str, Costs]:
    """Two ways to tell the comparator of a million reads; the comparisons themselves cost the same by either."""
    line = MILLION * usage.lines.shadow_request
    return {
        "log line": {"one more line": log_bytes(inventory.mock_read, line)},
        "`Event` invocation": {
            "mock-read waits": gb_seconds(inventory.mock_read, MILLION, usage.durations.event_invoke)
            * _duration_price(inventory.mock_read)
        },
    }


def invocations(function: FunctionShape, count: float, duration_ms: float) -> float:
    """Reads find the environments that are kept ready, where there are any."""
    return count * LAMBDA_REQUEST.usd + gb_seconds(function, count, duration_ms) * _duration_price(function)


def gb_seconds(function: FunctionShape, count: float, duration_ms: float) -> float:
    return count * function.memory_gb * duration_ms / 1000


def log_bytes(function: FunctionShape, size: float) -> float:
    """Ingestion, and storage for as long as the function's lines are kept, as if they were not compressed."""
    months = function.log_retention_days / _DAYS_A_MONTH
    return size / _BYTES_A_GB * (LOG_INGESTION.usd + months * LOG_STORAGE.usd)


def traced_share(inventory: Inventory, traffic: Traffic) -> float:
    """The first reads of each second, and a share of the others."""
    first = min(inventory.traced_per_second, traffic.reads_per_second)
    others = traffic.reads_per_second - first
    return (first + others * inventory.traced_share_of_others) / traffic.reads_per_second


def traces(inventory: Inventory, traffic: Traffic) -> float:
    """With Insights on for any group, AWS's own example bills them for every trace that is recorded."""
    each = TRACE.usd + (TRACE_INSIGHTS.usd if inventory.trace_insights else 0)
    return MILLION * traced_share(inventory, traffic) * each


def flag_polls(inventory: Inventory, environment_hours: float) -> float:
    """The agent asks for both configurations at each interval, while its execution environment lives."""
    polls = environment_hours * _SECONDS_AN_HOUR / inventory.flag_poll_interval_seconds
    return polls * CONFIGURATIONS * CONFIGURATION_REQUEST.usd


def cold_start() -> float:
    """What the agent of a new execution environment receives."""
    return CONFIGURATIONS * CONFIGURATION_RECEIVED.usd


def hours_of(reads: float, traffic: Traffic) -> float:
    return reads / traffic.reads_per_second / _SECONDS_AN_HOUR


def _duration_price(function: FunctionShape) -> float:
    prices = LAMBDA_COMPUTE[function.architecture]
    return (prices.provisioned if function.provisioned else prices.on_demand).usd
