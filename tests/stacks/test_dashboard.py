import json
from typing import Any

import pytest

from stacks.environments import ENVIRONMENTS
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
        widget["properties"]["annotations"]["horizontal"][0]["label"].split(":")[0]: widget["properties"]
        for widget in _body(stage, synthesis)["widgets"]
        if "annotations" in widget["properties"]
    }


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
    names = ENVIRONMENTS[stage].names

    assert set(limits) == {*names.rollback_alarms, *names.investigate_alarms}
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
def test_widgets_stand_beside_each_other_and_inside_the_grid(stage: str, synthesis: Synthesis) -> None:
    """The grid is 24 wide: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"""
    taken: set[tuple[int, int]] = set()
    for widget in _body(stage, synthesis)["widgets"]:
        cells = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert max(x for x, _ in cells) < 24
        assert not cells & taken
        taken |= cells


@STAGES
def test_the_alarms_are_on_the_first_row(stage: str, synthesis: Synthesis) -> None:
    (first,) = [w for w in _body(stage, synthesis)["widgets"] if w["y"] == 0]

    assert first["type"] == "alarm"
    assert len(first["properties"]["alarms"]) == len(synthesis.resources(stage, "AWS::CloudWatch::Alarm"))
