"""https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html"""

import json
from typing import Any

import pytest

from sandbox.xray_documents import MOST_BYTES, UnprocessedSegmentError, accept, family, trace_time
from tests.sandbox.xray_traces import TRACE_ID, embedded, segment, subsegment

MINIMAL = {
    # The page's own example.
    "name": "example.com",
    "id": "70de5b6f19ff9a0a",
    "start_time": 1.478293361271e9,
    "trace_id": "1-581cf771-a006649127e371903a2de979",
    "end_time": 1.478293361449e9,
}


@pytest.mark.parametrize(
    "document",
    [
        MINIMAL,
        segment("1", "example.com", end=None),
        segment("1", "example.com", subsegments=[embedded("2", "## UserModel.saveUser")]),
        subsegment("2", "## a name of any kind!", "1"),
    ],
    ids=["minimal", "in progress", "embedded", "separate"],
)
def test_a_document_is_taken_and_read_as_it_was_sent(document: dict[str, Any]) -> None:
    taken = accept(json.dumps(document))
    assert taken.trace_id == document["trace_id"]
    assert taken.read() == document


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"id": None}, "MissingId"),
        ({"id": "xyz"}, "InvalidId"),
        ({"name": None}, "MissingName"),
        ({"name": "semi;colon"}, "InvalidName"),
        ({"name": "n" * 201}, "InvalidName"),
        ({"trace_id": None}, "MissingTraceId"),
        ({"trace_id": "1-581cf771"}, "InvalidTraceId"),
        ({"start_time": None}, "MissingStartTime"),
        ({"start_time": "yesterday"}, "InvalidStartTime"),
        ({"end_time": None}, "MissingEndTime"),
        ({"end_time": True}, "InvalidEndTime"),
        ({"type": "subsegment"}, "MissingParentId"),
        ({"subsegments": [{"name": "no id"}]}, "MissingId"),
        ({"subsegments": 7}, "InvalidSubsegments"),
        ({"annotations": [1]}, "InvalidAnnotations"),
    ],
)
def test_a_document_that_breaks_the_schema_is_refused_by_name(changes: dict[str, Any], code: str) -> None:
    document = {name: value for name, value in {**MINIMAL, **changes}.items() if value is not None}
    with pytest.raises(UnprocessedSegmentError) as refused:
        accept(json.dumps(document))
    assert refused.value.code == code
    assert str(refused.value) == f"Invalid segment. ErrorCode: {code}"


@pytest.mark.parametrize("text", ["", "no JSON", "[]", "7"])
def test_what_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(UnprocessedSegmentError, match="ParseError"):
        accept(text)


def test_a_document_above_64_kb_is_refused() -> None:
    with pytest.raises(UnprocessedSegmentError, match="SegmentTooLarge"):
        accept(json.dumps(segment("1", "example.com", metadata={"debug": "x" * MOST_BYTES})))


def test_a_trace_id_carries_the_time_of_the_request() -> None:
    # 10:00AM December 2nd, 2016 PST: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html
    assert trace_time("1-58406520-a006649127e371903a2de979") == 1_480_615_200
    assert trace_time(TRACE_ID) == 1_700_000_000


def test_a_family_is_a_document_with_all_that_is_embedded_in_it() -> None:
    document = segment("1", "s", subsegments=[embedded("2", "a", subsegments=[embedded("3", "b")]), embedded("4", "c")])
    assert [member["name"] for member in family(document)] == ["s", "a", "c", "b"]
