"""Each rollback alarm, as its template has it, fires where it should, stays quiet where it should, and says where it is
blind.

The table of all cases is in docs/ALARMS.md; here are the claims that the design rests on.
"""

import itertools
from dataclasses import dataclass

import pytest

from sandbox.alarm_definition import MetricStat, read_alarm
from sandbox.alarm_evaluation import AlarmState, evaluation_range, judge
from sandbox.metric_math import Series, Timeline
from shared.names import ResourceNames
from stacks.environments import ENVIRONMENTS
from tests.stacks import alarm_proof
from tests.stacks.alarm_proof import STEPS_PERCENT, TRAFFIC, minutes_to_alarm, state_at
from tests.stacks.conftest import Synthesis
from tests.stacks.failing_traffic import BEGIN, METRIC_DELAY_SECONDS, Steady

NAMES = ResourceNames("beta")
OF_THE_CANDIDATE = (
    NAMES.canary_error_rate_alarm,
    NAMES.new_version_error_rate_alarm,
    NAMES.prisma_new_version_error_rate_alarm,
)
# Detection leaves this of the seven minutes to safety for notification, guardian and poll.
DETECTION_MINUTES = 6


@pytest.fixture(params=ENVIRONMENTS)
def stage(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_rollback_alarm_is_in_the_templates(stage: str, synthesis: Synthesis) -> None:
    assert set(alarm_proof.alarms_of(stage, synthesis)) == set(NAMES.rollback_alarms)


@pytest.mark.parametrize("name", OF_THE_CANDIDATE)
def test_a_candidate_that_always_fails_is_seen_in_time_at_ten_reads_a_second(
    stage: str, name: str, synthesis: Synthesis
) -> None:
    alarm = alarm_proof.alarms_of(stage, synthesis)[name]
    for step in STEPS_PERCENT:
        traffic = Steady(reads_per_second=10, share=step / 100, failing=1)
        third = traffic.third_failure_at()
        minutes = minutes_to_alarm(alarm, traffic)

        assert minutes is not None, step
        assert third is not None, step
        assert BEGIN + 60 * minutes - third <= 60 * DETECTION_MINUTES, step


@pytest.mark.parametrize("name", OF_THE_CANDIDATE)
def test_five_percent_of_failures_are_seen_from_the_second_step_on(stage: str, name: str, synthesis: Synthesis) -> None:
    alarm = alarm_proof.alarms_of(stage, synthesis)[name]
    for step in STEPS_PERCENT[1:]:
        minutes = minutes_to_alarm(alarm, Steady(reads_per_second=10, share=step / 100, failing=0.05))

        assert minutes is not None, step
        assert minutes <= 10, step


@pytest.mark.parametrize("name", NAMES.rollback_alarms)
def test_neither_health_nor_failures_within_the_limit_fire(stage: str, name: str, synthesis: Synthesis) -> None:
    alarm = alarm_proof.alarms_of(stage, synthesis)[name]
    for step, reads_per_second, failing in itertools.product(STEPS_PERCENT, TRAFFIC.values(), (0.0, 0.015)):
        steady = Steady(reads_per_second=reads_per_second, share=step / 100, failing=failing)

        assert minutes_to_alarm(alarm, steady) is None, steady
        assert minutes_to_alarm(alarm, steady, unhandled=True) is None, steady


@pytest.mark.parametrize("name", NAMES.rollback_alarms)
def test_an_idle_hour_is_health_and_never_insufficient_data(stage: str, name: str, synthesis: Synthesis) -> None:
    alarm = alarm_proof.alarms_of(stage, synthesis)[name]
    idle = Steady(reads_per_second=0, share=0, failing=0)

    assert {state_at(alarm, idle, minute) for minute in range(60)} == {AlarmState.OK}


@pytest.mark.parametrize("name", NAMES.rollback_alarms)
def test_a_single_failing_read_among_few_fires_nothing(stage: str, name: str, synthesis: Synthesis) -> None:
    alarm = alarm_proof.alarms_of(stage, synthesis)[name]
    few = Steady(reads_per_second=1 / 60, share=1, failing=0, single=True)

    assert minutes_to_alarm(alarm, few) is None
    assert minutes_to_alarm(alarm, few, unhandled=True) is None


def test_the_playbooks_alarm_is_blind_to_a_canary_of_one_percent_and_to_handled_failures(
    stage: str, synthesis: Synthesis
) -> None:
    alarm = alarm_proof.alarms_of(stage, synthesis)[NAMES.error_rate_alarm]

    def fires(step: int, *, unhandled: bool) -> bool:
        steady = Steady(reads_per_second=10, share=step / 100, failing=1)
        return minutes_to_alarm(alarm, steady, unhandled=unhandled) is not None

    assert not fires(1, unhandled=True)
    assert fires(5, unhandled=True)
    assert not fires(100, unhandled=False)


def test_failures_that_leave_the_handler_of_a_new_version_are_seen_at_one_percent(
    stage: str, synthesis: Synthesis
) -> None:
    alarm = alarm_proof.alarms_of(stage, synthesis)[NAMES.new_version_error_rate_alarm]

    minutes = minutes_to_alarm(alarm, Steady(reads_per_second=10, share=0.01, failing=1), unhandled=True)

    assert minutes is not None
    assert minutes <= DETECTION_MINUTES + 1


@dataclass(frozen=True)
class OneFailure:
    """The guardian failed once, in the second of `BEGIN`, and CloudWatch has known it since `METRIC_DELAY_SECONDS`."""

    now: float

    def series(self, stat: MetricStat, timeline: Timeline) -> Series:
        is_known = self.now >= BEGIN + METRIC_DELAY_SECONDS
        return {BEGIN: 1} if stat.metric_name == "Errors" and is_known and BEGIN in timeline.timestamps else {}

    def unit(self, _stat: MetricStat) -> str:
        return "Count"


def test_a_failure_of_the_guardian_is_seen_though_it_arrives_late(stage: str, synthesis: Synthesis) -> None:
    alarm = read_alarm(alarm_proof.literal(synthesis.alarm(stage, ENVIRONMENTS[stage].names.guardian_failed_alarm)))

    def state(minute: int) -> AlarmState:
        now = BEGIN + 60 * minute
        timeline = evaluation_range(alarm.rule, now)
        verdict = judge(alarm.rule, alarm.series(OneFailure(now), timeline), timeline, now)
        assert verdict is not None
        return verdict.state

    assert state(1) is AlarmState.OK
    assert state(2) is AlarmState.ALARM
    assert state(10) is AlarmState.OK


def test_the_docs_table_is_what_the_templates_do(stage: str, synthesis: Synthesis) -> None:
    document = alarm_proof.DOCUMENT.read_text(encoding="utf-8")

    assert alarm_proof.written(document, alarm_proof.table(alarm_proof.results(stage, synthesis))) == document
