import json
from typing import Any

import pytest

from stacks.environments import ENVIRONMENTS
from tests.dashboards.body_structure import overlapping, violations
from tests.stacks.conftest import Synthesis

STAGES = pytest.mark.parametrize("stage", ENVIRONMENTS)


def _joined(value: Any) -> str:
    match value:
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(_joined(part) for part in parts)
        case str():
            return value
        case _:
            return "token"


def _body(stage: str, synthesis: Synthesis) -> dict[str, Any]:
    return dict(json.loads(_joined(synthesis.only(stage, "AWS::CloudWatch::Dashboard")["DashboardBody"])))


def _limits(stage: str, synthesis: Synthesis) -> dict[str, dict[str, Any]]:
    """The widgets that draw an alarm's limit, by the alarm's name."""
    return {
        name: widget["properties"]
        for widget in _body(stage, synthesis)["widgets"]
        for line in widget["properties"].get("annotations", {}).get("horizontal", ())
        if (name := line["label"].split(":")[0]) in _alarm_names(stage)
    }


def _alarm_names(stage: str) -> set[str]:
    names = ENVIRONMENTS[stage].names
    return {*names.rollback_alarms, *names.investigate_alarms}


@STAGES
def test_the_error_rate_is_drawn_as_the_playbook_defines_it_with_the_limit_as_a_line(
    stage: str, synthesis: Synthesis
) -> None:
    drawn = _limits(stage, synthesis)[ENVIRONMENTS[stage].names.error_rate_alarm]

    assert drawn["metrics"][0][0]["expression"] == "100 * FILL(failures, 0) / FILL(attempts, 1)"
    assert drawn["annotations"]["horizontal"][0]["value"] == 2


@STAGES
def test_every_alarm_is_drawn_with_its_own_limit_and_from_its_own_series(stage: str, synthesis: Synthesis) -> None:
    limits = _limits(stage, synthesis)

    assert set(limits) == _alarm_names(stage)
    for name, drawn in limits.items():
        alarm = synthesis.alarm(stage, name)
        alarmed = {
            (
                query["Id"],
                query["MetricStat"]["Metric"]["MetricName"],
                query["MetricStat"]["Stat"],
                len(query["MetricStat"]["Metric"]["Dimensions"]),
            )
            for query in alarm["Metrics"]
            if "MetricStat" in query
        }
        lines = {(line[-1]["id"], line[1], line[-1]["stat"], (len(line) - 3) // 2) for line in drawn["metrics"][1:]}

        assert lines == alarmed, name
        assert drawn["annotations"]["horizontal"][0]["value"] == alarm["Threshold"]


@STAGES
def test_cloudwatch_takes_the_body_and_no_widget_stands_on_another(stage: str, synthesis: Synthesis) -> None:
    body = _body(stage, synthesis)

    assert violations(body) == []
    assert overlapping(body) == set()


@STAGES
def test_the_alarms_are_on_the_first_row(stage: str, synthesis: Synthesis) -> None:
    (shown,) = [w for w in _body(stage, synthesis)["widgets"] if w["y"] == 0 and w["type"] == "alarm"]

    assert len(shown["properties"]["alarms"]) == len(synthesis.resources(stage, "AWS::CloudWatch::Alarm"))


@STAGES
def test_the_dials_and_links_are_of_the_stages_own_resources(stage: str, synthesis: Synthesis) -> None:
    """The version and the application's id come from other stacks."""
    names = ENVIRONMENTS[stage].names
    text = json.dumps(_body(stage, synthesis))

    for function in (names.mock_read_function, names.prisma_read_function):
        assert f'"function", "{function}", "version", "token"' in text
    assert "/appconfig/applications/token?" in text
    assert f"/deployment-groups/{names.mock_read_deployment_group}?" in text
