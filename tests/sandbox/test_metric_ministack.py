"""What clients read of metrics, and what MiniStack's inside is."""

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.core import responses
from ministack.services import cloudwatch

from sandbox.metric_ministack import Metrics
from tests.sandbox.alarm_sandbox import CLOCK, NAMESPACE, REGION, Sandbox, running_sandbox

BOTH_PROTOCOLS = pytest.mark.parametrize("protocol", ["json", "query"])


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def sandbox(server: Sandbox) -> Sandbox:
    server.reset()
    return server


def listed(client: Any, **wanted: Any) -> list[tuple[str, dict[str, str]]]:
    return [
        (metric["MetricName"], {each["Name"]: each["Value"] for each in metric["Dimensions"]})
        for metric in client.list_metrics(Namespace=NAMESPACE, **wanted)["Metrics"]
    ]


@BOTH_PROTOCOLS
def test_metrics_are_listed_by_namespace_name_and_dimensions(sandbox: Sandbox, protocol: str) -> None:
    at = CLOCK.now()
    sandbox.put("Errors", 1, at)
    sandbox.put("Errors", 1, at, path="new", version="7")
    sandbox.put("Errors", 1, at, path="old")
    sandbox.put("Requests", 1, at, path="new")
    client = sandbox.cloudwatch_by(protocol)
    of_new = ("Errors", {"path": "new", "version": "7"})
    assert listed(client, MetricName="Errors") == [("Errors", {}), of_new, ("Errors", {"path": "old"})]
    assert listed(client, Dimensions=[{"Name": "path", "Value": "new"}]) == [of_new, ("Requests", {"path": "new"})]
    assert len(listed(client, Dimensions=[{"Name": "path"}])) == 3
    assert client.list_metrics(Namespace="other")["Metrics"] == []


@BOTH_PROTOCOLS
def test_values_with_counts_and_statistic_sets_count_as_often_as_they_say(sandbox: Sandbox, protocol: str) -> None:
    at = CLOCK.now()
    data: list[dict[str, Any]] = [
        {
            "MetricName": "Latency", "Timestamp": at, "Values": [10.0, 20.0], "Counts": [3.0, 1.0],
        },
        {
            "MetricName": "Latency", "Timestamp": at,
            "StatisticValues": {"SampleCount": 2, "Sum": 60, "Minimum": 30, "Maximum": 30},
        },
    ]  # fmt: skip
    client = sandbox.cloudwatch_by(protocol)
    client.put_metric_data(Namespace=NAMESPACE, MetricData=data)
    (point,) = client.get_metric_statistics(
        Namespace=NAMESPACE, MetricName="Latency", StartTime=at - 60, EndTime=at + 60, Period=3600,
        Statistics=["Sum", "SampleCount", "Minimum", "Maximum"],
    )["Datapoints"][-1:]  # fmt: skip
    assert [point[name] for name in ("Sum", "SampleCount", "Minimum", "Maximum")] == [110, 6, 10, 30]


def test_what_ministack_records_itself_is_recorded_here(sandbox: Sandbox) -> None:
    with responses.request_scope("000000000000", REGION):
        cloudwatch.record_metric(NAMESPACE, "Own", 7, "Count", {"b": "2", "a": "1"})
    assert listed(sandbox.cloudwatch) == [("Own", {"a": "1", "b": "2"})]


def test_a_delay_holds_for_what_is_recorded_from_then_on() -> None:
    metrics = Metrics(CLOCK)
    assert metrics.delay_seconds == 0
    metrics.delay_seconds = 120
    assert metrics.delay_seconds == 120
    with pytest.raises(ValueError, match="delay_seconds takes 0 to 3600"):
        metrics.delay_seconds = 3601


# A failure below means that a release of MiniStack has moved what the metrics use.


def test_ministack_appends_what_it_records_to_what_it_is_given() -> None:
    for recorder in (cloudwatch.record_metric, cloudwatch._store_datum):
        assert "_metric_bucket" in recorder.__code__.co_names
        assert "append" in recorder.__code__.co_names
    assert isinstance(cloudwatch._metrics, responses.AccountRegionScopedDict)
    source = inspect.getsource(cloudwatch._store_datum)
    for member in ('"Timestamp"', '"Unit"', '"Dimensions"', '"Value"', '"Count"', '"_stat"'):
        assert member in source


def test_ministack_calls_what_is_replaced_by_these_names() -> None:
    names = set(cloudwatch.handle_request.__code__.co_names)
    assert {"_evict_old_metrics", "_list_metrics", "_get_metric_data", "_get_metric_statistics"} <= names
    assert list(inspect.signature(cloudwatch._parse_ts).parameters) == ["value"]
