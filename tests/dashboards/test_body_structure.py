"""What judges the dashboard's body is itself judged: each defect must be found, and only it."""

import copy
from typing import Any

import pytest

from tests.dashboards.body_structure import overlapping, violations

# The page's own first example, with an alarm's and a query's widget from further down.
DOCUMENTED: dict[str, Any] = {
    "start": "-PT6H",
    "periodOverride": "inherit",
    "widgets": [
        {
            "type": "metric", "x": 0, "y": 0, "width": 12, "height": 6,
            "properties": {
                "metrics": [["AWS/EC2", "CPUUtilization", "InstanceId", "i-012345"]],
                "period": 300, "stat": "Average", "region": "us-east-1", "title": "EC2 Instance CPU",
                "liveData": False, "legend": {"position": "right"},
                "yAxis": {"left": {"min": 0}},
                "annotations": {"horizontal": [{"label": "limit", "value": 20, "color": "#9467bd"}]},
            },
        },
        {
            "type": "text", "x": 0, "y": 7, "width": 3, "height": 3,
            "properties": {"markdown": "Hello world"},
        },
        {
            "type": "alarm", "x": 12, "y": 0, "width": 12, "height": 6,
            "properties": {"alarms": ["arn:aws:cloudwatch:us-east-1:012345678901:alarm:CPU"], "title": "CPU"},
        },
        {
            "type": "log", "x": 12, "y": 24, "width": 12, "height": 6,
            "properties": {
                "region": "us-east-1",
                "query": "SOURCE 'service_log1' | SOURCE 'service_log2' | filter Fault > 0\n| stats count(*)",
                "view": "table",
            },
        },
    ],
}  # fmt: skip


def changed(path: str, value: Any) -> dict[str, Any]:
    body = copy.deepcopy(DOCUMENTED)
    *parents, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    target: Any = body
    for parent in parents:
        target = target[parent]
    target[last] = value
    return body


def test_the_documented_examples_are_right() -> None:
    assert violations(DOCUMENTED) == []
    assert overlapping(DOCUMENTED) == set()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("start", "3 hours ago"),
        ("periodOverride", "always"),
        ("refresh", 60),
        ("widgets/0/x", 24),
        ("widgets/0/width", 25),
        ("widgets/0/height", 0),
        ("widgets/0/type", "chart"),
        ("widgets/0/properties/period", 90),
        ("widgets/0/properties/stat", "Median"),
        ("widgets/0/properties/yAxis", {"left": {"minimum": 0}}),
        ("widgets/0/properties/annotations/horizontal/0/value", "20"),
        ("widgets/0/properties/annotations/horizontal/0/color", "red"),
        ("widgets/0/properties/metrics/0", ["AWS/EC2"]),
        ("widgets/0/properties/metrics/0", ["AWS/EC2", "CPUUtilization", "InstanceId"]),
        ("widgets/0/properties/metrics/0", ["AWS/EC2", "CPUUtilization", {"expression": "a + b"}]),
        ("widgets/0/properties/metrics/0", [{"expression": "a", "id": "Upper"}]),
        ("widgets/0/properties/metrics", [[{"expression": "1", "id": "a"}], [{"expression": "2", "id": "a"}]]),
        ("widgets/1/properties", {}),
        ("widgets/2/properties/alarms", []),
        ("widgets/2/properties/sortBy", "name"),
        ("widgets/3/properties/query", "filter Fault > 0"),
    ],
)
def test_a_defect_is_found_where_it_is(path: str, value: Any) -> None:
    (found,) = violations(changed(path, value))
    place = "/".join(path.split("/")[:2]) if path.startswith("widgets/") else f"body/{path}"
    assert found.startswith(place)


@pytest.mark.parametrize("x", [11, 13])
def test_widgets_on_one_another_or_beyond_the_grid_are_found(x: int) -> None:
    assert overlapping(changed("widgets/2/x", x))
