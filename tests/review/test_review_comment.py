"""The comment, as a reviewer reads it."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from review.assembly import EMPTY, Assembly, Finding
from review.comment import MARKER, MOST_CHARACTERS, Sides, render
from review.comparison import Comparison, StackText
from review.once import Shared
from tests.review.templates import ENVIRONMENTS, assembly, changed, changed_everywhere, comparisons, template

SIDES = Sides(base="`0123456789ab`", head="The work tree")
BASE = assembly()
CASES: Mapping[str, tuple[Assembly, Assembly]] = {
    "the same": (BASE, assembly()),
    "threshold and name": (
        BASE,
        assembly(
            **{
                name: changed(changed(template(name), "ErrorRate", Threshold=1), "Reader", FunctionName=f"other-{name}")
                for name in ENVIRONMENTS
            }
        ),
    ),
    "description": (BASE, changed_everywhere("ErrorRate", AlarmDescription="Other words")),
    "code": (BASE, changed_everywhere("Reader", Code={"S3Key": "b" * 64})),
    "findings": (
        BASE,
        replace(
            BASE,
            open_findings=frozenset({Finding("dev", "Flags/Queue", "AwsSolutions-SQS3")}),
            acknowledged={**BASE.acknowledged, Finding("dev", "Flags/Q", "X-1"): "A queue of failures."},
        ),
    ),
    "from nothing": (EMPTY, BASE),
}


@pytest.fixture(scope="module")
def found() -> dict[str, Comparison]:
    return comparisons(CASES)


def test_no_difference_is_said_in_these_words(found: dict[str, Comparison]) -> None:
    comment = render(SIDES, found["the same"])

    assert comment.startswith(MARKER)
    assert "**no differences**" in comment
    assert "<details>" not in comment


def test_concerns_come_before_replacements_and_those_before_the_folded_rest(found: dict[str, Comparison]) -> None:
    comment = render(SIDES, found["threshold and name"])

    first, alarms = comment.index("### Read this first"), comment.index("Threshold **lowered**")
    replaced, folded = comment.index("**will be replaced**"), comment.index("<details><summary>ReadPath")
    assert first < alarms < replaced < folded


def test_a_change_without_concern_says_so(found: dict[str, Comparison]) -> None:
    comment = render(SIDES, found["description"])

    assert "No permission, alarm, rollback or limit changes." in comment
    assert "Replaced and removed" not in comment


def test_new_code_is_a_line_and_nothing_is_folded(found: dict[str, Comparison]) -> None:
    comment = render(SIDES, found["code"])

    assert "- `ReadPath/Reader`: new code (dev, beta, prod)" in comment
    assert "<details>" not in comment


def test_open_findings_are_bold_and_acknowledged_ones_have_their_reason(found: dict[str, Comparison]) -> None:
    comment = render(SIDES, found["findings"])

    assert "- `Flags/Queue`: **`AwsSolutions-SQS3`** (dev)" in comment
    assert "- `Flags/Q`: `X-1`: `A queue of failures.` (dev)" in comment


def test_a_base_that_does_not_synthesise_is_said_and_head_is_shown(found: dict[str, Comparison]) -> None:
    comment = render(replace(SIDES, base_failure="KeyError: 'limit'"), found["from nothing"])

    assert "**The base does not synthesise.**" in comment
    assert "KeyError: 'limit'" in comment
    assert "AWS::CloudWatch::Alarm `huntaze-dev-error-rate` **added**" in comment


def test_a_head_that_does_not_synthesise_is_all_there_is_to_say() -> None:
    comment = render(Sides(base="`0`", head="The work tree", head_failure="SyntaxError"), None)

    assert "**The head does not synthesise.**" in comment
    assert "Read this first" not in comment


def test_what_has_no_room_is_named() -> None:
    texts = tuple(Shared(StackText(name, name[0] * 25_000), ("beta",)) for name in ("One", "Two", "Three", "Four"))
    comment = render(SIDES, Comparison((), (), (), texts))

    assert len(comment) <= MOST_CHARACTERS
    assert "<details><summary>Two (beta)</summary>" in comment
    assert "**Left out, because a comment has room for 65,000 characters:** Three (beta); Four (beta)." in comment


def test_even_a_long_failure_fits() -> None:
    comment = render(Sides("`0`", "The work tree", base_failure="x" * 200_000), Comparison((), (), (), ()))

    assert len(comment) <= MOST_CHARACTERS
    assert "Cut here" in comment


def test_nothing_in_a_template_ends_its_block() -> None:
    text = "before\n```\n</details> @everyone\n````\nafter"
    comment = render(SIDES, Comparison((), (), (), (Shared(StackText("Flags", text), ("beta",)),)))

    assert f"`````text\n{text}\n`````" in comment
