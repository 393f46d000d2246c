"""After how many minutes each rollback alarm fires, by evaluating its own definition in the synthesised template.

The evaluator is the sandbox's, which tests of its own check against AWS's pages. `python -m tests.stacks.alarm_proof`
writes the table into docs/ALARMS.md; a test says when that is out of date.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.alarm_definition import AlarmDefinition, read_alarm
from sandbox.alarm_evaluation import AlarmState, evaluation_range, judge
from shared.names import ResourceNames
from stacks.environments import ENVIRONMENTS
from tests.docs.markdown import made_between
from tests.docs.markdown import table as markdown_table
from tests.stacks.conftest import REPOSITORY, Synthesis, synthesise
from tests.stacks.failing_traffic import BEGIN, Seen, Steady

DOCUMENT: Final = REPOSITORY / "docs" / "ALARMS.md"
BEGIN_MARK: Final = "<!-- The table is made by: python -m tests.stacks.alarm_proof -->"
END_MARK: Final = "<!-- end of the table -->"

STEPS_PERCENT: Final = (1, 5, 25, 50, 100)
# Fifty users who each read once a minute, and ten reads a second.
TRAFFIC: Final[Mapping[str, float]] = {"50 users": 50 / 60, "10 reads/s": 10.0}
FAILING_PERCENT: Final = (100.0, 5.0, 1.5)
HALF_AN_HOUR_MINUTES: Final = 30


@dataclass(frozen=True)
class Case:
    """One line of the table: an alarm at a step of the ramp, at some traffic, while the candidate fails so much."""

    alarm: str
    traffic: str
    step_percent: int
    failing_percent: float

    def steady(self) -> Steady:
        return Steady(
            reads_per_second=TRAFFIC[self.traffic],
            share=self.step_percent / 100,
            failing=self.failing_percent / 100,
        )


def alarms_of(stage: str, synthesis: Synthesis) -> dict[str, AlarmDefinition]:
    """The rollback alarms of a stage by their names in beta, from its templates."""
    names, of_beta = ENVIRONMENTS[stage].names, ResourceNames("beta")
    plain = dict(zip(names.rollback_alarms, of_beta.rollback_alarms, strict=True))
    resources = synthesis.resources(stage, "AWS::CloudWatch::Alarm").values()
    return {
        plain[resource["Properties"]["AlarmName"]]: read_alarm(literal(resource["Properties"]))
        for resource in resources
        if resource["Properties"]["AlarmName"] in plain
    }


def literal(value: Any) -> Any:
    """A template's value with text where CloudFormation would put it."""
    if isinstance(value, dict):
        if value.keys() & {"Ref", "Fn::GetAtt", "Fn::ImportValue", "Fn::Join"}:
            return "resolved"
        return {key: literal(member) for key, member in value.items()}
    if isinstance(value, list):
        return [literal(member) for member in value]
    return value


def minutes_to_alarm(alarm: AlarmDefinition, traffic: Steady, *, unhandled: bool = False) -> int | None:
    """Minutes from `BEGIN` to the evaluation that finds ALARM; None where none of the first half hour does."""
    for minute in range(HALF_AN_HOUR_MINUTES + 1):
        if state_at(alarm, traffic, minute, unhandled=unhandled) is AlarmState.ALARM:
            return minute
    return None


def state_at(alarm: AlarmDefinition, traffic: Steady, minute: int, *, unhandled: bool = False) -> AlarmState:
    now = BEGIN + 60 * minute
    timeline = evaluation_range(alarm.rule, now)
    seen = Seen(traffic=traffic, now=now, unhandled=unhandled)
    verdict = judge(alarm.rule, alarm.series(seen, timeline), timeline, now)
    assert verdict is not None
    return verdict.state


def cases() -> Iterator[Case]:
    for alarm in ResourceNames("beta").rollback_alarms:
        for traffic in TRAFFIC:
            for step in STEPS_PERCENT:
                for failing in FAILING_PERCENT:
                    yield Case(alarm, traffic, step, failing)


def results(stage: str, synthesis: Synthesis) -> dict[Case, int | None]:
    """Minutes to ALARM by case. Failures of the playbook's own alarm are those that leave the handler."""
    alarms = alarms_of(stage, synthesis)
    return {
        case: minutes_to_alarm(
            alarms[case.alarm], case.steady(), unhandled=case.alarm == ResourceNames("beta").error_rate_alarm
        )
        for case in cases()
    }


def table(found: Mapping[Case, int | None]) -> str:
    """The results in Markdown: a line for each alarm, traffic and share of failures, a column for each step."""
    return markdown_table(
        ["alarm", "traffic", "fails", *(f"at {step} %" for step in STEPS_PERCENT)],
        [
            [
                f"`{alarm}`",
                traffic,
                f"{failing:g} %",
                *(_cell(found[Case(alarm, traffic, step, failing)]) for step in STEPS_PERCENT),
            ]
            for alarm in ResourceNames("beta").rollback_alarms
            for traffic in TRAFFIC
            for failing in FAILING_PERCENT
        ],
    )


def _cell(minutes: int | None) -> str:
    return "gate decides" if minutes is None else f"{minutes} min"


def written(document: str, new_table: str) -> str:
    """The document with the table between its marks replaced."""
    return made_between(BEGIN_MARK, new_table, END_MARK, document)


def main() -> None:
    synthesis = synthesise(ENVIRONMENTS)
    document = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(written(document, table(results("beta", synthesis))), encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT.relative_to(REPOSITORY)} is up to date\n")


if __name__ == "__main__":
    main()
