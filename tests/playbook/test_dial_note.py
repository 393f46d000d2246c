"""What a version says of itself can be read again, whatever was put into it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbook.dial_note import DialNote

AT = datetime(2026, 3, 2, 14, 0, 5, tzinfo=UTC)
ANNA = "arn:aws:sts::123456789012:assumed-role/operator/anna"


def test_it_reads_as_a_sentence() -> None:
    note = DialNote(what="5 % by request, shadow 5 %", operator=ANNA, at=AT, attempt="3f9c2a1b")
    assert str(note) == f"5 % by request, shadow 5 %; by {ANNA} at 2026-03-02T14:00:05Z; attempt 3f9c2a1b"


@given(st.text(max_size=2000))
def test_it_fits_a_description_and_is_read_back(what: str) -> None:
    note = DialNote(what=what, operator=ANNA, at=AT)
    text = str(note)
    assert len(text) <= 1024
    assert text.isascii()
    read = DialNote.parse(text)
    assert read is not None
    assert (read.operator, read.at, read.attempt) == (ANNA, AT, note.attempt)


def test_its_time_is_utc_wherever_it_is_written() -> None:
    elsewhere = DialNote(what="", operator=ANNA, at=AT.astimezone(timezone(timedelta(hours=9))))
    assert "at 2026-03-02T14:00:05Z" in str(elsewhere)


@pytest.mark.parametrize(
    "description",
    [
        "",
        "Seeded off",
        "Rollback guardian: huntaze-canary-error-rate-gt-2pct went to ALARM at 2026-03-02T14:00:05Z; delivery 1",
        f"5 %; by {ANNA} at yesterday; attempt 3f9c2a1b",
    ],
)
def test_the_words_of_others_are_no_note(description: str) -> None:
    assert DialNote.parse(description) is None


def test_no_two_attempts_are_the_same() -> None:
    assert len({DialNote(what="", operator=ANNA, at=AT).attempt for _ in range(50)}) == 50
