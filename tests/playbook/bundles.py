"""Evidence bundles of days that went well, badly, or not at all: minute by minute, so that their figures add up."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import exp
from random import Random
from typing import Any, Final

from playbook.bounds import Tally
from playbook.bundle import Bundle, Gate
from playbook.evidence import AlarmEvidence, Evidence, ShadowEvidence
from playbook.latencies import Latencies, LatencyDistribution
from playbook.read_series import DiffField, FailureCode, Minute, PathMinute
from playbook.source import Source
from playbook.step import Step
from playbook.timeline import EventKind, TimelineEvent
from tests.playbook.judged import NAMES, THRESHOLDS, alarms

OPERATOR: Final = "arn:aws:iam::123456789012:user/ines"
START: Final = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SHADOW_ENDS: Final = START + timedelta(minutes=60)
END: Final = START + timedelta(minutes=120)
_RAMP: Final[Mapping[int, int]] = {1: 60, 5: 21 * 60, 25: 24 * 60, 50: 24 * 60}


def step(percent: float, since: datetime, **changes: Any) -> Step:
    given = Step(
        percent=percent,
        split_by="request",
        shadow_percent=100,
        enabled=True,
        allow_users=(),
        seed="beta",
        version="3",
        deployment_number=4,
        state="COMPLETE",
        started_at=since,
        completed_at=since + timedelta(minutes=2),
        description=f"canary start by {OPERATOR}",
    )
    return replace(given, **changes)


def event(at: datetime, kind: EventKind, name: str, state: str, text: str, **more: Any) -> TimelineEvent:
    return TimelineEvent(at=at, kind=kind, name=name, state=state, text=text, **more)


def flag(at: datetime, percent: float, version: int) -> TimelineEvent:
    return event(
        at,
        EventKind.FLAG,
        "feature-flags",
        "DEPLOYMENT_STARTED",
        f"flag to {percent:g} % (version {version})",
        percent=percent,
    )


def bundle(
    *,
    gate: Gate = Gate.CANARY,
    minutes: Sequence[Minute] = (),
    at_step: Step | None = None,
    alarm_states: tuple[AlarmEvidence, ...] | None = None,
    baseline_latencies: LatencyDistribution | None = None,
    timeline: Sequence[TimelineEvent] = (),
    diff_fields: Sequence[DiffField] = (),
    failures: Sequence[FailureCode] = (),
    operator: str = OPERATOR,
) -> Bundle:
    """A bundle whose evidence is the sum of the minutes since its step began, and whose verdict is the judge's."""
    position = at_step or step(1, SHADOW_ENDS)
    counted = [minute for minute in minutes if minute.at >= position.started_at]
    compared = _sum(minute.compared for minute in counted)
    evidence = Evidence(
        canary=Tally(
            _sum(minute.prisma.failures for minute in counted), _sum(minute.prisma.reads for minute in counted)
        ),
        canary_latencies=_merged(minute.prisma.latencies for minute in counted),
        mock_latencies=_merged(minute.mock.latencies for minute in counted),
        baseline_latencies=baseline_latencies or LatencyDistribution(),
        shadow=ShadowEvidence(
            sampled=_sum(minute.sampled for minute in counted),
            compared=compared,
            mismatching=_sum(minute.mismatching for minute in counted),
            failed=_sum(minute.failed for minute in counted),
            latencies=spread(_draw(5), 22, compared),
        ),
        alarms=alarms() if alarm_states is None else alarm_states,
        minutes=len(counted) or None,
    )
    return Bundle(
        environment="beta",
        at=END,
        operator=operator,
        gate=gate,
        step=position,
        sources=tuple(
            Source(
                service="CloudWatch Logs",
                name=f"/aws/lambda/{name}",
                items="lines",
                since=START,
                until=END,
                count=lines,
            )
            for name, lines in ((NAMES.mock_read_function, 41_234), (NAMES.prisma_shadow_function, 12_345))
        ),
        thresholds=THRESHOLDS,
        evidence=evidence,
        verdict=gate.judge(evidence, THRESHOLDS),
        ramp_hold_minutes=_RAMP,
        timeline=tuple(timeline),
        series=tuple(minutes),
        diff_fields=tuple(diff_fields),
        failures=tuple(failures),
    )


def day(
    *, failing: float = 0.0, differing: float = 0.0, canary_ms: float = 24, until: datetime = END, seed: int = 7
) -> list[Minute]:
    """An hour of shadow and an hour of a canary with so many failures and differences among a hundred reads."""
    draw = _draw(seed)
    return [
        _minute(draw, START + timedelta(minutes=number), failing, differing, canary_ms)
        for number in range((until - START) // timedelta(minutes=1))
    ]


def spread(draw: Random, middle_ms: float, reads: int) -> LatencyDistribution:
    """Latencies with a long tail, of which half are below `middle_ms`."""
    recorded = Latencies()
    for _ in range(reads):
        recorded.record(middle_ms * exp(draw.gauss(0, 0.25)) * (1 if draw.random() > 0.01 else 3))
    return recorded.distribution()


def baseline() -> LatencyDistribution:
    """Of a candidate that is as quick before the canary as in it."""
    return spread(_draw(1), 24, 400)


def go() -> Bundle:
    return bundle(
        minutes=day(),
        baseline_latencies=baseline(),
        timeline=[
            event(
                START, EventKind.KILL_SWITCH, "kill-switch", "DEPLOYMENT_COMPLETED", "kill switch not set", percent=0
            ),
            flag(START, 0, 2),
            event(
                START + timedelta(minutes=8),
                EventKind.CODE,
                NAMES.prisma_read_deployment_group,
                "Created",
                "prisma-read: version 3 to 4",
            ),
            event(
                START + timedelta(minutes=19),
                EventKind.CODE,
                NAMES.prisma_read_deployment_group,
                "Succeeded",
                "prisma-read: version 4 serves everything",
            ),
            flag(SHADOW_ENDS, 1, 3),
            event(SHADOW_ENDS, EventKind.JOURNAL, "decision", "", "decision: shadow GO", facts={"operator": OPERATOR}),
        ],
    )


def hold() -> Bundle:
    return bundle(minutes=day(until=SHADOW_ENDS + timedelta(minutes=12)), baseline_latencies=baseline())


def rollback(*, reason: str = "two testers are waiting", field: str = "subscription.renewsAt") -> Bundle:
    """One read in ten fails from the start; the canary was begun against the shadow's HOLD."""
    alarm_at = SHADOW_ENDS + timedelta(minutes=31)
    ends = alarm_at + timedelta(minutes=2)
    minutes = day(failing=10, differing=2, until=ends)
    quiet = [replace(minute, prisma=PathMinute()) for minute in day(until=END)[len(minutes) :]]
    return bundle(
        minutes=[*minutes, *quiet],
        baseline_latencies=baseline(),
        alarm_states=alarms(canary_error_rate_alarm="ALARM", shadow_diff_alarm="ALARM"),
        timeline=[
            event(
                START, EventKind.KILL_SWITCH, "kill-switch", "DEPLOYMENT_COMPLETED", "kill switch not set", percent=0
            ),
            flag(START, 0, 2),
            *(
                event(START, EventKind.ALARM, name, "OK", f"{name} is OK")
                for name in (NAMES.canary_error_rate_alarm, NAMES.shadow_diff_alarm)
            ),
            event(
                SHADOW_ENDS - timedelta(minutes=1),
                EventKind.JOURNAL,
                "override",
                "",
                f"override by {OPERATOR}: verdict",
                facts={
                    "operator": OPERATOR,
                    "to": "1 % by request, shadow 100 %",
                    "gates": [{"gate": "verdict", "closed": "HOLD. shadow diffs: 3 of 4,500 comparisons differ"}],
                    "reason": reason,
                },
            ),
            flag(SHADOW_ENDS, 1, 3),
            event(
                SHADOW_ENDS + timedelta(minutes=14),
                EventKind.ALARM,
                NAMES.shadow_diff_alarm,
                "ALARM",
                f"{NAMES.shadow_diff_alarm}: OK to ALARM",
            ),
            event(
                alarm_at,
                EventKind.ALARM,
                NAMES.canary_error_rate_alarm,
                "ALARM",
                f"{NAMES.canary_error_rate_alarm}: OK to ALARM",
            ),
            event(
                alarm_at + timedelta(seconds=40),
                EventKind.KILL_SWITCH,
                "kill-switch",
                "DEPLOYMENT_COMPLETED",
                "kill switch set by the guardian",
                percent=100,
            ),
        ],
        diff_fields=[
            DiffField(path=field, kind="changed", reads=_sum(minute.mismatching for minute in minutes[60:])),
            DiffField(path="preferences.locale", kind="missing", reads=4),
        ],
        failures=[
            FailureCode(
                event="CANARY-ERROR", code="timeout", count=_sum(minute.prisma.failures for minute in minutes) - 9
            ),
            FailureCode(event="CANARY-ERROR", code="db-error", count=9),
        ],
    )


def empty() -> Bundle:
    """Nothing was read, and no alarm is there."""
    return replace(bundle(alarm_states=()), sources=(), ramp_hold_minutes={})


def _minute(draw: Random, at: datetime, failing: float, differing: float, canary_ms: float) -> Minute:
    reads = draw.randint(300, 360)
    on_prisma = 0
    if at >= SHADOW_ENDS:
        on_prisma = sum(draw.random() < 0.02 for _ in range(reads))
    failures = sum(draw.random() < failing / 100 for _ in range(on_prisma))
    sampled = reads // 4
    mismatching = sum(draw.random() < differing / 100 for _ in range(sampled))
    return Minute(
        at=at,
        mock=PathMinute(reads=reads - on_prisma, latencies=spread(draw, 1.9, reads - on_prisma)),
        prisma=PathMinute(reads=on_prisma, failures=failures, latencies=spread(draw, canary_ms, on_prisma - failures)),
        sampled=sampled,
        compared=sampled,
        mismatching=mismatching,
        differences={"subscription.renewsAt": mismatching} if mismatching else {},
    )


def _draw(seed: int) -> Random:
    """Chance that is the same each time."""
    return Random(seed)  # noqa: S311 - no secret


def _merged(distributions: Iterator[LatencyDistribution]) -> LatencyDistribution:
    return sum(distributions, LatencyDistribution())


def _sum(counts: Iterator[int]) -> int:
    return sum(counts)
