"""CloudWatch's own images of the dashboard's graphs, to stand beside what the report draws from the logs.

They come from metrics, which take another way than the log lines that decide: where both show the same, neither lies.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

# A dashboard's widget may have further properties, which this API does not know.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Metric-Widget-Structure.html
_PROPERTIES: Final = frozenset(
    {"annotations", "legend", "metrics", "period", "region", "stacked", "stat", "title", "view", "yAxis"}
)
_GRAPH: Final = "timeSeries"
_WIDTH_PX: Final = 720
_HEIGHT_PX: Final = 300
# The dashboard's first screen, and at most a second's worth of calls: the API takes 20.
_MOST_IMAGES: Final = 8
_ISO: Final = "%Y-%m-%dT%H:%M:%S.000Z"


@dataclass(frozen=True, kw_only=True)
class WidgetImage:
    """`uri` is a PNG as a data URI."""

    title: str
    uri: str


@dataclass(frozen=True, kw_only=True)
class WidgetImages:
    """`note` says what they are, or why there are none."""

    note: str
    images: Sequence[WidgetImage] = ()


class Graphs(Protocol):
    """What CloudWatch shows. `AccountGraphs` is the real one; all raise botocore's ClientError."""

    def dashboard(self) -> str:
        """The dashboard's body, JSON."""

    def image(self, metric_widget: str) -> bytes:
        """A PNG of a widget, which is given as JSON."""


class AccountGraphs:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricWidgetImage.html"""

    def __init__(self, client: "CloudWatchClient", dashboard_name: str) -> None:
        self._client = client
        self._dashboard_name = dashboard_name

    def dashboard(self) -> str:
        return self._client.get_dashboard(DashboardName=self._dashboard_name)["DashboardBody"]

    def image(self, metric_widget: str) -> bytes:
        return self._client.get_metric_widget_image(MetricWidget=metric_widget)["MetricWidgetImage"]


NOT_ASKED: Final = WidgetImages(
    note="Left out: this page was rendered from a bundle alone, without asking CloudWatch for anything."
)


def widget_images(graphs: Graphs, since: datetime, until: datetime) -> WidgetImages:
    """Images of the dashboard's first graphs. Without them the report is complete, so a refusal is only noted."""
    try:
        widgets = [
            metric_widget(widget["properties"], since, until)
            for widget in json.loads(graphs.dashboard())["widgets"]
            if widget["type"] == "metric" and widget["properties"].get("view", _GRAPH) == _GRAPH
        ]
        images = [
            WidgetImage(title=widget.get("title", "untitled"), uri=_uri(graphs.image(json.dumps(widget))))
            for widget in widgets[:_MOST_IMAGES]
        ]
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "no code")
        return WidgetImages(note=f"Left out: {error.operation_name} was refused ({code}).")
    return WidgetImages(
        note=(
            "CloudWatch drew these at the time of the report, from metrics and not from the log lines that decide. "
            "This part was tested against the shape of GetMetricWidgetImage only, never against the service itself."
        ),
        images=images,
    )


def metric_widget(properties: dict[str, Any], since: datetime, until: datetime) -> dict[str, Any]:
    """A dashboard's widget as the API takes it, for a time of its own."""
    return {
        **{name: value for name, value in properties.items() if name in _PROPERTIES},
        "start": since.astimezone(UTC).strftime(_ISO),
        "end": until.astimezone(UTC).strftime(_ISO),
        "width": _WIDTH_PX,
        "height": _HEIGHT_PX,
    }


def _uri(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
