"""How much of each billed thing reads take: what was measured, and at which traffic."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step of the ramp: which share of the reads Prisma serves, and which share is compared in the shadow."""

    name: str
    prisma_share: float
    shadow_share: float


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """`warm_environments` is how many execution environments of mock-read this traffic keeps alive."""

    name: str
    reads_per_second: float
    warm_environments: int


@dataclass(frozen=True, kw_only=True)
class LineBytes:
    """Bytes in a function's log for one read: the line it writes, or the lines that Lambda writes of an invocation."""

    mock_served: float
    prisma_served: float
    shadow_request: float
    prisma_read: float
    comparison: float
    platform: float


@dataclass(frozen=True, kw_only=True)
class Durations:
    """Milliseconds that Lambda bills, rounded up as it does.

    `mock_read` is of a read that the mock serves; one that Prisma serves waits for `canary_wait` besides.
    `event_invoke` is what an `Event` invocation would add to a sampled read.
    """

    mock_read: int
    canary_wait: int
    prisma_read: int
    comparison: int
    event_invoke: int


@dataclass(frozen=True, kw_only=True)
class Usage:
    """`custom_metrics` are the time series that healthy reads of both paths and their comparisons make."""

    lines: LineBytes
    durations: Durations
    custom_metrics: int
