"""https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html"""

import itertools
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.xray_documents import Document, family
from sandbox.xray_invocation import FunctionError, Invocation, Span
from sandbox.xray_trace import compiled
from tests.sandbox.xray_traces import ARN, BEGAN, TRACE_ID, embedded, filled, invocation, segment, sent, subsegment


def tree(documents: Sequence[Document]) -> list[Any]:
    """Names, each with those below it."""
    return [(document["name"], tree(document.get("subsegments", []))) for document in documents]


FAMILY = (
    segment("1", "root", subsegments=[embedded("2", "child")]),
    subsegment("3", "grandchild", "2"),
    subsegment("4", "great-grandchild", "3"),
)


@pytest.mark.parametrize("documents", [*itertools.permutations(FAMILY)])
def test_separate_subsegments_stand_in_their_parents_in_whichever_order_they_come(
    documents: Sequence[Document],
) -> None:
    found = compiled([], sent(*documents))
    assert tree(found) == [("root", [("child", [("grandchild", [("great-grandchild", [])])])])]
    grandchild = family(found[0])[2]
    assert not {"trace_id", "parent_id", "type"} & grandchild.keys()


def test_a_subsegment_whose_parent_is_missing_stands_by_itself() -> None:
    found = compiled([], sent(segment("1", "root"), subsegment("3", "lost", "2")))
    assert tree(found) == [("root", []), ("lost", [])]
    assert found[1]["parent_id"] == filled("2")


def test_subsegments_that_claim_to_be_in_one_another_are_shown_once() -> None:
    found = compiled([], sent(subsegment("1", "a", "2"), subsegment("2", "b", "1"), subsegment("3", "self", "3")))
    assert sorted(member["name"] for document in found for member in family(document)) == ["a", "b", "self"]


@pytest.mark.parametrize("order", [1, -1])
def test_a_complete_document_replaces_the_one_in_progress_whichever_comes_last(order: int) -> None:
    documents = [segment("1", "root", end=None), segment("1", "root", end=2.0)][::order]
    (found,) = compiled([], sent(*documents))
    assert found["end_time"] == BEGAN + 2
    assert "in_progress" not in found


def test_a_call_to_a_service_that_sent_nothing_makes_an_inferred_segment() -> None:
    """The page's own example of such a call and segment."""
    http = {
        "request": {"method": "GET", "url": "https://names.example.com/"},
        "response": {"content_length": -1, "status": 200},
    }
    call = embedded("4", "names.example.com", begin=0.1, end=0.4, namespace="remote", http=http)
    _, inferred = compiled([], sent(segment("1", "www.example.com", subsegments=[call])))
    identifier = inferred.pop("id")
    assert len(identifier) == 16
    assert inferred == {
        "name": "names.example.com",
        "trace_id": TRACE_ID,
        "start_time": BEGAN + 0.1,
        "end_time": BEGAN + 0.4,
        "parent_id": filled("4"),
        "http": http,
        "inferred": True,
    }


@pytest.mark.parametrize(
    ("aws", "origin"), [({"table_name": "users"}, "AWS::DynamoDB::Table"), ({}, "AWS::DynamoDB")], ids=["table", "none"]
)
def test_an_inferred_segment_of_an_aws_service_has_its_type(aws: dict[str, str], origin: str) -> None:
    """https://docs.aws.amazon.com/xray/latest/api/API_Service.html"""
    call = embedded("2", "DynamoDB", namespace="aws", aws=aws)
    assert compiled([], sent(segment("1", "root", subsegments=[call])))[1]["origin"] == origin


@pytest.mark.parametrize(
    "others",
    [
        [
            segment("1", "root", subsegments=[embedded("2", "api", namespace="remote")]),
            segment("3", "api", parent_id="2"),
        ],
        [
            segment(
                "1", "root", subsegments=[embedded("2", "api", namespace="remote", http={"request": {"traced": True}})]
            )
        ],
        [segment("1", "root", subsegments=[embedded("2", "work", namespace="local")])],
    ],
    ids=["it sent one", "it will send one", "no call"],
)
def test_nothing_is_inferred(others: list[Document]) -> None:
    assert not any(document.get("inferred") for document in compiled([], sent(*others)))


def test_an_invocation_is_two_segments_and_what_the_handler_sent_hangs_under_the_run() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html"""
    started = invocation(seconds=1.0, initialization=Span(100.1, 100.3), invoke=Span(100.3, 100.9))
    service, function = compiled([started], sent(subsegment("1", "read", "c" * 16)))
    assert (service["origin"], function["origin"]) == ("AWS::Lambda", "AWS::Lambda::Function")
    assert service["name"] == function["name"] == "reader"
    assert function["parent_id"] == service["id"]
    assert service["resource_arn"] == function["aws"]["function_arn"] == ARN
    assert service["aws"] == {"request_id": "request-1"}
    assert service["http"] == {"response": {"status": 200}}
    assert tree([function]) == [("reader", [("Initialization", []), ("Invocation", [("read", [])]), ("Overhead", [])])]
    assert (service["start_time"], service["end_time"]) == (BEGAN, BEGAN + 1)
    assert function["start_time"] == pytest.approx(BEGAN + 0.1)
    assert "fault" not in service
    assert len({member["id"] for document in (service, function) for member in family(document)}) == 6


def test_an_invocation_whose_function_fails_is_a_fault_with_its_cause() -> None:
    service, function = compiled([invocation(error=FunctionError("ValueError", "boom"))], [])
    assert service["fault"] is function["fault"] is True
    (exception,) = function["cause"]["exceptions"]
    assert (exception["type"], exception["message"]) == ("ValueError", "boom")


def test_a_throttled_invocation_never_reached_the_function() -> None:
    (service,) = compiled([invocation(invoke=None)], [])
    assert service["http"] == {"response": {"status": 429}}
    assert service["error"] is service["throttle"] is True


@pytest.mark.parametrize("pace", [1.0, 4.0, 60.0])
def test_in_a_trace_time_runs_at_the_walls_pace_whatever_the_clocks_is(pace: float) -> None:
    """The caller takes a second; half a second in, it calls another function, which takes a fifth."""
    caller = invocation(seconds=1.0, pace=pace)
    called = invocation(
        begin=0.5, seconds=0.2, pace=pace, parent_id=filled("1"),
        service_segment_id="d" * 16, function_segment_id="e" * 16, invoke_id="8" * 16,
    )  # fmt: skip
    found = compiled(
        [caller, called],
        sent(
            subsegment("1", "read", "c" * 16, begin=0.4 * pace, end=0.9 * pace),
            subsegment("2", "prisma", "8" * 16, begin=0.55 * pace, end=0.65 * pace),
        ),
    )
    spans = {
        (member["name"], member.get("origin")): (member["start_time"] - BEGAN, member["end_time"] - BEGAN)
        for document in found
        for member in family(document)
    }
    assert spans["read", None] == pytest.approx((0.4, 0.9), abs=1e-5)
    assert spans["reader", "AWS::Lambda"] == pytest.approx((0.5, 0.7), abs=1e-5)
    assert spans["prisma", None] == pytest.approx((0.55, 0.65), abs=1e-5)


@st.composite
def forests(draw: st.DrawFn) -> list[Document]:
    """Some segments, and subsegments under any of what is there, in any order."""
    roots = draw(st.integers(1, 3))
    documents = [segment(f"{number:x}", f"n{number}") for number in range(1, roots + 1)]
    for number in range(roots + 1, roots + 1 + draw(st.integers(0, 8))):
        parent = draw(st.integers(1, number - 1))
        documents.append(subsegment(f"{number:x}", f"n{number}", f"{parent:x}"))
    return draw(st.permutations(documents))


@given(forests())
def test_every_document_is_shown_once_and_under_its_parent(documents: list[Document]) -> None:
    found = compiled([], sent(*documents))
    parents = {
        child["id"]: member["id"]
        for root in found
        for member in family(root)
        for child in member.get("subsegments", [])
    }
    assert sorted(member["id"] for root in found for member in family(root)) == sorted(each["id"] for each in documents)
    assert parents == {each["id"]: each["parent_id"] for each in documents if "parent_id" in each}


@given(st.floats(1.5, 100.0), st.floats(0.0, 10.0), st.floats(0.001, 10.0), st.floats(0, 1), st.floats(0, 1))
def test_a_subsegment_keeps_its_share_of_its_invocation(
    pace: float, begin: float, seconds: float, one: float, other: float
) -> None:
    first, last = sorted((one, other))
    started: Invocation = invocation(seconds=seconds, pace=pace)
    begun, ended = first * seconds * pace, last * seconds * pace
    _, function = compiled([started], sent(subsegment("1", "read", "c" * 16, begin=begun, end=ended)))
    read = next(member for member in family(function) if member["name"] == "read")
    assert read["start_time"] == pytest.approx(BEGAN + first * seconds, abs=1e-3)
    assert read["end_time"] == pytest.approx(BEGAN + last * seconds, abs=1e-3)
