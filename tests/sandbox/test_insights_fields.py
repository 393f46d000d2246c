"""Which fields an event has.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.insights_events import MOST_FIELDS, discovered
from tests.sandbox.insights_queries import answers, events, result

LAMBDA = "123456789012:/aws/lambda/read"
REQUEST = "0fc78b42-f6e0-400a-be91-71c5d1eadb9a"


def one(query: str, line: str, log: str = "123456789012:app") -> dict[str, str]:
    (row,) = answers(query, events(line, log=log))
    return row


def test_every_event_has_the_system_fields() -> None:
    assert one("fields @timestamp, @ingestionTime, @message, @logStream, @log", "hello") == {
        "@timestamp": "2023-11-14 22:13:20.000",
        "@ingestionTime": "2023-11-14 22:13:20.000",
        "@message": "hello",
        "@logStream": "stream",
        "@log": "123456789012:app",
    }


def test_a_pointer_follows_each_event_and_no_group() -> None:
    assert result("fields @message", events("a")).rows == ((("@message", "a"), ("@ptr", "stream-0")),)
    assert result("stats count(*) as n", events("a")).rows == ((("n", "1"),),)


def test_without_fields_time_and_text_are_shown() -> None:
    assert one("filter @message like 'a'", "a") == {"@timestamp": "2023-11-14 22:13:20.000", "@message": "a"}


def test_a_json_boolean_is_1_or_0_and_null_is_missing() -> None:
    line = '{"match": false, "cold": true, "code": null, "empty": [], "text": "true"}'
    shown = "fields match, cold, code, empty, text"
    assert one(shown, line) == {"match": "0", "cold": "1", "text": "true"}
    assert answers(f"{shown} | filter match = 0 and cold = 1 and not ispresent(code)", events(line))
    assert not answers(f'{shown} | filter match = "false"', events(line))


def test_a_json_number_reads_as_java_writes_it() -> None:
    assert one("fields a, b, c, d", '{"a": 5, "b": 0.214, "c": 128000000.0, "d": 0.00025}') == {
        "a": "5",
        "b": "0.214",
        "c": "1.28E8",
        "d": "2.5E-4",
    }


def test_a_json_field_whose_name_begins_with_at_gets_another() -> None:
    assert one("fields `@@example.com`, `@example.com`", '{"@example.com": 1}') == {"@@example.com": "1"}


def test_a_name_with_dots_is_found_as_one_key_and_as_many() -> None:
    assert one("fields a.b.c, a.d", '{"a.b": {"c": 1}, "a": {"d": 2}}') == {"a.b.c": "1", "a.d": "2"}


def test_json_in_the_middle_of_a_line_counts_in_lambdas_logs_alone() -> None:
    line = (
        "[INFO]\t2023-11-14T22:13:20.000Z\t" + REQUEST + '\tread {"path": "mock"} then {"path": "prisma", "other": 1}'
    )
    assert one("fields path, other, @requestId", line, LAMBDA) == {"path": "mock", "@requestId": REQUEST}
    assert one("fields path, other", line) == {}


def test_the_first_fragment_that_is_json_counts() -> None:
    assert one("fields a", 'set {x} and {"a": 1}', LAMBDA) == {"a": "1"}


def test_only_two_hundred_fields_are_discovered() -> None:
    line = json.dumps({f"f{number}": number for number in range(MOST_FIELDS + 1)})
    assert one("fields f0, f199, f200", line) == {"f0": "0", "f199": "199"}


@pytest.mark.parametrize("line", ["", "no json", "[1, 2]", '{"cut": ', "{}", '"text"', "null"])
def test_lines_without_an_object_have_no_fields_of_their_own(line: str) -> None:
    assert one("fields cut, a", line) == {}


def test_a_report_line_has_its_measures() -> None:
    """As AWS shows one: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-examples.html"""
    line = (
        f"REPORT RequestId: {REQUEST}\tDuration: 1394.60 ms\tBilled Duration: 1824 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 79 MB\tInit Duration: 428.60 ms\t\n"
        "XRAY TraceId: 1-5e34a614-10bdbf44876dd5e8f1b2b5d3\tSegmentId: 5e1e3f0a1c6e4d2b\tSampled: true\t"
    )
    shown = (
        "fields @type, @requestId, @duration, @billedDuration, @initDuration, @memorySize, @maxMemoryUsed, "
        "@xrayTraceId, @xraySegmentId"
    )
    assert one(shown, line, LAMBDA) == {
        "@type": "REPORT",
        "@requestId": REQUEST,
        "@duration": "1394.6",
        "@billedDuration": "1824.0",
        "@initDuration": "428.6",
        "@memorySize": "1.28E8",
        "@maxMemoryUsed": "7.9E7",
        "@xrayTraceId": "1-5e34a614-10bdbf44876dd5e8f1b2b5d3",
        "@xraySegmentId": "5e1e3f0a1c6e4d2b",
    }
    assert one(shown, line) == {}


def test_other_platform_lines_have_a_type() -> None:
    lines = (
        f"START RequestId: {REQUEST} Version: 7",
        f"END RequestId: {REQUEST}",
        "INIT_START Runtime Version: python:3.13",
    )
    rows = answers("fields @type, @requestId | sort @timestamp", events(*lines, log=LAMBDA))
    assert rows == [
        {"@type": "START", "@requestId": REQUEST},
        {"@type": "END", "@requestId": REQUEST},
        {"@type": "INIT_START"},
    ]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
    max_leaves=12,
)


def leaves(value: Any, path: str) -> dict[str, Any]:
    if isinstance(value, dict):
        return {name: leaf for key, inner in value.items() for name, leaf in leaves(inner, f"{path}.{key}").items()}
    if isinstance(value, list):
        return {name: leaf for at, inner in enumerate(value) for name, leaf in leaves(inner, f"{path}.{at}").items()}
    return {} if value is None else {path: value}


@given(st.dictionaries(st.text("abc", min_size=1), json_values, min_size=1, max_size=4))
def test_each_leaf_of_a_document_is_a_field(document: dict[str, Any]) -> None:
    (event,) = events(json.dumps(document))
    expected = {name: leaf for key, value in document.items() for name, leaf in leaves(value, key).items()}
    found = {name: value for name, value in discovered(event).items() if not name.startswith("@")}
    assert found == expected
    asked = ", ".join(f"`{name}`" for name in expected) or "none"
    shown = {name: str(int(leaf) if isinstance(leaf, bool) else leaf) for name, leaf in expected.items()}
    assert one(f"fields {asked}", event.message) == shown
