"""How a log line looks, and that its colour says nothing that its words do not."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from playbook.log_tail import LogLine
from playbook.log_view import log_document, log_text, token_style

LINE = LogLine(
    at=datetime(2026, 3, 2, 14, 0, 1, 42_000, tzinfo=UTC),
    function_name="huntaze-mock-read",
    text="[CANARY-SUCCESS] userId: 'user-7', duration: 12",
    token="CANARY-SUCCESS",
    user_id="user-7",
)


def test_a_line_is_its_time_its_function_and_its_message() -> None:
    text = log_text(LINE, prefix="huntaze")

    assert text.plain == "14:00:01.042 mock-read     [CANARY-SUCCESS] userId: 'user-7', duration: 12"


def test_the_word_in_brackets_alone_is_coloured() -> None:
    (span,) = log_text(LINE, prefix="huntaze").spans

    assert log_text(LINE, prefix="huntaze").plain[span.start : span.end] == "[CANARY-SUCCESS]"


def test_a_line_of_no_token_is_coloured_as_a_whole() -> None:
    text = log_text(replace(LINE, token=None, text="Task timed out"), prefix="huntaze")

    assert text.plain.endswith("Task timed out")
    assert token_style(replace(LINE, token=None)) == token_style(replace(LINE, token="CANARY-ERROR"))


@pytest.mark.parametrize(
    ("token", "matched", "style"),
    [
        ("MOCK-SUCCESS", None, "green"),
        ("CANARY-SUCCESS", None, "green"),
        ("CANARY-ERROR", None, "bold red"),
        ("PRISMA-ERROR", None, "bold red"),
        ("FLAG-ERROR", None, "bold red"),
        ("BAD-REQUEST", None, "yellow"),
        ("SHADOW-SKIPPED", None, "yellow"),
        ("SHADOW-DIFF", False, "yellow"),
        ("SHADOW-DIFF", True, "dim"),
        ("SHADOW-REQUEST", None, "dim"),
    ],
)
def test_each_token_has_the_colour_of_what_it_means(token: str, matched: bool | None, style: str) -> None:  # noqa: FBT001 - pytest's parameter
    assert token_style(replace(LINE, token=token, matched=matched)) == style


def test_the_document_has_the_line_in_parts() -> None:
    assert log_document(LINE) == {
        "at": "2026-03-02T14:00:01.042000+00:00",
        "function": "huntaze-mock-read",
        "token": "CANARY-SUCCESS",
        "user_id": "user-7",
        "text": LINE.text,
    }
