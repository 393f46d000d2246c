"""CloudWatch's own images: against the API's shape, as botocore knows it, and against a CloudWatch that has none."""

import base64
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from playbook.report_images import AccountGraphs, metric_widget, widget_images
from tests.playbook.bundles import END, START
from tests.sandbox_process import RunningSandbox

_PNG: Final = b"\x89PNG\r\n\x1a\n and so on"


def _graph(title: str, **properties: Any) -> dict[str, Any]:
    metrics = [["AWS/Lambda", "Invocations"]]
    return {"type": "metric", "properties": {"title": title, "view": "timeSeries", "metrics": metrics, **properties}}


class _Graphs:
    """A dashboard with these widgets, of which each has an image until the service refuses."""

    def __init__(self, widgets: Sequence[Mapping[str, Any]], *, refusal: str | None = None) -> None:
        self._widgets = widgets
        self._refusal = refusal
        self.asked_for: list[dict[str, Any]] = []

    def dashboard(self) -> str:
        return json.dumps({"widgets": self._widgets})

    def image(self, metric_widget: str) -> bytes:
        if self._refusal:
            raise ClientError({"Error": {"Code": self._refusal}}, "GetMetricWidgetImage")
        self.asked_for.append(json.loads(metric_widget))
        return _PNG


def test_each_graph_of_the_dashboard_becomes_an_image_within_the_page() -> None:
    graphs = _Graphs(
        [{"type": "text", "properties": {}}, _graph("p95"), _graph("Now", view="singleValue"), _graph("Errors")]
    )

    found = widget_images(graphs, START, END)

    assert [image.title for image in found.images] == ["p95", "Errors"]
    assert {image.uri for image in found.images} == {f"data:image/png;base64,{base64.b64encode(_PNG).decode()}"}


def test_the_note_says_against_what_this_was_tested() -> None:
    assert (
        "tested against the shape of GetMetricWidgetImage only"
        in widget_images(_Graphs([_graph("p95")]), START, END).note
    )


def test_an_image_shows_the_time_of_the_report_and_only_what_the_api_knows() -> None:
    graphs = _Graphs([_graph("p95", sparkline=True, yAxis={"left": {"min": 0}})])

    widget_images(graphs, START, END)

    (widget,) = graphs.asked_for
    assert widget == {
        "title": "p95",
        "view": "timeSeries",
        "metrics": [["AWS/Lambda", "Invocations"]],
        "yAxis": {"left": {"min": 0}},
        "start": "2026-11-24T09:00:00.000Z",
        "end": "2026-11-24T11:00:00.000Z",
        "width": 720,
        "height": 300,
    }


def test_no_more_images_are_asked_for_than_a_second_allows() -> None:
    graphs = _Graphs([_graph(str(number)) for number in range(50)])

    assert len(widget_images(graphs, START, END).images) == 8
    assert len(graphs.asked_for) == 8


@pytest.mark.parametrize("code", ["AccessDenied", "Throttling", "InvalidAction"])
def test_a_refusal_leaves_the_images_out_and_says_why(code: str) -> None:
    found = widget_images(_Graphs([_graph("p95")], refusal=code), START, END)

    assert found.images == ()
    assert found.note == f"Left out: GetMetricWidgetImage was refused ({code})."


def test_the_calls_have_the_apis_shape() -> None:
    client = boto3.client("cloudwatch", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    body = json.dumps({"widgets": [_graph("p95")]})
    wanted = json.dumps(metric_widget(_graph("p95")["properties"], START, END))
    with Stubber(client) as stubber:
        stubber.add_response(
            "get_dashboard", {"DashboardBody": body, "DashboardName": "d", "DashboardArn": "a"}, {"DashboardName": "d"}
        )
        stubber.add_response("get_metric_widget_image", {"MetricWidgetImage": _PNG}, {"MetricWidget": ANY})
        graphs = AccountGraphs(client, "d")

        assert graphs.dashboard() == body
        assert graphs.image(wanted) == _PNG


def test_the_embedded_aws_has_no_images_and_the_report_says_so(sandbox: RunningSandbox) -> None:
    client, name = sandbox.client("cloudwatch"), f"dashboard-{uuid.uuid4().hex}"
    client.put_dashboard(DashboardName=name, DashboardBody=json.dumps({"widgets": [_graph("p95")]}))

    found = widget_images(AccountGraphs(client, name), START, END)

    assert found.images == ()
    assert found.note == "Left out: GetMetricWidgetImage was refused (InvalidAction)."
