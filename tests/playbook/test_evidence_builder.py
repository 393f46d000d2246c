import random

from hypothesis import given
from hypothesis import strategies as st

from playbook.bounds import Tally
from playbook.evidence import Evidence
from playbook.evidence_builder import EvidenceBuilder
from playbook.latencies import LatencyDistribution
from tests.playbook.log_lines import (
    Line,
    bad_request,
    canary_read,
    compared,
    comparison_failed,
    comparison_skipped,
    failed_canary_read,
    mock_read,
    sampled,
    sampled_in_vain,
)


def evidence(*lines: Line) -> Evidence:
    builder = EvidenceBuilder()
    for line in lines:
        builder.add(line)
    return builder.evidence(alarms=(), baseline_latencies=LatencyDistribution())


def test_a_read_of_the_mock_is_none_of_the_canary() -> None:
    seen = evidence(mock_read(2.0))

    assert seen.canary == Tally()
    assert (seen.mock_latencies.reads, seen.canary_latencies.reads) == (1, 0)


def test_a_failed_canary_read_is_an_attempt_without_a_latency() -> None:
    """What its caller waited is the mock's answer after the candidate's time-out: of neither path."""
    seen = evidence(canary_read(30.0), failed_canary_read())

    assert seen.canary == Tally(1, 2)
    assert (seen.mock_latencies.reads, seen.canary_latencies.reads) == (0, 1)


def test_a_sampled_read_is_compared_once() -> None:
    seen = evidence(sampled("a"), compared("a"), compared("a"), sampled("b"), compared("b", match=False), sampled("c"))

    assert (seen.shadow.sampled, seen.shadow.compared, seen.shadow.mismatching) == (3, 2, 1)
    assert seen.shadow.latencies.reads == 3


def test_a_comparison_that_fails_is_a_shadow_error() -> None:
    seen = evidence(sampled("a"), comparison_failed("a"), comparison_failed("a"))

    assert (seen.shadow.sampled, seen.shadow.compared, seen.shadow.failed) == (1, 0, 1)


def test_a_sampled_read_whose_line_could_not_be_made_is_one_that_failed() -> None:
    seen = evidence(sampled_in_vain("a"))

    assert (seen.shadow.sampled, seen.shadow.failed) == (1, 1)


def test_a_line_that_tells_of_no_read_changes_nothing() -> None:
    assert evidence(bad_request(), comparison_skipped(at_ms=60_000), {"message": "not ours"}) == Evidence()


def test_a_step_lasts_from_its_first_line_to_its_last() -> None:
    seen = evidence(canary_read(at_ms=90_000), canary_read(at_ms=0), canary_read(at_ms=120_000))

    assert seen.minutes == 2
    assert seen.a_minute(3) == 1.5


def test_a_single_moment_has_no_rate() -> None:
    assert evidence(canary_read(), canary_read()).a_minute(2) is None


def test_the_alarms_and_the_baseline_are_handed_through() -> None:
    baseline = LatencyDistribution(((10, 3),))

    assert EvidenceBuilder().evidence(alarms=(), baseline_latencies=baseline).baseline_latencies is baseline


lines = st.lists(
    st.builds(
        lambda make, at_ms: make(at_ms),
        st.sampled_from(
            [
                lambda at_ms: mock_read(at_ms / 1000, at_ms=at_ms),
                lambda at_ms: canary_read(at_ms / 1000, at_ms=at_ms),
                lambda at_ms: failed_canary_read(at_ms=at_ms),
                *(lambda at_ms, name=name: sampled(name, at_ms=at_ms) for name in "abc"),
                *(lambda at_ms, name=name: compared(name, match=at_ms % 2 == 0, at_ms=at_ms) for name in "abc"),
                lambda at_ms: comparison_failed("a", at_ms=at_ms),
            ]
        ),
        st.integers(0, 599_999),
    ),
    max_size=30,
)


@given(lines, st.randoms(use_true_random=False))
def test_within_ten_minutes_the_order_of_lines_does_not_matter(seen: list[Line], shuffler: random.Random) -> None:
    shuffled = list(seen)
    shuffler.shuffle(shuffled)

    assert evidence(*shuffled) == evidence(*seen)
