"""Segment documents, as clients send them: read, checked, and refused as X-Ray refuses them.

https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
"""

import re
from dataclasses import dataclass
from typing import Any, Final

import orjson

Document = dict[str, Any]

MOST_BYTES: Final = 64 * 1024
"""Of one document."""

TRACE_ID: Final = re.compile(r"1-([0-9a-f]{8})-[0-9a-f]{24}")
SEGMENT_ID: Final = re.compile(r"[0-9a-f]{16}")
_NAME: Final = re.compile(r"[\w\s.:/%&#=+\\\-@]{1,200}")


class UnprocessedSegmentError(ValueError):
    """A document that X-Ray does not take. `code` is the API's; `segment_id` is set as far as it can be read."""

    def __init__(self, code: str, segment_id: str | None) -> None:
        super().__init__(f"Invalid segment. ErrorCode: {code}")
        self.code = code
        self.segment_id = segment_id


@dataclass(frozen=True, slots=True)
class SegmentDocument:
    """A document that was taken: a segment, or a subsegment that was sent separately."""

    trace_id: str
    text: bytes | str

    def read(self) -> Document:
        """A copy of one's own."""
        document: Document = orjson.loads(self.text)
        return document


def accept(text: bytes | str) -> SegmentDocument:
    """Raises `UnprocessedSegmentError`.

    AWS names one of its codes, InvalidTraceId; the others are made after it:
    https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html
    """
    if len(text) > MOST_BYTES:
        raise UnprocessedSegmentError("SegmentTooLarge", None)
    try:
        document = orjson.loads(text)
    except ValueError:
        raise UnprocessedSegmentError("ParseError", None) from None
    if not isinstance(document, dict):
        raise UnprocessedSegmentError("ParseError", None)
    _check(document, separate=True)
    return SegmentDocument(document["trace_id"], text)


def _check(document: Document, *, separate: bool) -> None:
    segment_id = document.get("id")
    shown = segment_id if isinstance(segment_id, str) else None
    if not _is(SEGMENT_ID, segment_id):
        raise UnprocessedSegmentError("InvalidId" if "id" in document else "MissingId", shown)
    # The symbols are prescribed for segments; a subsegment may be called `## UserModel.saveUser`.
    is_segment = separate and document.get("type") != "subsegment"
    name = document.get("name")
    if not isinstance(name, str) or not name or (is_segment and not _is(_NAME, name)):
        raise UnprocessedSegmentError("InvalidName" if "name" in document else "MissingName", shown)
    if separate and not _is(TRACE_ID, document.get("trace_id")):
        raise UnprocessedSegmentError("InvalidTraceId" if "trace_id" in document else "MissingTraceId", shown)
    if separate and not is_segment and not _is(SEGMENT_ID, document.get("parent_id")):
        raise UnprocessedSegmentError("InvalidParentId" if "parent_id" in document else "MissingParentId", shown)
    _check_times(document, shown)
    subsegments = document.get("subsegments", [])
    if not isinstance(subsegments, list) or not all(isinstance(each, dict) for each in subsegments):
        raise UnprocessedSegmentError("InvalidSubsegments", shown)
    for field in ("annotations", "metadata", "http", "aws"):
        if not isinstance(document.get(field, {}), dict):
            raise UnprocessedSegmentError(f"Invalid{field.capitalize()}", shown)
    for each in subsegments:
        _check(each, separate=False)


def _check_times(document: Document, segment_id: str | None) -> None:
    start, end = document.get("start_time"), document.get("end_time")
    if not _is_number(start):
        raise UnprocessedSegmentError(
            "InvalidStartTime" if "start_time" in document else "MissingStartTime", segment_id
        )
    if document.get("in_progress") is True and end is None:
        return
    if not _is_number(end):
        raise UnprocessedSegmentError("InvalidEndTime" if "end_time" in document else "MissingEndTime", segment_id)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def trace_time(trace_id: str) -> int:
    """Epoch seconds of the original request, which a trace id of AWS's form carries."""
    return int(trace_id[2:10], 16)


def family(document: Document) -> list[Document]:
    """A segment or subsegment and every subsegment below it, parents first."""
    members = [document]
    for member in members:
        if "subsegments" in member:
            members += member["subsegments"]
    return members
