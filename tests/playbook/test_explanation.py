"""One user by both paths: what differs, and what does not."""

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from playbook.explanation import Explanation, explain, shown
from playbook.version_probe import ProbeAnswer
from shared.comparison import DifferenceKind
from shared.mock_reader import MockReader

USER: dict[str, Any] = MockReader().read("user-7") or {}
CHANGED, MISSING, EXTRA = DifferenceKind.CHANGED, DifferenceKind.MISSING, DifferenceKind.EXTRA


def known(user: dict[str, Any]) -> ProbeAnswer:
    return ProbeAnswer(status_code=200, user=user, code="", duration_ms=1.0, cold_start=False)


UNKNOWN = ProbeAnswer(status_code=404, user=None, code="USER_NOT_FOUND", duration_ms=1.0, cold_start=False)
SILENT = ProbeAnswer(status_code=503, user=None, code="db-timeout", duration_ms=800.0, cold_start=False)


class Paths:
    """A Prober of both paths."""

    def __init__(self, by_path: Mapping[str, ProbeAnswer]) -> None:
        self._by_path = by_path

    def probe(self, user_id: str, path: str) -> ProbeAnswer:
        assert user_id == "user-7"
        return self._by_path[path]


class Awaking:
    """A Prober whose Prisma path gives these answers in turn."""

    def __init__(self, answers: list[ProbeAnswer]) -> None:
        self.left = answers

    def probe(self, user_id: str, path: str) -> ProbeAnswer:
        assert user_id == "user-7"
        return known(USER) if path == "mock" else self.left.pop(0)


def explained(mock: ProbeAnswer, prisma: ProbeAnswer) -> Explanation:
    return explain(Paths({"mock": mock, "prisma": prisma}), "user-7")


def test_equal_answers_show_each_value_once_and_no_mark() -> None:
    explanation = explained(known(USER), known(copy.deepcopy(USER)))

    assert explanation.differing == ()
    assert {leaf.path for leaf in explanation.leaves} >= {"balance", "profile.locale", "createdAt"}
    assert explanation.sentence() == f"both paths tell the same, {len(explanation.leaves)} values"


def test_a_leaf_that_differs_is_marked_among_all_others() -> None:
    other = copy.deepcopy(USER)
    other["profile"]["locale"] = "xx-XX"
    explanation = explained(known(USER), known(other))

    (leaf,) = explanation.differing
    assert (leaf.path, leaf.kind, leaf.mock, leaf.candidate) == (
        "profile.locale", CHANGED, USER["profile"]["locale"], "xx-XX",
    )  # fmt: skip
    assert explanation.sentence() == f"1 of {len(explanation.leaves)} values differ"


def test_another_spelling_of_the_same_is_no_difference() -> None:
    assert explained(known({"balance": "12.50"}), known({"balance": "1.25E1"})).differing == ()


@pytest.mark.parametrize(
    ("mock", "prisma", "kind", "sentence"),
    [
        (known(USER), UNKNOWN, MISSING, "unknown to prisma"),
        (UNKNOWN, known(USER), EXTRA, "unknown to mock"),
    ],
)
def test_a_user_whom_one_path_does_not_know_differs_in_every_value(
    mock: ProbeAnswer, prisma: ProbeAnswer, kind: DifferenceKind, sentence: str
) -> None:
    explanation = explained(mock, prisma)
    values = [leaf.mock if kind is MISSING else leaf.candidate for leaf in explanation.leaves]
    absent = [leaf.candidate if kind is MISSING else leaf.mock for leaf in explanation.leaves]

    assert explanation.answered
    assert {leaf.kind for leaf in explanation.leaves} == {kind}
    assert USER["displayName"] in values
    assert set(absent) == {None}
    assert explanation.sentence() == sentence


def test_a_user_whom_nobody_knows_is_an_answer_without_values() -> None:
    explanation = explained(UNKNOWN, UNKNOWN)

    assert explanation.answered
    assert explanation.leaves == ()
    assert explanation.sentence() == "unknown to mock and to prisma"


def test_a_path_that_does_not_answer_is_not_compared_and_says_why() -> None:
    explanation = explained(known(USER), SILENT)

    assert not explanation.answered
    assert explanation.leaves == ()
    assert explanation.sentence() == "prisma did not answer: db-timeout"


def test_a_cold_start_is_asked_again_and_another_failure_is_not() -> None:
    cold = replace(SILENT, code="cold-start-timeout")
    awaking = Awaking([cold, cold, known(USER)])
    assert explain(awaking, "user-7").differing == ()
    assert awaking.left == []

    failing = Awaking([SILENT, known(USER)])
    assert explain(failing, "user-7").prisma == SILENT


def test_a_value_is_shown_as_json_in_which_nothing_moves_the_cursor() -> None:
    assert shown("Zoë 名") == '"Zoë 名"'
    assert shown(None) == "null"
    told = shown({"bio": "a\x1b[2Jb\x9b31m\u202e\n"})
    assert told.isprintable()
    assert "[2Jb" in told
