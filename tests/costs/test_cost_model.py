"""The arithmetic of the model, on round figures that can be done by hand."""

from dataclasses import replace

import pytest

from costs.inventory import FunctionShape, Inventory
from costs.model import (
    cold_start,
    flag_polls,
    hours_of,
    log_bytes,
    per_million_reads,
    per_month,
    shadow_bus,
    traced_share,
    traces,
)
from costs.prices import LAMBDA_COMPUTE
from costs.usage import Durations, LineBytes, Step, Traffic, Usage

GB = 1024**3
ARM = LAMBDA_COMPUTE["arm64"]
ON_DEMAND = FunctionShape(memory_mb=1024, architecture="arm64", provisioned=0, log_retention_days=365)
INVENTORY = Inventory(
    mock_read=replace(ON_DEMAND, memory_mb=512),
    prisma_read=ON_DEMAND,
    prisma_shadow=ON_DEMAND,
    flag_poll_interval_seconds=15,
    traced_per_second=5,
    traced_share_of_others=0.05,
    trace_insights=False,
    alarm_metrics=20,
    dashboards=1,
    keys=1,
    secrets=3,
    endpoint_zones=0,
    capacity_units=0,
)
# A million of 1,073.741824 bytes are a GB.
A_GB_IN_A_MILLION = GB / 1_000_000
NOTHING_LOGGED = LineBytes(mock_served=0, prisma_served=0, shadow_request=0, prisma_read=0, comparison=0, platform=0)
USAGE = Usage(
    lines=NOTHING_LOGGED,
    durations=Durations(mock_read=2, canary_wait=18, prisma_read=10, comparison=10, event_invoke=4),
    custom_metrics=10,
)
MOCK_ONLY = Step(name="mock only", prisma_share=0, shadow_share=0)
HALF = Step(name="50 %", prisma_share=0.5, shadow_share=0)
COMPARED = Step(name="shadow only", prisma_share=0, shadow_share=1)
TEN = Traffic(name="10 reads/s", reads_per_second=10, warm_environments=1)


def test_a_read_of_the_mock_is_a_request_and_two_milliseconds_of_half_a_gigabyte() -> None:
    costs = per_million_reads(INVENTORY, USAGE, MOCK_ONLY, TEN)
    assert costs["mock-read"] == pytest.approx(0.20 + 1_000_000 * 0.5 * 0.002 * ARM.on_demand.usd)
    assert costs["prisma-read"] == costs["shadow comparisons"] == 0


def test_a_read_that_prisma_serves_is_paid_twice_while_mock_read_waits_for_it() -> None:
    costs = per_million_reads(INVENTORY, USAGE, HALF, TEN)
    assert costs["mock-read"] == pytest.approx(0.20 + 1_000_000 * 0.5 * 0.011 * ARM.on_demand.usd)
    assert costs["prisma-read"] == pytest.approx(0.10 + 500_000 * 1.0 * 0.010 * ARM.on_demand.usd)


def test_environments_that_are_kept_ready_make_a_read_cheaper_and_the_month_dearer() -> None:
    ready = replace(INVENTORY, prisma_read=replace(ON_DEMAND, provisioned=2))
    costs = per_million_reads(ready, USAGE, HALF, TEN)
    assert costs["prisma-read"] == pytest.approx(0.10 + 500_000 * 1.0 * 0.010 * ARM.provisioned.usd)
    assert per_month(ready, USAGE)["provisioned concurrency"] == pytest.approx(2 * 730 * 3600 * ARM.kept_ready.usd)
    assert per_month(INVENTORY, USAGE)["provisioned concurrency"] == 0


def test_a_comparison_of_what_prisma_served_reads_the_mock() -> None:
    by_prisma = per_million_reads(INVENTORY, USAGE, Step(name="100 %", prisma_share=1, shadow_share=1), TEN)
    by_mock = per_million_reads(INVENTORY, USAGE, COMPARED, TEN)
    assert by_prisma["shadow comparisons"] == pytest.approx(0.20 + 1_000_000 * 0.001 * ARM.on_demand.usd)
    assert by_mock["shadow comparisons"] == pytest.approx(0.20 + 1_000_000 * 0.010 * ARM.on_demand.usd)


def test_a_line_is_paid_when_it_is_written_and_for_as_long_as_it_is_kept() -> None:
    assert log_bytes(ON_DEMAND, GB) == pytest.approx(0.50 + 12 * 0.03)
    assert log_bytes(replace(ON_DEMAND, log_retention_days=0), GB) == pytest.approx(0.50)


@pytest.mark.parametrize(
    ("line", "step", "lines_a_read"),
    [
        ("mock_served", MOCK_ONLY, 1),
        ("mock_served", HALF, 0.5),
        ("prisma_served", HALF, 0.5),
        ("prisma_read", HALF, 0.5),
        ("prisma_read", MOCK_ONLY, 0),
        ("shadow_request", COMPARED, 1),
        ("comparison", COMPARED, 1),
        ("platform", MOCK_ONLY, 1),
        ("platform", HALF, 1.5),
        ("platform", COMPARED, 2),
    ],
)
def test_each_line_counts_where_it_is_written(line: str, step: Step, lines_a_read: float) -> None:
    usage = replace(USAGE, lines=replace(NOTHING_LOGGED, **{line: A_GB_IN_A_MILLION}))
    costs = per_million_reads(INVENTORY, usage, step, TEN)
    assert costs["logs"] == pytest.approx(lines_a_read * (0.50 + 12 * 0.03))


@pytest.mark.parametrize(("reads_per_second", "share"), [(0.8, 1.0), (5, 1.0), (10, 0.525), (105, 10 / 105)])
def test_the_first_reads_of_a_second_are_traced_and_a_share_of_the_others(
    reads_per_second: float, share: float
) -> None:
    traffic = Traffic(name="", reads_per_second=reads_per_second, warm_environments=1)
    assert traced_share(INVENTORY, traffic) == pytest.approx(share)
    assert traces(INVENTORY, traffic) == pytest.approx(5 * share)
    assert traces(replace(INVENTORY, trace_insights=True), traffic) == pytest.approx(6 * share)


def test_a_warm_environment_polls_two_configurations_at_each_interval() -> None:
    assert flag_polls(INVENTORY, environment_hours=1) == pytest.approx(240 * 2 * 0.2e-6)
    assert cold_start() == pytest.approx(0.0016)


def test_a_million_reads_take_longer_where_there_are_few() -> None:
    assert hours_of(1_000_000, TEN) == pytest.approx(27.78, abs=0.01)


def test_a_month_is_what_the_templates_hold() -> None:
    with_database = replace(INVENTORY, endpoint_zones=4, capacity_units=0.5)
    assert per_month(with_database, USAGE) == pytest.approx(
        {
            "provisioned concurrency": 0,
            "custom metrics": 3.0,
            "alarms": 2.0,
            "dashboard": 3.0,
            "secrets": 1.2,
            "key of the topics": 1.0,
            "interface endpoints": 4 * 7.30,
            "database capacity": 43.80,
        }
    )


def test_the_line_costs_its_bytes_and_the_invocation_the_time_that_mock_read_waits() -> None:
    usage = replace(USAGE, lines=replace(NOTHING_LOGGED, shadow_request=A_GB_IN_A_MILLION))
    buses = shadow_bus(INVENTORY, usage)
    assert sum(buses["log line"].values()) == pytest.approx(0.86)
    assert sum(buses["`Event` invocation"].values()) == pytest.approx(1_000_000 * 0.5 * 0.004 * ARM.on_demand.usd)
