"""Preflight: will there be room, is prisma-read warm, and can the traffic decide anything at all? Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Final

from playbook.baseline import Baseline
from playbook.canary_plan import CanaryPlan
from playbook.checklist import Item, failed, passed, warned
from playbook.latencies import LatencyDistribution
from playbook.latency_checks import P95_READS
from playbook.settings import Settings
from playbook.wording import count, duration, milliseconds, percent, rate
from shared.flag import SplitBy
from shared.names import ResourceNames

# Lambda keeps so much for functions without a reservation of their own; a new account may have less in all.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
LEAST_UNRESERVED: Final = 100

_P95: Final = 95
_SECONDS_A_MINUTE: Final = 60
_MS_A_SECOND: Final = 1000
_ALL_PERCENT: Final = 100


@dataclass(frozen=True, kw_only=True)
class Concurrency:
    """Executions at a time: the account's limit, what of it is left unreserved, and each function's reservation."""

    limit: int
    unreserved: int
    reserved: Mapping[str, int | None] = field(hash=False)


def concurrency_item(
    names: ResourceNames, settings: Settings, found: Concurrency, plan: CanaryPlan, reads_a_minute: float | None
) -> Item:
    """Room for the worst case: Prisma hangs, and each read waits for it until the limit."""
    deployed = {
        names.prisma_read_function: settings.prisma_reserved_concurrency,
        names.prisma_shadow_function: settings.shadow_reserved_concurrency,
    }
    changed = [
        f"{function} has {'none' if found.reserved[function] is None else found.reserved[function]} reserved, not {own}"
        for function, own in deployed.items()
        if found.reserved[function] != own
    ]
    if changed:
        return failed("concurrency", "; ".join(changed), "deploy the stacks again: somebody changed it")
    told = f"{found.unreserved:,} of {found.limit:,} unreserved"
    waiting = _waiting(settings, plan, reads_a_minute)
    if waiting is not None:
        told += f"; were Prisma to hang, {count(waiting, 'canary read')} would wait at a time"
        if waiting > found.unreserved:
            return failed("concurrency", told, "ask AWS for more concurrent executions, or begin with fewer reads")
        if waiting > settings.prisma_reserved_concurrency:
            return warned(
                "concurrency",
                f"{told}, and {names.prisma_read_function} takes {settings.prisma_reserved_concurrency}",
                "the rest would be throttled, and the mock would answer: fewer per cent, or a larger reservation",
            )
    if found.unreserved < LEAST_UNRESERVED:
        return warned(
            "concurrency",
            told,
            f"other functions share it, and Lambda's own minimum is {LEAST_UNRESERVED}: ask AWS for a higher quota",
        )
    return passed("concurrency", told)


def warm_item(settings: Settings, baseline: Baseline) -> Item:
    """Whether prisma-read is well; where this fails, the measurement is not worth recording."""
    told = f"{baseline.latencies.reads:,} of {count(baseline.probes, 'probe')} of version {baseline.version} measured"
    failures = baseline.failures.total()
    share_percent = _ALL_PERCENT * failures / baseline.probes if baseline.probes else 0.0
    codes = ", ".join(f"{code} {number}" for code, number in baseline.failures.most_common())
    if share_percent > settings.error_rate_limit_percent:
        return failed(
            "prisma-read",
            f"{told}; {percent(share_percent)} failed, above {settings.error_rate_limit_percent:g} %: {codes}",
            "find out why before users meet it, in the logs of mock-read and prisma-read",
        )
    if baseline.latencies.reads < P95_READS:
        return failed(
            "prisma-read",
            f"{told}, and a p95 takes {P95_READS}",
            "say the same command again; if it stays so, the log of a probe does not reach its caller",
        )
    if failures:
        return warned("prisma-read", f"warm; {told}, {percent(share_percent)} failed: {codes}", "keep an eye on it")
    return passed("prisma-read", f"warm; {told}, none failed")


def baseline_item(settings: Settings, latencies: LatencyDistribution) -> Item:
    """The p95 that the canary's will be held against."""
    p95, budget_ms = latencies.percentile(_P95), settings.latency_budget_ms
    told = (
        f"p95 {milliseconds(p95.value_ms)} (95 % bounds {_bound(p95.low_ms)} to {_bound(p95.high_ms)}), recorded; "
        f"the budget is {milliseconds(budget_ms)}"
    )
    if p95.value_ms > budget_ms:
        return warned("baseline", told, "a canary as slow as this gets no GO, unless the mock is slow, too")
    return passed("baseline", told)


def who_item(plan: CanaryPlan) -> Item:
    """Who will be in the canary, by name where the flag says so beforehand."""
    chosen, flag = plan.chosen, plan.chosen.flag
    named = ", ".join(chosen.users)
    if chosen.reads is None:
        return failed(
            "who", f"none of {count(plan.user_count, 'user')}", "choose --split-by request, or a larger --percent"
        )
    if flag.split_by is SplitBy.USER:
        return passed("who", f"{len(chosen.users)} of {count(plan.user_count, 'user')}: {named}")
    told = f"any of {count(plan.user_count, 'user')}, {flag.percent:g} % of the reads of each"
    return passed("who", f"{told}; always {named}" if named else told)


def traffic_item(plan: CanaryPlan, *, reads_a_minute: float | None, hold_minutes: float) -> Item:
    """Whether the expected traffic can decide, and in the time that the step is held for anyway."""
    more = "send test reads beside users' with `playbook traffic`"
    if plan.chosen.reads is None:
        return failed("traffic", plan.sentence, "choose --split-by request, or a larger --percent")
    if plan.chosen.minutes is None or reads_a_minute is None:
        return warned(
            "traffic",
            f"{plan.sentence[:-1]}; the present rate is not known: no read was counted in the last minutes",
            f"say this again while reads flow; {more}",
        )
    told = f"{plan.sentence[:-1]} ({rate(reads_a_minute)} reads a minute)"
    if plan.chosen.minutes > hold_minutes:
        return warned(
            "traffic",
            f"{told}; the step is held for {duration(hold_minutes)}",
            f"the go/no-go will be a HOLD until then: wait longer, choose a larger --percent, or {more}",
        )
    return passed("traffic", f"{told}; the step is held for {duration(hold_minutes)}")


def _waiting(settings: Settings, plan: CanaryPlan, reads_a_minute: float | None) -> int | None:
    """How many canary reads wait at a time if each takes as long as a user waits: rate × time (Little's law)."""
    if not reads_a_minute:
        return None
    canary_a_second = plan.chosen.canary_share * reads_a_minute / _SECONDS_A_MINUTE
    return ceil(round(canary_a_second * settings.candidate_timeout_ms / _MS_A_SECOND, 6))


def _bound(value_ms: float | None) -> str:
    return "?" if value_ms is None else milliseconds(value_ms)
