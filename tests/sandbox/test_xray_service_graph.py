"""https://docs.aws.amazon.com/xray/latest/devguide/xray-api-gettingdata.html#xray-api-servicegraph"""

from typing import Any

import pytest

from sandbox.xray_facts import facts_of
from sandbox.xray_service_graph import service_graph
from sandbox.xray_trace import compiled
from tests.sandbox.xray_traces import BEGAN, TRACE_ID, embedded, filled, invocation, segment, sent, subsegment, trace

ACCOUNT = "123456789012"


def graph(*traces: Any) -> dict[tuple[str, str | None], dict[str, Any]]:
    """The nodes by name and type."""
    return {(node["Name"], node.get("Type")): node for node in service_graph(traces, account_id=ACCOUNT)}


def callees(nodes: dict[tuple[str, str | None], dict[str, Any]], *caller: str | None) -> list[tuple[str, str | None]]:
    names = {node["ReferenceId"]: name for name, node in nodes.items()}
    name, kind = caller
    return [names[edge["ReferenceId"]] for edge in nodes[name or "", kind]["Edges"]]


def test_the_pages_own_example() -> None:
    """A client, an application on EC2 and the table and topic that it calls; AWS's numbers of the statistics."""
    calls = [("DynamoDB", 0.076, 0.049), ("DynamoDB", 0.044, 0.076), (None, 0, 0), (None, 0, 0)]
    lasted = [0.005, 0.015, 0.157, 0.096]
    traces = []
    for number, ((table, on_table, on_topic), seconds) in enumerate(zip(calls, lasted, strict=True)):
        called = [
            embedded("2", "DynamoDB", end=on_table, namespace="aws", aws={"table_name": "StartupSignupsTable"}),
            embedded("3", "SNS", end=on_topic, namespace="aws"),
        ]
        traces.append(
            trace(
                segment(
                    "1", "xray-sample.elasticbeanstalk.com", end=seconds, origin="AWS::EC2::Instance",
                    subsegments=called if table else [], **({"error": True} if number == 3 else {}),
                )
            )
        )  # fmt: skip
    nodes = graph(*traces)
    table_node = ("StartupSignupsTable", "AWS::DynamoDB::Table")
    application = ("xray-sample.elasticbeanstalk.com", "AWS::EC2::Instance")
    assert nodes.keys() == {
        ("xray-sample.elasticbeanstalk.com", "client"), application, table_node, ("SNS", "AWS::SNS")
    }  # fmt: skip
    assert callees(nodes, "xray-sample.elasticbeanstalk.com", "client") == [application]
    assert set(callees(nodes, *application)) == {table_node, ("SNS", "AWS::SNS")}
    statistics = {
        "OkCount": 3,
        "ErrorStatistics": {"ThrottleCount": 0, "OtherCount": 1, "TotalCount": 1},
        "FaultStatistics": {"OtherCount": 0, "TotalCount": 0},
        "TotalCount": 4,
        "TotalResponseTime": 0.273,
    }
    client = nodes["xray-sample.elasticbeanstalk.com", "client"]
    assert client["Edges"][0]["SummaryStatistics"] == statistics
    assert "SummaryStatistics" not in client
    assert nodes[application]["SummaryStatistics"] == statistics
    assert nodes[application]["Root"] is True
    assert {"Value": 0.157, "Count": 1} in nodes[application]["ResponseTimeHistogram"]
    assert nodes[table_node]["SummaryStatistics"]["TotalResponseTime"] == 0.12
    assert nodes["SNS", "AWS::SNS"]["SummaryStatistics"]["TotalResponseTime"] == 0.125
    states = {name: node["State"] for name, node in nodes.items()}
    assert states[application] == "active"
    assert {states[name] for name in nodes if name != application} == {"unknown"}


def test_a_function_that_calls_another_is_before_it() -> None:
    called = invocation(
        begin=0.5, seconds=0.2, parent_id=filled("1"), service_segment_id="d" * 16, function_segment_id="e" * 16,
        invoke_id="8" * 16, function_arn="arn:aws:lambda:us-east-1:000000000000:function:candidate:live",
    )  # fmt: skip
    documents = sent(
        subsegment("1", "read", "c" * 16), subsegment("2", "prisma", "8" * 16, namespace="remote", fault=True)
    )
    facts = facts_of(TRACE_ID, compiled([invocation(), called], documents))
    nodes = graph(facts)
    assert callees(nodes, "reader", "client") == [("reader", "AWS::Lambda")]
    assert callees(nodes, "reader", "AWS::Lambda") == [("reader", "AWS::Lambda::Function")]
    assert callees(nodes, "reader", "AWS::Lambda::Function") == [("candidate", "AWS::Lambda")]
    assert callees(nodes, "candidate", "AWS::Lambda") == [("candidate", "AWS::Lambda::Function")]
    assert callees(nodes, "candidate", "AWS::Lambda::Function") == [("prisma", "remote")]
    assert nodes["prisma", "remote"]["SummaryStatistics"]["FaultStatistics"]["TotalCount"] == 1
    assert nodes["candidate", "AWS::Lambda"]["StartTime"] == pytest.approx(BEGAN + 0.5)
    assert [name for name, node in nodes.items() if node.get("Root")] == [("reader", "AWS::Lambda")]


@pytest.mark.parametrize(
    ("flags", "counts"),
    [
        ({}, (1, 0, 0, 0)),
        ({"error": True}, (0, 0, 1, 0)),
        ({"error": True, "throttle": True}, (0, 1, 0, 0)),
        ({"error": True, "throttle": True, "fault": True}, (0, 0, 0, 1)),
    ],
    ids=["ok", "error", "throttle", "fault"],
)
def test_a_request_is_counted_once(flags: dict[str, bool], counts: tuple[int, int, int, int]) -> None:
    statistics = graph(trace(segment("1", "web", **flags)))["web", None]["SummaryStatistics"]
    errors = statistics["ErrorStatistics"]
    faults = statistics["FaultStatistics"]["TotalCount"]
    assert (statistics["OkCount"], errors["ThrottleCount"], errors["OtherCount"], faults) == counts
    assert statistics["TotalCount"] == 1


def test_an_edge_is_as_the_caller_saw_it() -> None:
    call = embedded("2", "api", begin=0.1, end=0.9, namespace="remote", fault=True)
    nodes = graph(
        trace(segment("1", "web", subsegments=[call]), segment("3", "api", begin=0.2, end=0.3, parent_id="2"))
    )
    (edge,) = nodes["web", None]["Edges"]
    assert edge["SummaryStatistics"]["FaultStatistics"]["TotalCount"] == 1
    assert edge["SummaryStatistics"]["TotalResponseTime"] == pytest.approx(0.8)
    assert nodes["api", None]["SummaryStatistics"]["OkCount"] == 1


def test_no_traces_make_no_graph() -> None:
    assert graph() == {}
