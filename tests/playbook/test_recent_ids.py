from hypothesis import given
from hypothesis import strategies as st

from playbook.recent_ids import RecentIds

SPAN_MS = 1000


def test_an_id_is_new_once() -> None:
    ids = RecentIds(SPAN_MS)

    assert [ids.is_new("a", 0), ids.is_new("a", 1), ids.is_new("b", 1), ids.is_new("a", SPAN_MS)] == [
        True,
        False,
        True,
        False,
    ]


def test_an_id_is_forgotten_after_twice_the_span() -> None:
    ids = RecentIds(SPAN_MS)
    ids.is_new("a", 0)
    for time_ms in (SPAN_MS, 2 * SPAN_MS):
        ids.is_new(str(time_ms), time_ms)

    assert ids.is_new("a", 2 * SPAN_MS)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 20 * SPAN_MS)), max_size=60))
def test_within_the_span_nothing_is_new_twice(lines: list[tuple[int, int]]) -> None:
    """Each line comes twice, the second time at most a span later than lines of its own time do."""
    ids = RecentIds(SPAN_MS)
    first = [(time_ms, f"{number}/{time_ms}", time_ms) for number, time_ms in set(lines)]
    again = [(time_ms + SPAN_MS - 1, identity, told_ms) for time_ms, identity, told_ms in first]

    told = [identity for _, identity, time_ms in sorted(first + again) if ids.is_new(identity, time_ms)]

    assert sorted(told) == sorted(identity for _, identity, _ in first)
