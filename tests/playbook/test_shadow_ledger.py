import random
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from playbook.evidence import ShadowEvidence
from playbook.latencies import LatencyDistribution
from playbook.shadow_ledger import REMEMBERED_MS, Seen, ShadowLedger

Note = tuple[str, Seen, int]


def evidence(notes: list[Note]) -> ShadowEvidence:
    ledger = ShadowLedger()
    for note in notes:
        ledger.note(*note)
    return ledger.evidence(LatencyDistribution())


def test_a_read_that_is_delivered_twice_counts_once() -> None:
    notes = [("a", Seen.SAMPLED, 0), ("a", Seen.COMPARED, 1), ("a", Seen.COMPARED, 2), ("b", Seen.SAMPLED, 3)]

    assert evidence(notes) == ShadowEvidence(sampled=2, compared=1)


def test_a_read_that_was_compared_after_a_failure_counts_as_both() -> None:
    notes = [("a", Seen.SAMPLED, 0), ("a", Seen.FAILED, 1), ("a", Seen.FAILED, 2), ("a", Seen.COMPARED, 3)]

    assert evidence(notes) == ShadowEvidence(sampled=1, compared=1, failed=1)


def test_a_read_that_ever_differed_counts_as_different() -> None:
    notes = [("a", Seen.SAMPLED, 0), ("a", Seen.COMPARED | Seen.MISMATCHING, 1), ("a", Seen.COMPARED, 2)]

    assert evidence(notes) == ShadowEvidence(sampled=1, compared=1, mismatching=1)


def test_a_comparison_of_a_read_before_the_step_makes_up_for_none_that_is_lost() -> None:
    assert evidence([("a", Seen.SAMPLED, 0), ("before", Seen.COMPARED, 1)]) == ShadowEvidence(sampled=1)


def test_a_comparison_is_matched_for_ten_minutes() -> None:
    def compared_after(milliseconds: int) -> ShadowEvidence:
        passing = [(f"other-{time_ms}", Seen.SAMPLED, time_ms) for time_ms in range(0, milliseconds, 60_000)]
        return evidence([("a", Seen.SAMPLED, 0), *passing, ("a", Seen.COMPARED, milliseconds)])

    assert compared_after(REMEMBERED_MS).compared == 1
    assert compared_after(2 * REMEMBERED_MS).compared == 0


notes = st.lists(
    st.tuples(
        st.sampled_from("abcdefgh"),
        st.sampled_from([Seen.SAMPLED, Seen.COMPARED, Seen.COMPARED | Seen.MISMATCHING, Seen.FAILED]),
        st.integers(0, REMEMBERED_MS - 1),
    )
)


@given(notes, st.randoms(use_true_random=False))
def test_within_ten_minutes_the_order_of_lines_does_not_matter(noted: list[Note], shuffler: random.Random) -> None:
    shuffled = list(noted)
    shuffler.shuffle(shuffled)

    assert evidence(shuffled) == evidence(noted)


def test_all_reads_of_a_long_step_are_counted_and_few_remembered() -> None:
    ledger = ShadowLedger()
    tracemalloc.start()
    peaks = []
    for hour in range(4):
        tracemalloc.reset_peak()
        for second in range(3600):
            time_ms = (hour * 3600 + second) * 1000
            ledger.note(f"request-{time_ms}", Seen.SAMPLED, time_ms)
            ledger.note(f"request-{time_ms - 5000}", Seen.COMPARED, time_ms)
        peaks.append(tracemalloc.get_traced_memory()[1])
    tracemalloc.stop()

    assert ledger.evidence(LatencyDistribution()) == ShadowEvidence(sampled=4 * 3600, compared=4 * 3600 - 5)
    assert peaks[-1] < 1.2 * peaks[0]
