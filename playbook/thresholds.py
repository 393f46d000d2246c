"""The limits of the go/no-go."""

from dataclasses import dataclass, fields
from math import inf

from dashboards.limits import (
    P95_GO_FACTOR,
    P95_LIMIT_FACTOR,
    SHADOW_COVERAGE_GO_PERCENT,
    SHADOW_DIFF_GO_PERCENT,
    SHADOW_DIFF_LIMIT_PERCENT,
    SHADOW_ERROR_LIMIT_PERCENT,
    SHADOW_P95_LIMIT_MS,
)


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """The playbook's limits (sections 1 and 4), and the two that are an environment's own.

    `latency_budget_ms` is a p95 that no caller minds, however much faster the mock is. The factors are of another p95:
    the mock's, or the baseline's.

    Raises ValueError for limits that are not above 0, percentages that are not below 100, and limits that contradict
    each other.
    """

    latency_budget_ms: float
    error_rate_percent: float
    p95_go_factor: float = P95_GO_FACTOR
    p95_hold_factor: float = P95_LIMIT_FACTOR
    shadow_diff_go_percent: float = SHADOW_DIFF_GO_PERCENT
    shadow_diff_hold_percent: float = SHADOW_DIFF_LIMIT_PERCENT
    shadow_error_percent: float = SHADOW_ERROR_LIMIT_PERCENT
    shadow_p95_ms: float = SHADOW_P95_LIMIT_MS
    shadow_coverage_percent: float = SHADOW_COVERAGE_GO_PERCENT

    def __post_init__(self) -> None:
        for limit in fields(self):
            ceiling = 100 if limit.name.endswith("_percent") else inf
            if not 0 < getattr(self, limit.name) < ceiling:
                raise ValueError(f"{limit.name} is not above 0 and below {ceiling}")
        if self.p95_go_factor > self.p95_hold_factor or self.shadow_diff_go_percent > self.shadow_diff_hold_percent:
            raise ValueError("a limit for GO is above the one for HOLD")
