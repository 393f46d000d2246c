"""What is kept, in which order it is found, and by which time."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.aws_api import AwsError
from sandbox.xray_filter import predicate
from sandbox.xray_queries import TimeRange, begun_in, page
from sandbox.xray_store import MOST_BYTES_A_TRACE, TraceStore
from tests.sandbox.xray_traces import BEGAN, invocation, segment, sent

ALL = predicate("")
EVER = TimeRange(0, 2**32)


def trace_id(number: int, *, second: int = 0) -> str:
    return f"1-{int(BEGAN) + second:08x}-{number:024x}"


def stored(store: TraceStore, number: int, *, second: int = 0, **fields: Any) -> str:
    """Store a trace of one segment, which begins in a second of its own unless `begin` says otherwise."""
    begin = fields.pop("begin", float(second))
    document = segment("1", "web", begin=begin, end=fields.pop("end", begin + 1), **fields)
    identifier = trace_id(number, second=second)
    (accepted,) = sent({**document, "trace_id": identifier})
    store.add(accepted)
    return identifier


def found(store: TraceStore, span: TimeRange = EVER, kind: str = "TraceId", expression: str = "") -> list[str]:
    return [trace.trace_id for trace, _ in page(store, span, kind, predicate(expression), None, most=1000).found]


def test_the_oldest_trace_makes_room() -> None:
    store = TraceStore(most_traces=2)
    identifiers = [stored(store, number) for number in range(3)]
    assert identifiers[0] not in store
    assert found(store) == [identifiers[2], identifiers[1]]
    while store.index_some():
        pass


def test_a_trace_that_was_asked_about_shows_what_came_later() -> None:
    store = TraceStore()
    store.add(invocation())
    (trace,) = store.all()
    before = trace.facts()
    assert trace.facts() is before
    store.add(sent(segment("9", "web", annotations={"canary": True}))[0])
    after = trace.facts()
    assert after is not None
    assert "canary" in after.annotations
    assert trace.revision == 2


def test_a_trace_of_which_nothing_is_known_yet_is_not_found() -> None:
    store = TraceStore()
    store.begin(trace_id(1))
    assert trace_id(1) in store
    assert found(store) == []


def test_a_trace_beyond_its_limit_keeps_what_it_has() -> None:
    store = TraceStore()
    for number in range(12):
        document = segment(f"{number + 1:x}", "web", metadata={"debug": "x" * 60_000})
        store.add(sent(document)[0])
    (trace,) = store.all()
    assert trace.limit_exceeded
    assert sum(len(str(each)) for each in trace.segments()) <= MOST_BYTES_A_TRACE


@pytest.mark.parametrize(
    ("kind", "span", "names"),
    [
        # The range is [start, end).
        ("TraceId", (0, 1), {0}),
        ("TraceId", (1, 3), {1, 2}),
        # Active in the range, whenever it began: the second lasts from 1 to 5.
        ("Event", (3, 4), {1, 2}),
        ("Event", (0, 1), {0}),
        # A segment ended in the range.
        ("Service", (4, 6), {1}),
        ("Service", (0, 1), set()),
    ],
)
def test_a_range_is_of_ids_of_activity_or_of_ends(kind: str, span: tuple[int, int], names: set[int]) -> None:
    """https://docs.aws.amazon.com/xray/latest/api/API_GetTraceSummaries.html"""
    store = TraceStore()
    identifiers = [stored(store, 0), stored(store, 1, second=1, end=5.0), stored(store, 2, second=2)]
    asked = TimeRange(BEGAN + span[0], BEGAN + span[1])
    assert {identifiers.index(name) for name in found(store, asked, kind)} == names


@given(st.lists(st.integers(0, 5), max_size=30), st.integers(1, 7), st.sampled_from(["", "error"]))
def test_pages_give_every_match_once_and_the_latest_first(seconds: list[int], most: int, expression: str) -> None:
    store = TraceStore()
    for number, second in enumerate(seconds):
        stored(store, number, second=second, error=number % 2 == 0)
    matches = predicate(expression)
    gathered, processed, token = [], 0, None
    while True:
        given_page = page(store, EVER, "TraceId", matches, token, most=most)
        assert len(given_page.found) <= most
        gathered += [trace.trace_id for trace, _ in given_page.found]
        processed += given_page.processed
        # What comes in meanwhile is later than the pages that are left.
        stored(store, 1000 + len(store), second=6)
        token = given_page.next_token
        if token is None:
            break
    numbered = sorted(((second, number) for number, second in enumerate(seconds)), reverse=True)
    wanted = [trace_id(number, second=second) for second, number in numbered if not expression or number % 2 == 0]
    assert gathered == wanted
    assert processed == len(seconds)


def test_a_token_of_somebody_elses_is_refused() -> None:
    with pytest.raises(AwsError, match="NextToken"):
        page(TraceStore(), EVER, "TraceId", ALL, "else's", most=1)


def test_a_graphs_range_is_of_when_traces_began() -> None:
    store = TraceStore()
    stored(store, 0)
    later = stored(store, 1, second=10)
    assert [facts.trace_id for facts in begun_in(store, TimeRange(BEGAN + 5, BEGAN + 15), ALL)] == [later]


def test_what_has_changed_is_indexed_a_few_at_a_time() -> None:
    store = TraceStore()
    for number in range(120):
        stored(store, number)
    rounds = 1
    while store.index_some():
        rounds += 1
    assert rounds == 3


def test_no_more_than_so_many_traces_wait_to_be_indexed() -> None:
    store = TraceStore(most_unindexed=70)
    for number in range(120):
        stored(store, number)
    rounds = 1
    while store.index_some():
        rounds += 1
    assert rounds == 2
    assert len(found(store)) == 120
