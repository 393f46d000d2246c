from dataclasses import replace

import pytest
from rich.console import Console

from playbook.bundle import Bundle, Gate
from playbook.read_series import DiffField, FailureCode
from playbook.verdict import Outcome
from playbook.verdict_view import (
    EXIT_CODES,
    detail_lines,
    next_line,
    outcome_line,
    title_lines,
    verdict_document,
    verdict_table,
)
from tests.playbook.bundles import SHADOW_ENDS, bundle, day, go, hold, rollback, step

GO, HOLD = go(), hold()
ROLLBACK = replace(
    rollback(),
    diff_fields=(DiffField(path="preferences.locale", kind="missing", reads=4),),
    failures=(FailureCode(event="CANARY-ERROR", code="timeout", count=51),),
)


def printed(found: Bundle, width: int) -> str:
    console = Console(width=width)
    with console.capture() as captured:
        console.print(verdict_table(found.verdict))
    return captured.get()


def test_the_table_has_a_row_for_each_check_with_its_whole_reason() -> None:
    text = " ".join(printed(ROLLBACK, 100).split())

    for check in ROLLBACK.verdict.checks:
        assert check.outcome.name in text
    assert "ROLLBACK" in text


def test_a_reason_keeps_its_brackets_and_is_never_cut() -> None:
    (check, *others) = HOLD.verdict.checks
    found = replace(HOLD, verdict=replace(HOLD.verdict, checks=(replace(check, reason="[see] " * 60), *others)))

    assert printed(found, 60).count("[see]") == 60


def test_programs_get_the_same_checks_with_their_figures() -> None:
    document = verdict_document(ROLLBACK, evidence="there.jsonl")

    assert (document["outcome"], document["gate"], document["evidence"]) == ("ROLLBACK", "canary", "there.jsonl")
    assert [check["name"] for check in document["checks"]] == [check.name for check in ROLLBACK.verdict.checks]
    assert document["checks"][0]["figures"] == ROLLBACK.verdict.checks[0].figures
    assert document["failures"][0] == {"event": "CANARY-ERROR", "code": "timeout", "count": 51}


def test_the_outcome_names_the_checks_it_comes_from() -> None:
    assert outcome_line(GO.verdict) == "GO: every check is met."
    assert outcome_line(HOLD.verdict) == "HOLD, by: canary error rate, canary p95."


def test_details_tell_which_fields_differ_and_why_reads_failed() -> None:
    lines = list(detail_lines(ROLLBACK))

    assert "  preferences.locale missing: 4 reads" in lines
    assert "  CANARY-ERROR timeout: 51" in lines
    assert list(detail_lines(GO)) == []


def test_the_title_tells_the_step_since_when_and_what_was_read() -> None:
    title, *sources = title_lines(GO)

    assert title == "beta: 1 % by request, shadow 100 % (version 3), since 2026-11-24 10:00:00 UTC, 60 min"
    assert sources[0] == (
        "  CloudWatch Logs, /aws/lambda/huntaze-mock-read: 41,234 lines, 2026-11-24 09:00:00 to 11:00:00 UTC"
    )


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (GO, "`playbook ramp 5`"),
        (replace(GO, step=step(5, SHADOW_ENDS)), "`playbook ramp 25`"),
        (replace(GO, step=step(50, SHADOW_ENDS)), "`playbook ramp 100`"),
        (replace(GO, step=step(100, SHADOW_ENDS)), "`playbook report`"),
        (replace(GO, gate=Gate.SHADOW), "`playbook canary start --percent 1`"),
        (replace(GO, environment="dev"), "`playbook --env dev ramp 5`"),
        (HOLD, "the reasons say what is missing"),
        (bundle(minutes=day(differing=3)), "`playbook explain USER`"),
        (ROLLBACK, "`playbook rollback flag`"),
    ],
)
def test_every_outcome_says_what_to_do_now(found: Bundle, told: str) -> None:
    assert told in next_line(found)


def test_every_outcome_has_an_exit_code_of_its_own() -> None:
    assert {outcome.name: EXIT_CODES[outcome] for outcome in Outcome} == {
        "GO": 0,
        "HOLD": 10,
        "INVESTIGATE": 11,
        "ROLLBACK": 12,
    }
