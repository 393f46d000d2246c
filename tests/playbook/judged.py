"""Evidence of a healthy canary, to be spoilt one figure at a time."""

from typing import Final

from playbook.bounds import Tally
from playbook.evidence import AlarmEvidence, AlarmState, Evidence, ShadowEvidence, alarm_evidence
from playbook.judge import judge
from playbook.latencies import Latencies, LatencyDistribution
from playbook.thresholds import Thresholds
from playbook.verdict import Check, CheckName
from shared.names import ResourceNames

NAMES: Final = ResourceNames("beta")
THRESHOLDS: Final = Thresholds(latency_budget_ms=200, error_rate_percent=2)


def latencies(p95_ms: float, *, reads: int = 400) -> LatencyDistribution:
    """One read in ten took `p95_ms`, the others half of it."""
    recorded = Latencies()
    for number in range(reads):
        recorded.record(p95_ms if number % 10 == 0 else p95_ms / 2)
    return recorded.distribution()


def alarms(**states: str | None) -> tuple[AlarmEvidence, ...]:
    """All alarms, OK but for these, given by their property of `ResourceNames`; None takes one away."""
    seen = dict.fromkeys((*NAMES.rollback_alarms, *NAMES.investigate_alarms), "OK")
    for alarm, state in states.items():
        name = getattr(NAMES, alarm)
        if state is None:
            del seen[name]
        else:
            seen[name] = AlarmState(state)
    return alarm_evidence(NAMES, seen)


HEALTHY: Final = Evidence(
    canary=Tally(0, 400),
    canary_latencies=latencies(30),
    mock_latencies=latencies(2, reads=39_600),
    baseline_latencies=latencies(30),
    shadow=ShadowEvidence(sampled=2000, compared=2000, latencies=latencies(30, reads=2000)),
    alarms=alarms(),
    minutes=50,
)


def check_of(evidence: Evidence, name: CheckName) -> Check:
    (check,) = (check for check in judge(evidence, THRESHOLDS).checks if check.name is name)
    return check
