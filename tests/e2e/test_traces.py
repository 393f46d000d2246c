"""What the deployed functions tell X-Ray of reads, and that a canary read is one trace."""

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from playbook.flag_dial import FlagPosition
from shared.names import PATH_MOCK, PATH_PRISMA
from tests.e2e.conftest import NAMES, Deployment
from tests.e2e.faults import throttled_candidate

WAIT_SECONDS = 20
ALL_MOCK = FlagPosition(percent=0, split_by="request", shadow_percent=0)
ALL_PRISMA = FlagPosition(percent=100, split_by="request", shadow_percent=0)


@pytest.fixture(scope="module", autouse=True)
def _off_at_the_end(deployment: Deployment) -> Iterator[None]:
    yield
    deployment.set_flag(ALL_MOCK)


def traced_read(deployment: Deployment, user_id: str, segments: int) -> list[dict[str, Any]]:
    """The segments of one read, as soon as there are so many and the functions' own have come."""
    response = deployment.client("lambda").invoke(
        FunctionName=NAMES.mock_read_function, Qualifier="live", Payload=json.dumps({"userId": user_id})
    )
    named = response["ResponseMetadata"]["HTTPHeaders"]["x-amzn-trace-id"]
    trace_id = dict(part.split("=") for part in named.split(";"))["Root"]
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        traces = deployment.client("xray").batch_get_traces(TraceIds=[trace_id])["Traces"]
        found = [json.loads(segment["Document"]) for segment in traces[0]["Segments"]]
        if len(found) == segments and "annotations" in json.dumps(found):
            return found
        time.sleep(0.1)
    pytest.fail(f"there are {found}")


def run_of(function_segment: dict[str, Any]) -> dict[str, Any]:
    """What our code sent of an invocation: the one subsegment of the run."""
    (run,) = (each for each in function_segment["subsegments"] if each["name"] == "Invocation")
    subsegment: dict[str, Any]
    (subsegment,) = run["subsegments"]
    return subsegment


def test_a_read_of_the_mock_is_annotated(deployment: Deployment) -> None:
    deployment.set_flag(ALL_MOCK)
    service, function = traced_read(deployment, "user-7", 2)
    assert {service["name"], function["name"]} == {NAMES.mock_read_function}
    read = run_of(function)
    assert read["name"] == "read"
    assert read["annotations"] == {"canary": False, "path": PATH_MOCK, "userId": "user-7"}
    metadata = read["metadata"]["huntaze"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", metadata["timestamp"])
    assert re.fullmatch(r"\d+", metadata["version"])
    assert metadata["duration_ms"] > 0
    assert metadata["canaryEnabled"] is True
    assert "fault" not in read


def test_a_canary_read_is_one_trace_down_to_prisma(deployment: Deployment) -> None:
    deployment.warm_candidate()
    deployment.set_flag(ALL_PRISMA)
    service, function, called_service, called_function, prisma = traced_read(deployment, "user-7", 5)
    assert [service["name"], function["name"]] == [NAMES.mock_read_function] * 2
    assert [called_service["name"], called_function["name"]] == [NAMES.prisma_read_function] * 2
    read, through_prisma = run_of(function), run_of(called_function)
    canary = {"canary": True, "path": PATH_PRISMA, "userId": "user-7"}
    assert read["annotations"] == through_prisma["annotations"] == canary
    assert called_service["parent_id"] == read["id"]
    assert called_function["parent_id"] == called_service["id"]
    assert (prisma["name"], prisma["parent_id"], prisma["inferred"]) == ("prisma", through_prisma["id"], True)
    assert read["start_time"] <= called_service["start_time"] <= called_service["end_time"] <= read["end_time"]
    names = [(node["Name"], node["Type"]) for node in _graph(deployment, service["trace_id"])]
    assert names == [
        (NAMES.mock_read_function, "client"),
        (NAMES.mock_read_function, "AWS::Lambda"),
        (NAMES.mock_read_function, "AWS::Lambda::Function"),
        (NAMES.prisma_read_function, "AWS::Lambda"),
        (NAMES.prisma_read_function, "AWS::Lambda::Function"),
        ("prisma", "remote"),
    ]


def _graph(deployment: Deployment, trace_id: str) -> list[dict[str, Any]]:
    services: list[dict[str, Any]] = deployment.client("xray").get_trace_graph(TraceIds=[trace_id])["Services"]
    return services


def test_a_failed_candidate_is_a_fault_of_the_read_and_of_nothing_above_it(deployment: Deployment) -> None:
    deployment.set_flag(ALL_PRISMA)
    with throttled_candidate(deployment):
        service, function, refused = traced_read(deployment, "user-11", 3)
    read = run_of(function)
    assert read["fault"] is True
    assert read["annotations"] == {"canary": True, "path": PATH_PRISMA, "userId": "user-11", "failure": "throttled"}
    assert (refused["name"], refused["http"]["response"]["status"]) == (NAMES.prisma_read_function, 429)
    assert not {"error", "fault"} & {*service, *function}
    found = _found(deployment, 'annotation.userId = "user-11" AND annotation.failure CONTAINS ""')
    assert found == [service["trace_id"]]
    assert _found(deployment, 'annotation.userId = "user-11" AND (error = true OR fault = true)') == []


def _found(deployment: Deployment, expression: str) -> list[str]:
    now = int(time.time())
    pages = deployment.client("xray").get_paginator("get_trace_summaries")
    return [
        summary["Id"]
        for page in pages.paginate(StartTime=now - 600, EndTime=now + 1, FilterExpression=expression)
        for summary in page["TraceSummaries"]
    ]
