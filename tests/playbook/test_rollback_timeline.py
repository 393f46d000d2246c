import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbook.rollback_timeline import FAILURES_TO_SEE, PrismaReads, time_to_safe
from stacks.environments import BETA

SECONDS = st.floats(0, 1e6)


def test_time_counts_from_the_third_failure_to_the_last_read_that_was_sent_to_prisma() -> None:
    reads = PrismaReads(sent_at=(1, 2, 3, 4, 5, 400), failed_at=(2, 3, 10, 11))

    safe = time_to_safe(reads, alarm_at=190, switched_at=200)

    assert safe.third_failure_at == 10
    assert safe.seconds == 390
    assert safe.parts_seconds == {
        "metric delay and evaluation": 180,
        "notification and kill switch": 10,
        "configuration poll and cache": 200,
    }


@given(failed=st.lists(SECONDS, min_size=3).map(sorted), alarm_at=SECONDS, switched_at=SECONDS)
def test_the_parts_add_up_to_the_whole(failed: list[float], alarm_at: float, switched_at: float) -> None:
    reads = PrismaReads(sent_at=tuple(failed), failed_at=tuple(failed))

    safe = time_to_safe(reads, alarm_at=alarm_at, switched_at=switched_at)

    assert sum(safe.parts_seconds.values()) == pytest.approx(safe.seconds, abs=1e-6)


def test_fewer_failures_than_an_alarm_needs_are_no_rollback() -> None:
    with pytest.raises(ValueError, match="only 2 reads failed"):
        time_to_safe(PrismaReads(sent_at=(1, 2), failed_at=(1, 2)), alarm_at=3, switched_at=4)


def test_an_alarm_needs_as_many_failures_as_time_is_counted_from() -> None:
    from dashboards.formulas import MINIMUM_FAILURES  # noqa: PLC0415 - only here is it compared

    assert FAILURES_TO_SEE == MINIMUM_FAILURES
    assert BETA.error_rate_limit_percent == 2
