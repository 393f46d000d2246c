"""The playbook's alarm, read from the synthesised template and evaluated over traffic."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.alarm_definition import AlarmDefinition, MetricStat, read_alarm
from sandbox.alarm_evaluation import AlarmState, evaluation_range, judge
from sandbox.metric_math import Series, Timeline
from stacks.environments import ENVIRONMENTS
from tests.stacks.conftest import Synthesis

NOW = 1_800_000_000


@dataclass(frozen=True)
class LastWindow:
    """Sums of the last five minutes; None is a metric without a data point. Nothing happened before."""

    errors: float | None
    invocations: float | None

    def series(self, stat: MetricStat, timeline: Timeline) -> Series:
        assert stat.namespace == "AWS/Lambda"
        assert stat.statistic == "Sum"
        value = {"Errors": self.errors, "Invocations": self.invocations}[stat.metric_name]
        return {} if value is None else {timeline.timestamps[-1]: value}

    def unit(self, _stat: MetricStat) -> str:
        return "Count"


def _alarm(stage: str, synthesis: Synthesis) -> AlarmDefinition:
    return read_alarm(synthesis.only(stage, "AWS::CloudWatch::Alarm"))


def _state(alarm: AlarmDefinition, window: LastWindow) -> AlarmState:
    timeline = evaluation_range(alarm.rule, NOW)
    verdict = judge(alarm.rule, alarm.series(window, timeline), timeline, NOW)
    assert verdict is not None
    return verdict.state


@pytest.mark.parametrize("stage", ENVIRONMENTS)
@pytest.mark.parametrize(
    ("errors", "invocations", "state"),
    [
        pytest.param(None, None, AlarmState.OK, id="an idle function"),
        pytest.param(0, 1000, AlarmState.OK, id="healthy traffic"),
        pytest.param(None, 1000, AlarmState.OK, id="healthy traffic whose errors were never reported"),
        pytest.param(1, 10, AlarmState.OK, id="a single error among few reads"),
        pytest.param(2, 2, AlarmState.OK, id="two errors and nothing else"),
        pytest.param(3, 3, AlarmState.ALARM, id="three errors and nothing else"),
        pytest.param(20, 1000, AlarmState.OK, id="exactly two percent"),
        pytest.param(21, 1000, AlarmState.ALARM, id="just above two percent"),
        pytest.param(3, None, AlarmState.ALARM, id="errors whose invocations are late"),
    ],
)
def test_the_alarm_asks_for_more_than_two_percent_and_at_least_three_errors(
    stage: str, errors: float | None, invocations: float | None, state: AlarmState, synthesis: Synthesis
) -> None:
    assert _state(_alarm(stage, synthesis), LastWindow(errors, invocations)) == state


def test_it_fires_exactly_when_the_playbooks_formula_does_over_three_errors(synthesis: Synthesis) -> None:
    alarm = _alarm("beta", synthesis)

    @given(st.integers(0, 500), st.integers(0, 5000))
    def fires(errors: int, successes: int) -> None:
        invocations = errors + successes
        above = errors >= 3 and errors / max(invocations, 1) * 100 > 2

        assert (_state(alarm, LastWindow(errors, invocations)) == AlarmState.ALARM) == above

    fires()


@pytest.mark.parametrize("stage", ENVIRONMENTS)
def test_it_looks_at_five_minutes_and_takes_silence_for_health(stage: str, synthesis: Synthesis) -> None:
    alarm = synthesis.only(stage, "AWS::CloudWatch::Alarm")

    assert {query["MetricStat"]["Period"] for query in alarm["Metrics"] if "MetricStat" in query} == {300}
    assert (alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"]) == (1, 1)
    assert alarm["TreatMissingData"] == "notBreaching"
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    assert alarm["Threshold"] == 2
