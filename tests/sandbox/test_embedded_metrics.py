"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html"""

import json
from typing import Any

import pytest
from botocore.session import get_session
from hypothesis import given
from hypothesis import strategies as st

from sandbox import embedded_metrics
from sandbox.embedded_metrics import metrics_in
from sandbox.metric_store import Measurement

DOCUMENT: dict[str, Any] = {
    "_aws": {
        "Timestamp": 1_574_109_732_004,
        "CloudWatchMetrics": [
            {
                "Namespace": "shop",
                "Dimensions": [["version"], ["version", "path"]],
                "Metrics": [{"Name": "time", "Unit": "Milliseconds", "StorageResolution": 60}, {"Name": "reads"}],
            }
        ],
    },
    "version": "7",
    "path": "new",
    "time": 100.5,
    "reads": [1, 2.5, 3],
    "requestId": "989ffbf8",
}
BY_VERSION = (("version", "7"),)
BY_BOTH = (("path", "new"), ("version", "7"))


def changed(*path: Any, to: Any) -> str:
    document = json.loads(json.dumps(DOCUMENT))
    part = document
    for step in path[:-1]:
        part = part[step]
    if to is ...:
        del part[path[-1]]
    else:
        part[path[-1]] = to
    return json.dumps(document)


DIRECTIVE = ("_aws", "CloudWatchMetrics", 0)


def test_every_metric_counts_in_every_dimension_set_at_the_time_of_the_document() -> None:
    at = 1_574_109_732.004
    assert metrics_in(json.dumps(DOCUMENT)) == [
        Measurement("shop", "time", BY_VERSION, (100.5,), "Milliseconds", at),
        Measurement("shop", "time", BY_BOTH, (100.5,), "Milliseconds", at),
        Measurement("shop", "reads", BY_VERSION, (1.0, 2.5, 3.0), "None", at),
        Measurement("shop", "reads", BY_BOTH, (1.0, 2.5, 3.0), "None", at),
    ]


def test_a_document_may_have_several_directives_and_a_set_no_dimension() -> None:
    other = {"Namespace": "all", "Dimensions": [[]], "Metrics": [{"Name": "time"}]}
    both = [DOCUMENT["_aws"]["CloudWatchMetrics"][0], other]
    assert metrics_in(changed("_aws", "CloudWatchMetrics", to=both))[-1][:3] == ("all", "time", ())


@pytest.mark.parametrize(
    "message",
    [
        changed(*DIRECTIVE, "Metrics", to=[]),
        changed("_aws", "CloudWatchMetrics", to=[]),
    ],
    ids=["no metrics", "no directives"],
)
def test_a_document_without_metrics_has_none(message: str) -> None:
    assert metrics_in(message) == []


@pytest.mark.parametrize(
    "message",
    [
        changed(*DIRECTIVE, "Other", to=1),
        changed("_aws", "Other", to=1),
        changed("other", to={"any": ["thing"]}),
        changed("time", to=2**53),
        changed("reads", to=list(range(100))),
        changed("path", to="x" * 1024),
        changed(*DIRECTIVE, "Metrics", 0, "StorageResolution", to=1),
    ],
    ids=["member", "metadata", "root", "large", "100 values", "long value", "high resolution"],
)
def test_what_the_format_allows_or_does_not_know_does_no_harm(message: str) -> None:
    assert len(metrics_in(message)) == 4


@pytest.mark.parametrize(
    "message",
    [
        "",
        "START RequestId: 1",
        '"_aws"',
        '{"_aws": 1}',
        "prefix " + json.dumps(DOCUMENT),
        json.dumps(DOCUMENT) + "}",
        json.dumps([DOCUMENT]),
        changed("_aws", "Timestamp", to=...),
        changed("_aws", "Timestamp", to="2026-01-01"),
        changed("_aws", "Timestamp", to=-1),
        changed("_aws", "CloudWatchMetrics", to=...),
        changed("_aws", "CloudWatchMetrics", to={}),
        changed(*DIRECTIVE, to=[]),
        changed(*DIRECTIVE, "Namespace", to=...),
        changed(*DIRECTIVE, "Namespace", to=""),
        changed(*DIRECTIVE, "Dimensions", to=...),
        changed(*DIRECTIVE, "Dimensions", to=[]),
        changed(*DIRECTIVE, "Dimensions", to=["version"]),
        changed(*DIRECTIVE, "Dimensions", to=[[1]]),
        changed(*DIRECTIVE, "Dimensions", to=[["missing"]]),
        changed(*DIRECTIVE, "Dimensions", to=[["time"]]),
        changed(*DIRECTIVE, "Dimensions", to=[["version"] * 31]),
        changed(*DIRECTIVE, "Metrics", to=...),
        changed(*DIRECTIVE, "Metrics", to={}),
        changed(*DIRECTIVE, "Metrics", to=[{"Name": "time"}] * 101),
        changed(*DIRECTIVE, "Metrics", 0, "Name", to=...),
        changed(*DIRECTIVE, "Metrics", 0, "Name", to="missing"),
        changed(*DIRECTIVE, "Metrics", 0, "Unit", to="milliseconds"),
        changed(*DIRECTIVE, "Metrics", 0, "Unit", to=[]),
        changed(*DIRECTIVE, "Metrics", 0, "StorageResolution", to=5),
        changed("path", to=7),
        changed("path", to=""),
        changed("path", to="x" * 1025),
        changed("time", to="100"),
        changed("time", to=True),
        changed("time", to=None),
        changed("time", to=float("nan")),
        changed("time", to=float("inf")),
        changed("time", to=2**361),
        changed("reads", to=list(range(101))),
        changed("reads", to=[1, "2"]),
        changed("requestId", to="x" * 1024 * 1024),
    ],
)
def test_a_document_with_any_fault_has_no_metrics(message: str) -> None:
    assert metrics_in(message) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(
    path=st.sampled_from([("_aws",), ("_aws", "CloudWatchMetrics"), DIRECTIVE, (*DIRECTIVE, "Metrics"), ("time",)]),
    to=JSON,
)
def test_no_document_whatever_raises_anything(path: tuple[Any, ...], to: Any) -> None:
    metrics_in(changed(*path, to=to))


def test_the_units_are_cloudwatchs() -> None:
    units = get_session().get_service_model("cloudwatch").shape_for("StandardUnit").metadata["enum"]
    assert set(units) == embedded_metrics._UNITS
