"""Preflight: room, a warm prisma-read, and whether the traffic can decide."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from playbook.baseline import Baseline
from playbook.canary_plan import CanaryPlan, plan_canary
from playbook.checklist import Item, Result
from playbook.preflight_account import rate_a_minute
from playbook.preflight_capacity import (
    Concurrency,
    baseline_item,
    concurrency_item,
    traffic_item,
    warm_item,
    who_item,
)
from playbook.traffic import beta_users
from shared.flag import Flag, SplitBy
from tests.playbook.account_states import NAMES, SETTINGS
from tests.playbook.judged import THRESHOLDS, latencies

USERS: Final = beta_users(50)
BY_REQUEST: Final = Flag(enabled=True, percent=1, split_by=SplitBy.REQUEST, seed="spring")
BY_USER: Final = replace(BY_REQUEST, split_by=SplitBy.USER)
ROOM: Final = Concurrency(
    limit=1000,
    unreserved=983,
    reserved={NAMES.prisma_read_function: 10, NAMES.prisma_shadow_function: 5},
)
MEASURED: Final = Baseline(version="3", latencies=latencies(20, reads=500), failures=Counter(), untold=0)


def plan(flag: Flag = BY_REQUEST, reads_a_minute: float | None = 720) -> CanaryPlan:
    return plan_canary(flag, USERS, thresholds=THRESHOLDS, reads_a_minute=reads_a_minute)


def room(found: Concurrency = ROOM, *, reads_a_minute: float | None = 720, percent: float = 1) -> Item:
    meant = plan(replace(BY_REQUEST, percent=percent), reads_a_minute)
    return concurrency_item(NAMES, SETTINGS, found, meant, reads_a_minute)


def test_room_for_reads_that_all_wait_for_prisma_passes_with_the_arithmetic() -> None:
    # 12 reads a second, one in a hundred of them for a second.
    item = room()
    assert item.result is Result.PASS
    assert item.told == "983 of 1,000 unreserved; were Prisma to hang, 1 canary read would wait at a time"


def test_room_is_told_without_arithmetic_where_the_rate_is_not_known() -> None:
    assert room(reads_a_minute=None).told == "983 of 1,000 unreserved"


def test_more_waiting_reads_than_prisma_read_takes_are_a_warning() -> None:
    assert room(reads_a_minute=60_000).result is Result.PASS
    item = room(reads_a_minute=60_060)
    assert item.result is Result.WARN
    assert "11 canary reads would wait at a time, and huntaze-prisma-read takes 10" in item.told


def test_more_waiting_reads_than_the_account_has_room_for_fail() -> None:
    item = room(replace(ROOM, limit=10, unreserved=8), reads_a_minute=54_000)
    assert item.result is Result.FAIL
    assert "ask AWS" in item.to_do


def test_a_small_quota_is_a_warning() -> None:
    assert room(replace(ROOM, unreserved=100)).result is Result.PASS
    assert room(replace(ROOM, unreserved=99)).result is Result.WARN


@pytest.mark.parametrize(("reserved", "told"), [(0, "0 reserved"), (None, "none reserved")])
def test_a_reservation_that_somebody_changed_fails(reserved: int | None, told: str) -> None:
    changed: Mapping[str, int | None] = {**ROOM.reserved, NAMES.prisma_read_function: reserved}
    item = room(replace(ROOM, reserved=changed))
    assert item.result is Result.FAIL
    assert item.told == f"{NAMES.prisma_read_function} has {told}, not 10"


def test_a_warm_prisma_read_without_a_failure_passes() -> None:
    item = warm_item(SETTINGS, MEASURED)
    assert (item.result, item.told) == (
        Result.PASS, "warm; 500 of 500 probes of version 3 measured, none failed",
    )  # fmt: skip


def test_failures_up_to_the_limit_are_a_warning_and_above_it_fail() -> None:
    def of(failures: int) -> Item:
        measured = replace(
            MEASURED, latencies=latencies(20, reads=500 - failures), failures=Counter({"timeout": failures})
        )
        return warm_item(SETTINGS, measured)

    assert (of(10).result, of(11).result) == (Result.WARN, Result.FAIL)
    assert "2 % failed: timeout 10" in of(10).told
    assert "2.2 % failed, above 2 %: timeout 11" in of(11).told


def test_fewer_reads_than_a_p95_takes_fail() -> None:
    item = warm_item(SETTINGS, replace(MEASURED, latencies=latencies(20, reads=84), untold=416))
    assert item.result is Result.FAIL
    assert "84 of 500 probes of version 3 measured, and a p95 takes 85" in item.told
    assert warm_item(SETTINGS, replace(MEASURED, latencies=latencies(20, reads=85))).result is Result.PASS


def test_a_baseline_within_the_budget_passes_and_one_above_it_is_a_warning() -> None:
    item = baseline_item(SETTINGS, latencies(20))
    assert item.result is Result.PASS
    assert item.told.startswith("p95 20 ms (95 % bounds ")
    assert item.told.endswith("recorded; the budget is 200 ms")
    assert baseline_item(SETTINGS, latencies(250)).result is Result.WARN


def test_who_will_be_in_is_named_by_user() -> None:
    item = who_item(plan(replace(BY_USER, percent=10)))
    assert item.result is Result.PASS
    named = item.told.partition(": ")[2].split(", ")
    assert named == list(plan(replace(BY_USER, percent=10)).chosen.users)
    assert item.told.startswith(f"{len(named)} of 50 users: user-")


def test_nobody_at_all_fails() -> None:
    item = who_item(plan(BY_USER))
    assert (item.result, item.told) == (Result.FAIL, "none of 50 users")
    assert "--split-by request" in item.to_do


def test_by_request_it_may_be_anybody_and_those_who_are_always_in_are_named() -> None:
    assert who_item(plan()).told == "any of 50 users, 1 % of the reads of each"
    always = who_item(plan(replace(BY_REQUEST, allow_users=frozenset({"user-9"}))))
    assert always.told == "any of 50 users, 1 % of the reads of each; always user-9"


def traffic(flag: Flag = BY_REQUEST, *, reads_a_minute: float | None) -> Item:
    return traffic_item(plan(flag, reads_a_minute), reads_a_minute=reads_a_minute, hold_minutes=60)


def test_traffic_that_decides_within_the_steps_hold_passes() -> None:
    item = traffic(reads_a_minute=360)
    assert item.result is Result.PASS
    assert "216 canary reads, 21,600 in all, about 60 min at the present rate" in item.told
    assert item.told.endswith("(360 reads a minute); the step is held for 60 min")


def test_traffic_that_takes_longer_is_a_warning_that_names_what_would_be_quicker() -> None:
    item = traffic(reads_a_minute=72)
    assert item.result is Result.WARN
    assert "about 5 h at the present rate: 10 % by request would take 30 min" in item.told
    assert "playbook traffic" in item.to_do


def test_traffic_that_never_decides_fails() -> None:
    assert traffic(BY_USER, reads_a_minute=720).result is Result.FAIL


def test_a_rate_that_is_not_known_is_a_warning() -> None:
    item = traffic(reads_a_minute=None)
    assert item.result is Result.WARN
    assert "the present rate is not known" in item.told


NOON: Final = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def test_the_present_rate_is_over_the_minutes_from_the_first_to_the_last_with_reads() -> None:
    reads = {NOON + timedelta(minutes=minute): number for minute, number in enumerate([0, 60, 0, 120, 0, 0])}
    assert rate_a_minute(reads) == 60


@pytest.mark.parametrize("reads", [{}, {NOON: 0.0}])
def test_no_reads_are_no_rate(reads: Mapping[datetime, float]) -> None:
    assert rate_a_minute(reads) is None
