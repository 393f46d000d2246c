"""https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader"""

import pytest

from sandbox.xray_invocation import Identifiers, TraceHeader, is_traced, new_header, parse_header
from tests.sandbox.xray_traces import TRACE_ID, invocation

PARENT = "53995c3f42cd8ad8"


@pytest.mark.parametrize(
    ("text", "parent", "sampled"),
    [
        (f"Root={TRACE_ID};Parent={PARENT};Sampled=1", PARENT, True),
        (f"Root={TRACE_ID};Parent={PARENT};Sampled=0", PARENT, False),
        (f"Root={TRACE_ID};Parent={PARENT};Sampled=?", PARENT, None),
        (f"Root={TRACE_ID}", None, None),
        (f"Sampled=1; Root={TRACE_ID}", None, True),
        (f"Root={TRACE_ID};Parent=nobody;Sampled=1", None, True),
    ],
)
def test_a_header_says_trace_parent_and_decision(text: str, *, parent: str | None, sampled: bool | None) -> None:
    header = parse_header(text)
    assert header is not None
    assert (header.root, header.parent, header.sampled) == (TRACE_ID, parent, sampled)


@pytest.mark.parametrize("text", ["", "nonsense", "Parent=1;Sampled=1", "Root=1-2-3;Sampled=1"])
def test_a_header_without_a_trace_is_none(text: str) -> None:
    assert parse_header(text) is None


def test_what_a_function_calls_hangs_under_its_run_and_keeps_the_rest_of_the_header() -> None:
    header = parse_header(f"Root={TRACE_ID};Parent={PARENT};Sampled=1;Lineage=1:a87bd80c:1")
    assert header is not None
    assert header.with_parent("c" * 16) == f"Root={TRACE_ID};Parent={'c' * 16};Sampled=1;Lineage=1:a87bd80c:1"


def test_a_new_trace_carries_the_time() -> None:
    header = new_header(1_700_000_000.9, Identifiers.draw())
    assert header.root.startswith("1-6553f100-")
    assert parse_header(header.with_parent(PARENT)) is not None


UNDECIDED = TraceHeader(TRACE_ID, PARENT, sampled=None, fields=())
SAMPLED = TraceHeader(TRACE_ID, PARENT, sampled=True, fields=())
NOT_SAMPLED = TraceHeader(TRACE_ID, PARENT, sampled=False, fields=())


@pytest.mark.parametrize(
    ("mode", "header", "traced"),
    [
        ("Active", None, True),
        ("Active", UNDECIDED, True),
        ("Active", SAMPLED, True),
        ("Active", NOT_SAMPLED, False),
        ("PassThrough", None, False),
        ("PassThrough", SAMPLED, False),
    ],
    ids=["active", "undecided", "sampled", "not sampled", "pass-through", "pass-through, sampled"],
)
def test_lambda_traces_with_active_tracing_what_the_caller_did_not_rule_out(
    mode: str, header: TraceHeader | None, *, traced: bool
) -> None:
    assert is_traced(mode, header) is traced


def test_an_invocation_that_ran_at_the_walls_pace_is_left_alone() -> None:
    assert invocation(seconds=1.0, pace=1.001).pace == 1
    assert invocation(seconds=0.0).pace == 1
    assert invocation(seconds=1.0, pace=7.0).pace == pytest.approx(7)
