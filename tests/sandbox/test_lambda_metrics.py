"""Lambda's own metrics, by the dimensions of

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html
"""

import inspect
import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError
from ministack.services import lambda_svc

from sandbox.lambda_metrics import dimension_sets
from tests.sandbox.lambda_functions import create_function, zipped
from tests.sandbox_process import RunningSandbox

ARN = "arn:aws:lambda:us-east-1:000000000000:function:read"
FAIL_OR_WAIT = """
import time

def handler(event, context):
    print("read")
    time.sleep(event.get("seconds", 0))
    if event.get("fail"):
        raise RuntimeError("as asked")
"""


@pytest.mark.parametrize(
    ("qualifier", "version", "sets"),
    [
        ("", "$LATEST", [{"FunctionName": "read"}]),
        (":3", "3", [{"FunctionName": "read"}, {"FunctionName": "read", "Resource": "read:3"}]),
        (
            ":live",
            "3",
            [
                {"FunctionName": "read"},
                {"FunctionName": "read", "Resource": "read:live"},
                {"FunctionName": "read", "Resource": "read:live", "ExecutedVersion": "3"},
            ],
        ),
        (":$LATEST", "$LATEST", [{"FunctionName": "read"}, {"FunctionName": "read", "Resource": "read:$LATEST"}]),
    ],
)
def test_an_invocation_counts_by_function_by_what_was_invoked_and_by_the_version_an_alias_came_to(
    qualifier: str, version: str, sets: list[dict[str, str]]
) -> None:
    made = dimension_sets(ARN + qualifier, version)
    assert [dict(dimensions) for dimensions in made] == sets
    assert all(dimensions == tuple(sorted(dimensions)) for dimensions in made)


class Function:
    """With two versions, and an alias `live` that splits between them."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self.sandbox = sandbox
        self.name = f"metrics-{uuid.uuid4().hex[:8]}"
        self.client = sandbox.client("lambda")
        create_function(sandbox, self.name, FAIL_OR_WAIT)
        self.versions = []
        for number in range(2):
            self.client.update_function_code(FunctionName=self.name, ZipFile=zipped(f"{FAIL_OR_WAIT}\n# {number}\n"))
            self.versions.append(self.client.publish_version(FunctionName=self.name)["Version"])
        self.client.create_alias(FunctionName=self.name, Name="live", FunctionVersion=self.versions[0])

    def route(self, share_of_the_second: float) -> None:
        self.client.update_alias(
            FunctionName=self.name, Name="live",
            RoutingConfig={"AdditionalVersionWeights": {self.versions[1]: share_of_the_second}},
        )  # fmt: skip

    def invoke(self, qualifier: str = "", **event: Any) -> None:
        named = {"Qualifier": qualifier} if qualifier else {}
        self.client.invoke(FunctionName=self.name, Payload=json.dumps(event), **named)

    def metric(self, name: str, statistic: str = "Sum", **dimensions: str) -> float | None:
        now = self.sandbox.control.clock()["now"]
        named = {"FunctionName": self.name, **dimensions}
        points = self.sandbox.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda", MetricName=name,
            Dimensions=[{"Name": name, "Value": value} for name, value in named.items()],
            StartTime=now - 3600, EndTime=now + 60, Period=86_400, Statistics=[statistic],
        )["Datapoints"]  # fmt: skip
        return points[0][statistic] if points else None

    def resource(self, qualifier: str) -> str:
        return f"{self.name}:{qualifier}"


@pytest.fixture
def function(sandbox: RunningSandbox) -> Function:
    return Function(sandbox)


def test_the_versions_of_a_weighted_alias_count_apart(function: Function) -> None:
    live, (old, new) = function.resource("live"), function.versions
    for share, fails in ((0.0, False), (1.0, True), (1.0, False)):
        function.route(share)
        function.invoke("live", fail=fails)
    assert function.metric("Invocations", Resource=live) == 3
    assert function.metric("Invocations", Resource=live, ExecutedVersion=old) == 1
    assert function.metric("Invocations", Resource=live, ExecutedVersion=new) == 2
    assert function.metric("Errors", Resource=live, ExecutedVersion=old) == 0
    assert function.metric("Errors", Resource=live, ExecutedVersion=new) == 1
    assert function.metric("Errors") == 1


def test_a_version_and_a_plain_invocation_count_once_each_in_the_function(function: Function) -> None:
    version = function.versions[0]
    function.invoke(version)
    function.invoke()
    assert function.metric("Invocations") == 2
    assert function.metric("Invocations", Resource=function.resource(version)) == 1
    assert function.metric("Invocations", Resource=function.resource("live")) is None
    assert function.metric("Duration", "SampleCount") == 2
    assert function.metric("Throttles") == 0


def test_the_duration_is_in_milliseconds_of_the_walls_clock(function: Function) -> None:
    function.invoke("live", seconds=0.2)
    duration = function.metric("Duration", "Maximum", Resource=function.resource("live"))
    assert duration is not None
    assert 200 <= duration < 30_000


def test_invocations_at_once_are_concurrent_executions(function: Function) -> None:
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: function.invoke("live", seconds=1), range(3)))
    concurrent = function.metric("ConcurrentExecutions", "Maximum")
    assert concurrent is not None
    assert concurrent > 1


def test_a_throttle_is_no_invocation(function: Function) -> None:
    function.client.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError, match="TooManyRequests"):
        function.invoke("live")
    live = function.resource("live")
    assert function.metric("Throttles", Resource=live) == 1
    assert function.metric("Throttles", Resource=live, ExecutedVersion=function.versions[0]) == 1
    assert function.metric("Invocations") is None


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("_execute_function_dispatch", ["func", "config", "event", "request_id", "started"]),
        ("_acquire_execution_slot", ["func", "config"]),
        ("_emit_lambda_metrics", ["function_name", "duration_ms", "error", "throttle"]),
    ],
)
def test_ministack_still_has_what_is_replaced(name: str, parameters: list[str]) -> None:
    """A new release of MiniStack that fails here has moved what sandbox/lambda_metrics.py replaces."""
    function = getattr(lambda_svc, name, None)
    assert function is not None, f"MiniStack moved {name}"
    assert list(inspect.signature(function).parameters) == parameters


def test_ministack_executes_every_invocation_through_what_is_replaced() -> None:
    names = set(lambda_svc._execute_function.__code__.co_names)
    assert {"_execute_function_dispatch", "_acquire_execution_slot"} <= names
