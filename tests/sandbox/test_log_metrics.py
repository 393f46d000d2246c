"""Metrics that log events hold: of functions, and of PutLogEvents."""

import json
import uuid
from typing import Any

import pytest

from tests.sandbox.lambda_functions import create_function
from tests.sandbox_process import RunningSandbox

WRITE = """
import json, time

def handler(event, context):
    print("plain")
    for line in event["lines"]:
        line["_aws"]["Timestamp"] = int(time.time() * 1000)
        print(json.dumps(line))
"""


def line(namespace: str, **values: Any) -> dict[str, Any]:
    return {
        "_aws": {
            "Timestamp": 0,
            "CloudWatchMetrics": [
                {
                    "Namespace": namespace,
                    "Dimensions": [["environment"], ["environment", "path"]],
                    "Metrics": [{"Name": name, "Unit": "Count"} for name in values],
                }
            ],
        },
        "environment": "beta",
        "path": "new",
        **values,
    }


def read(sandbox: RunningSandbox, namespace: str, metric: str, statistic: str, **dimensions: str) -> list[float]:
    now = sandbox.control.clock()["now"]
    (result,) = sandbox.client("cloudwatch").get_metric_data(
        MetricDataQueries=[
            {
                "Id": "m",
                "MetricStat": {
                    "Metric": {
                        "Namespace": namespace,
                        "MetricName": metric,
                        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
                    },
                    "Period": 86_400,
                    "Stat": statistic,
                },
            }
        ],
        StartTime=now - 86_400,
        EndTime=now + 60,
    )["MetricDataResults"]
    values: list[float] = result["Values"]
    return values


@pytest.fixture
def namespace() -> str:
    return f"log-metrics-{uuid.uuid4().hex[:8]}"


def test_every_line_of_a_function_counts_in_every_dimension_set(past_sandbox: RunningSandbox, namespace: str) -> None:
    create_function(past_sandbox, namespace, WRITE)
    lines = [line(namespace, Requests=1, Latency=[10, 20]), line(namespace, Requests=1, Latency=[30])]
    for _ in range(2):
        past_sandbox.client("lambda").invoke(FunctionName=namespace, Payload=json.dumps({"lines": lines}))
    for dimensions in ({"environment": "beta"}, {"environment": "beta", "path": "new"}):
        assert read(past_sandbox, namespace, "Requests", "Sum", **dimensions) == [4]
        assert read(past_sandbox, namespace, "Latency", "p50", **dimensions) == [20]
        assert read(past_sandbox, namespace, "Latency", "SampleCount", **dimensions) == [6]
    assert read(past_sandbox, namespace, "Requests", "Sum", path="new") == []


def test_what_is_put_into_a_log_counts_at_the_time_of_the_document(
    past_sandbox: RunningSandbox, namespace: str
) -> None:
    logs = past_sandbox.client("logs")
    logs.create_log_group(logGroupName=namespace)
    logs.create_log_stream(logGroupName=namespace, logStreamName="s")
    at = past_sandbox.control.clock()["now"]
    document = line(namespace, Requests=3)
    document["_aws"]["Timestamp"] = int((at - 3600) * 1000)
    messages = [json.dumps(document), "plain", json.dumps({**document, "path": 7})]
    logs.put_log_events(
        logGroupName=namespace, logStreamName="s",
        logEvents=[{"timestamp": int(at * 1000), "message": message} for message in messages],
    )  # fmt: skip
    (point,) = past_sandbox.client("cloudwatch").get_metric_statistics(
        Namespace=namespace, MetricName="Requests", Dimensions=[{"Name": "environment", "Value": "beta"}],
        StartTime=at - 7200, EndTime=at + 60, Period=60, Statistics=["Sum"],
    )["Datapoints"]  # fmt: skip
    assert point["Sum"] == 3
    assert point["Unit"] == "Count"
    assert point["Timestamp"].timestamp() == (at - 3600) // 60 * 60


def test_they_belong_to_the_account_and_region_of_the_log(past_sandbox: RunningSandbox, namespace: str) -> None:
    create_function(past_sandbox, namespace, WRITE)
    event = json.dumps({"lines": [line(namespace, Requests=1)]})
    past_sandbox.client("lambda").invoke(FunctionName=namespace, Payload=event)
    listed = past_sandbox.client("cloudwatch").list_metrics(Namespace=namespace)["Metrics"]
    assert {metric["MetricName"] for metric in listed} == {"Requests"}
    other_account = past_sandbox.client_as(("111111111111", "test", None), "cloudwatch")
    assert other_account.list_metrics(Namespace=namespace)["Metrics"] == []
