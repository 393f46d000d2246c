"""A deadline that several steps share."""

import pytest

from shared.deadline import Deadline


def test_what_remains_only_shrinks() -> None:
    deadline = Deadline(60_000)
    first = deadline.remaining_s()
    assert 0 < deadline.remaining_s() <= first <= 60


def test_a_deadline_that_has_passed_is_a_timeout() -> None:
    with pytest.raises(TimeoutError):
        Deadline(0).remaining_s()
