"""Traces through the sandbox: real functions with the X-Ray SDK, and boto3 and the AWS CLI as clients.

https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
https://docs.aws.amazon.com/xray/latest/api/API_Operations.html
"""

import json
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.aws_cli import RELEASE_1, RELEASE_2, AwsCli
from tests.sandbox.lambda_functions import create_function
from tests.sandbox.templates import stack
from tests.sandbox_process import RunningSandbox

WAIT_SECONDS = 20
HEADER = "x-amzn-trace-id"

# Does what the event says: annotate, call another function, and fail.
HANDLER = """
import os
import boto3
from aws_xray_sdk.core import xray_recorder

def handler(event, context):
    print("traced")
    with xray_recorder.in_subsegment("work") as subsegment:
        for key, value in event.get("annotations", {}).items():
            subsegment.put_annotation(key, value)
        if "call" in event:
            boto3.client("lambda").invoke(FunctionName=event["call"], Payload="{}")
    if "fail" in event:
        raise ValueError(event["fail"])
    return os.environ.get("_X_AMZN_TRACE_ID")
"""


@pytest.fixture(scope="module")
def functions(sandbox: RunningSandbox) -> tuple[str, str]:
    """Two functions with active tracing."""
    names = ("traced-caller", "traced-callee")
    for name in names:
        create_function(sandbox, name, HANDLER, TracingConfig={"Mode": "Active"}, Timeout=30)
    return names


def invoke(sandbox: RunningSandbox, function: str, header: str | None = None, **event: Any) -> tuple[Any, str | None]:
    """What the function returned, and the trace that the answer names."""
    client = sandbox.client("lambda")
    if header:
        events = client.meta.events
        add = _adding(header)
        events.register_first("before-call.lambda.Invoke", add)
    try:
        response = client.invoke(FunctionName=function, Payload=json.dumps(event))
    finally:
        if header:
            events.unregister("before-call.lambda.Invoke", add)
    named = response["ResponseMetadata"]["HTTPHeaders"].get(HEADER)
    return json.loads(response["Payload"].read()), named and dict(part.split("=") for part in named.split(";"))["Root"]


def _adding(header: str) -> Callable[..., None]:
    def add(params: dict[str, Any], **_: Any) -> None:
        params["headers"]["X-Amzn-Trace-Id"] = header

    return add


def documents(sandbox: RunningSandbox, trace_id: str | None, count: int) -> list[dict[str, Any]]:
    """A trace's segments, as soon as there are so many and none lacks a subsegment that is on its way."""
    assert trace_id is not None
    deadline = time.monotonic() + WAIT_SECONDS
    found: list[dict[str, Any]] = []
    while time.monotonic() < deadline:
        traces = sandbox.client("xray").batch_get_traces(TraceIds=[trace_id])["Traces"]
        found = [json.loads(segment["Document"]) for trace in traces for segment in trace["Segments"]]
        works = json.dumps(found).count('"work"')
        functions = sum(document.get("origin") == "AWS::Lambda::Function" for document in found)
        if len(found) == count and works == functions:
            return found
        time.sleep(0.05)
    pytest.fail(f"there are {found}")


def subsegments(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in document.get("subsegments", [])}


def test_an_invocation_is_a_trace_and_the_answer_names_it(sandbox: RunningSandbox, functions: tuple[str, str]) -> None:
    header, trace_id = invoke(sandbox, functions[0], annotations={"canary": True})
    service, function = documents(sandbox, trace_id, 2)
    assert (service["origin"], function["origin"]) == ("AWS::Lambda", "AWS::Lambda::Function")
    assert service["name"] == function["name"] == functions[0]
    run = subsegments(function)["Invocation"]
    assert header == f"Root={trace_id};Parent={run['id']};Sampled=1"
    assert subsegments(run)["work"]["annotations"] == {"canary": True}
    assert service["start_time"] <= run["start_time"] <= subsegments(run)["work"]["start_time"]
    assert abs(service["end_time"] - time.time()) < WAIT_SECONDS


def test_a_cold_start_is_a_subsegment_of_its_own(sandbox: RunningSandbox) -> None:
    create_function(sandbox, "traced-cold", HANDLER, TracingConfig={"Mode": "Active"})
    for initializations in (1, 0):
        _, trace_id = invoke(sandbox, "traced-cold")
        _, function = documents(sandbox, trace_id, 2)
        assert ("Initialization" in subsegments(function)) == initializations


def test_a_function_that_is_called_joins_its_callers_trace(sandbox: RunningSandbox, functions: tuple[str, str]) -> None:
    """Botocore hands on the environment's header, so it hangs under the caller's run."""
    caller, callee = functions
    _, trace_id = invoke(sandbox, caller, call=callee)
    service, function, called_service, called_function = documents(sandbox, trace_id, 4)
    assert [each["name"] for each in (service, function, called_service, called_function)] == [
        caller, caller, callee, callee,
    ]  # fmt: skip
    assert called_service["parent_id"] == subsegments(function)["Invocation"]["id"]
    graph = sandbox.client("xray").get_trace_graph(TraceIds=[trace_id])["Services"]
    assert [(node["Name"], node["Type"]) for node in graph] == [
        (caller, "client"), (caller, "AWS::Lambda"), (caller, "AWS::Lambda::Function"),
        (callee, "AWS::Lambda"), (callee, "AWS::Lambda::Function"),
    ]  # fmt: skip
    assert [[edge["ReferenceId"] for edge in node["Edges"]] for node in graph] == [[1], [2], [3], [4], []]


def test_a_callers_decision_stands(sandbox: RunningSandbox, functions: tuple[str, str]) -> None:
    root = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    returned, trace_id = invoke(sandbox, functions[0], f"Root={root};Parent=53995c3f42cd8ad8;Sampled=0")
    assert (returned, trace_id) == (f"Root={root};Parent=53995c3f42cd8ad8;Sampled=0", None)
    assert sandbox.client("xray").batch_get_traces(TraceIds=[root])["UnprocessedTraceIds"] == [root]
    # Another one: the SDK takes no second decision on a trace.
    root = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    _, trace_id = invoke(sandbox, functions[0], f"Root={root};Parent=53995c3f42cd8ad8;Sampled=1")
    assert trace_id == root
    assert documents(sandbox, root, 2)[0]["parent_id"] == "53995c3f42cd8ad8"


def test_a_function_without_active_tracing_only_hands_the_header_on(sandbox: RunningSandbox) -> None:
    create_function(sandbox, "untraced", HANDLER)
    assert invoke(sandbox, "untraced") == (None, None)
    header = f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)};Parent=53995c3f42cd8ad8;Sampled=1"
    assert invoke(sandbox, "untraced", header) == (header, None)


def test_a_failed_invocation_is_a_fault_with_its_cause(sandbox: RunningSandbox, functions: tuple[str, str]) -> None:
    _, trace_id = invoke(sandbox, functions[1], fail="boom", annotations={"failed": True})
    service, function = documents(sandbox, trace_id, 2)
    assert service["fault"] is function["fault"] is True
    assert function["cause"]["exceptions"][0]["message"] == "boom"
    assert [summary["Id"] for summary in summaries(sandbox, "annotation.failed = true AND fault")] == [trace_id]
    assert summaries(sandbox, "annotation.failed = true AND error") == []


def test_a_throttled_invocation_is_an_error_and_a_throttle(sandbox: RunningSandbox) -> None:
    create_function(sandbox, "traced-throttled", HANDLER, TracingConfig={"Mode": "Active"})
    client = sandbox.client("lambda")
    client.put_function_concurrency(FunctionName="traced-throttled", ReservedConcurrentExecutions=0)
    with pytest.raises(client.exceptions.TooManyRequestsException) as refused:
        client.invoke(FunctionName="traced-throttled")
    trace_id = refused.value.response["ResponseMetadata"]["HTTPHeaders"][HEADER].split(";")[0].removeprefix("Root=")
    (service,) = documents(sandbox, trace_id, 1)
    assert service["http"]["response"]["status"] == 429
    found = summaries(sandbox, 'service("traced-throttled") { throttle }')
    assert [(each["Id"], each["HasError"], each["HasThrottle"], each["HasFault"]) for each in found] == [
        (trace_id, True, True, False)
    ]


def summaries(sandbox: RunningSandbox, expression: str, **options: Any) -> list[dict[str, Any]]:
    """Every summary of the last half hour."""
    pages = sandbox.client("xray").get_paginator("get_trace_summaries")
    now = int(time.time())
    return [
        summary
        for page in pages.paginate(StartTime=now - 1800, EndTime=now + 1, FilterExpression=expression, **options)
        for summary in page["TraceSummaries"]
    ]


def sent(sandbox: RunningSandbox, **fields: Any) -> str:
    """Send a segment of a new trace that begins now, and return the trace's id."""
    now = time.time()
    trace_id = f"1-{int(now):08x}-{secrets.token_hex(12)}"
    document = {
        "id": secrets.token_hex(8), "trace_id": trace_id, "name": "sent",
        "start_time": now, "end_time": now + 0.25, **fields,
    }  # fmt: skip
    refused = sandbox.client("xray").put_trace_segments(TraceSegmentDocuments=[json.dumps(document)])
    assert refused["UnprocessedTraceSegments"] == []
    return trace_id


def test_a_summary_says_what_the_api_says(sandbox: RunningSandbox) -> None:
    """The fields of https://docs.aws.amazon.com/xray/latest/api/API_TraceSummary.html, for its example's request."""
    http = {
        "request": {
            "method": "POST",
            "url": "http://scorekeep/api/user",
            "user_agent": "curl",
            "client_ip": "10.0.0.1",
        },
        "response": {"status": 200},
    }
    trace_id = sent(
        sandbox, name="Scorekeep", user="5M388M1E", origin="AWS::EC2::Instance", http=http,
        annotations={"UserID": "5M388M1E", "attempts": 2, "new": False},
    )  # fmt: skip
    (summary,) = summaries(sandbox, 'annotation.UserID = "5M388M1E"')
    service = {"Name": "Scorekeep", "Names": ["Scorekeep"], "AccountId": "000000000000", "Type": "AWS::EC2::Instance"}
    started = summary.pop("StartTime")
    assert abs((datetime.now(UTC) - started).total_seconds()) < WAIT_SECONDS
    assert summary == {
        "Id": trace_id,
        "Duration": 0.25,
        "ResponseTime": 0.25,
        "HasFault": False,
        "HasError": False,
        "HasThrottle": False,
        "IsPartial": False,
        "Http": {
            "HttpURL": "http://scorekeep/api/user", "HttpStatus": 200, "HttpMethod": "POST",
            "UserAgent": "curl", "ClientIp": "10.0.0.1",
        },
        "Annotations": {
            "UserID": [{"AnnotationValue": {"StringValue": "5M388M1E"}, "ServiceIds": [service]}],
            "attempts": [{"AnnotationValue": {"NumberValue": 2.0}, "ServiceIds": [service]}],
            "new": [{"AnnotationValue": {"BooleanValue": False}, "ServiceIds": [service]}],
        },
        "Users": [{"UserName": "5M388M1E", "ServiceIds": [service]}],
        "ServiceIds": [service],
        "ResourceARNs": [],
        "InstanceIds": [],
        "AvailabilityZones": [],
        "EntryPoint": service,
        "Revision": 1,
    }  # fmt: skip


def test_pages_go_on_where_the_last_one_ended(sandbox: RunningSandbox) -> None:
    with ThreadPoolExecutor(4) as pool:
        wanted = set(pool.map(lambda _: sent(sandbox, name="paged"), range(1050)))
    client = sandbox.client("xray")
    now = int(time.time())
    first = client.get_trace_summaries(StartTime=now - 1800, EndTime=now + 1, FilterExpression='service("paged")')
    assert len(first["TraceSummaries"]) == 1000
    assert first["TracesProcessedCount"] >= 1000
    found = [summary["Id"] for summary in summaries(sandbox, 'service("paged")')]
    assert len(found) == 1050
    assert set(found) == wanted


def test_segments_that_are_not_processed_are_named(sandbox: RunningSandbox) -> None:
    """https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html"""
    document = {"id": "6226467e3f845502", "trace_id": "1-5960082b", "name": "n", "start_time": 1, "end_time": 2}
    answer = sandbox.client("xray").put_trace_segments(TraceSegmentDocuments=[json.dumps(document)])
    assert answer["UnprocessedTraceSegments"] == [
        {
            "Id": "6226467e3f845502",
            "ErrorCode": "InvalidTraceId",
            "Message": "Invalid segment. ErrorCode: InvalidTraceId",
        }
    ]


@pytest.mark.parametrize(
    ("operation", "request_", "message"),
    [
        (
            "get_trace_summaries",
            {"FilterExpression": "error ="},
            "Invalid filter expression: Unexpected end at position 7",
        ),
        ("get_trace_summaries", {"FilterExpression": "rootcause.fault.service { last }"}, "the sandbox does not do"),
        ("get_trace_summaries", {"StartTime": 200, "EndTime": 100}, "StartTime must be before EndTime."),
        ("get_trace_summaries", {"NextToken": "another's"}, "The NextToken is invalid."),
        ("get_trace_summaries", {"Sampling": True}, "The sandbox does not sample trace summaries."),
        ("get_service_graph", {"EndTime": 100 + 7 * 3600}, "Time range cannot be longer than 6 hours"),
        ("get_service_graph", {"GroupName": "nobody"}, "Group not found"),
    ],
)
def test_what_x_ray_refuses_is_refused_as_it_does(
    sandbox: RunningSandbox, operation: str, request_: dict[str, Any], message: str
) -> None:
    client = sandbox.client("xray")
    with pytest.raises(client.exceptions.InvalidRequestException, match="InvalidRequestException") as refused:
        getattr(client, operation)(**{"StartTime": 100, "EndTime": 200, **request_})
    assert message in refused.value.response["Error"]["Message"]


def test_more_than_five_traces_at_once_are_refused(sandbox: RunningSandbox) -> None:
    client = sandbox.client("xray")
    with pytest.raises(client.exceptions.InvalidRequestException):
        client.batch_get_traces(TraceIds=["1-5960082b-ab52431b496add878434aa25"] * 6)


def test_what_is_not_there_is_refused_by_name(sandbox: RunningSandbox) -> None:
    client = sandbox.client("xray")
    with pytest.raises(client.exceptions.ClientError, match="UnknownOperationException"):
        client.get_insight_summaries(StartTime=1, EndTime=2)


def test_a_graph_of_a_group_is_of_the_traces_that_match_it(sandbox: RunningSandbox) -> None:
    properties = {"GroupName": "grouped", "FilterExpression": 'service("grouped") AND fault'}
    with stack(sandbox, "xray-grouped", {"Group": {"Type": "AWS::XRay::Group", "Properties": properties}}):
        failed, _ = sent(sandbox, name="grouped", fault=True), sent(sandbox, name="grouped")
        now = int(time.time())
        span = {"StartTime": now - 600, "EndTime": now + 1}
        nodes = sandbox.client("xray").get_service_graph(GroupName="grouped", **span)["Services"]
        found = summaries(sandbox, 'group.name = "grouped"')
    assert [node["SummaryStatistics"]["TotalCount"] for node in nodes if node.get("Root")] == [1]
    assert [summary["Id"] for summary in found] == [failed]


@pytest.mark.parametrize("cli", [RELEASE_1, RELEASE_2], ids=["version 1", "version 2"])
def test_the_command_line_finds_and_reads_traces(sandbox: RunningSandbox, cli: AwsCli | None) -> None:
    if cli is None:
        pytest.skip("no AWS CLI 2 on this machine")
    name = f"by-command-line-{cli.release}"
    trace_id = sent(sandbox, name=name, annotations={"canary": True})
    now = int(time.time())
    span = ("--start-time", str(now - 600), "--end-time", str(now + 1))
    expression = f'annotation.canary = true AND service("{name}")'
    found = cli.run(sandbox, "xray", "get-trace-summaries", *span, "--filter-expression", expression)
    assert [summary["Id"] for summary in found["TraceSummaries"]] == [trace_id]
    traces = cli.run(sandbox, "xray", "batch-get-traces", "--trace-ids", trace_id)["Traces"]
    assert json.loads(traces[0]["Segments"][0]["Document"])["name"] == name
    graph = cli.run(sandbox, "xray", "get-service-graph", *span)["Services"]
    assert name in {node["Name"] for node in graph}
    refused = cli.attempt(sandbox, "xray", "get-trace-summaries", *span, "--filter-expression", "annotation.canary = ")
    assert "InvalidRequestException" in refused.stderr


SLEEPER = """
import time
from aws_xray_sdk.core import xray_recorder

def handler(event, context):
    print("traced")
    with xray_recorder.in_subsegment("work"):
        time.sleep(0.3)
"""


def test_traces_are_stamped_with_playbook_time_and_last_as_long_as_they_did(past_sandbox: RunningSandbox) -> None:
    create_function(past_sandbox, "traced-sleeper", SLEEPER, TracingConfig={"Mode": "Active"}, Timeout=30)
    invoke(past_sandbox, "traced-sleeper")
    past_sandbox.control.run_clock_at(60)
    try:
        before = past_sandbox.control.clock()["now"]
        _, trace_id = invoke(past_sandbox, "traced-sleeper")
        after = past_sandbox.control.clock()["now"]
    finally:
        past_sandbox.control.run_clock_at(1)
    service, function = documents(past_sandbox, trace_id, 2)
    work = subsegments(subsegments(function)["Invocation"])["work"]
    assert before <= service["start_time"] <= after
    for timed in (service, function, work):
        assert 0.3 <= timed["end_time"] - timed["start_time"] < 10
    assert service["start_time"] <= work["start_time"] <= work["end_time"] <= service["end_time"]
