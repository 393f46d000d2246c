"""What the go/no-go is decided on: counts and distributions, nothing else.

All of it is counted from the moment the step began, and the longer the step, the more of it there is. A window that
slides, or that begins where the figures are good, takes their meaning from the bounds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from playbook.bounds import Tally
from playbook.latencies import LatencyDistribution
from shared.names import ResourceNames


class AlarmState(StrEnum):
    """CloudWatch's own words.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html
    """

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmEvidence:
    """One alarm. `state` is None where there is no such alarm, though there should be."""

    name: str
    rolls_back: bool
    state: AlarmState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowEvidence:
    """The comparisons. A sampled read counts once, however often its line was delivered or tried.

    `compared`, `mismatching` and `failed` are numbers of sampled reads: that were compared, that differed, and that an
    attempt failed for. `latencies` are of the path that did not serve, of every comparison.

    Raises ValueError for counts that cannot be.
    """

    sampled: int = 0
    compared: int = 0
    mismatching: int = 0
    failed: int = 0
    latencies: LatencyDistribution = field(default_factory=LatencyDistribution)

    def __post_init__(self) -> None:
        if not 0 <= self.mismatching <= self.compared <= self.sampled or not 0 <= self.failed <= self.sampled:
            raise ValueError(
                f"{self.sampled} reads sampled, {self.compared} compared, {self.mismatching} mismatching, "
                f"{self.failed} failed"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that a verdict depends on.

    `canary` counts the reads sent to Prisma and those that the mock then had to answer. The latencies are what callers
    waited, by path, without such fallbacks; `baseline_latencies` are those of a warmed prisma-read through the same
    invocation, recorded before the canary. `minutes` is how long the step has gone on, None where that is not known.
    """

    canary: Tally = field(default_factory=Tally)
    canary_latencies: LatencyDistribution = field(default_factory=LatencyDistribution)
    mock_latencies: LatencyDistribution = field(default_factory=LatencyDistribution)
    baseline_latencies: LatencyDistribution = field(default_factory=LatencyDistribution)
    shadow: ShadowEvidence = field(default_factory=ShadowEvidence)
    alarms: tuple[AlarmEvidence, ...] = ()
    minutes: float | None = None

    def a_minute(self, count: int) -> float | None:
        """At what rate `count` came; None where the time is not known."""
        return count / self.minutes if self.minutes else None


def alarm_evidence(names: ResourceNames, states: Mapping[str, str]) -> tuple[AlarmEvidence, ...]:
    """Every alarm that there should be, with its state in `states`, which are CloudWatch's by alarm name.

    Raises ValueError for a state that CloudWatch does not have.
    """
    return tuple(
        AlarmEvidence(name=name, rolls_back=rolls_back, state=AlarmState(states[name]) if name in states else None)
        for rolls_back, alarm_names in ((True, names.rollback_alarms), (False, names.investigate_alarms))
        for name in alarm_names
    )
