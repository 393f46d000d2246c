"""A version whose answers are right may take users; any other, and any that could not be tried, may not."""

from collections.abc import Callable
from typing import Any

import pytest

from pre_traffic_hook.answers import MalformedAnswerError
from pre_traffic_hook.probe_users import EXPECTED_STATUS, MALFORMED_USER, UNKNOWN_USER
from pre_traffic_hook.targets import UnknownTargetError
from shared.mock_reader import MockReader
from tests.lambda_support.hook_fakes import (
    CURRENT,
    EVENT,
    NAMES,
    NEW,
    UNREACHABLE,
    Answers,
    Bench,
    changed,
    failing,
    right_answer,
)

READ, PRISMA = NAMES.mock_read_function, NAMES.prisma_read_function
UNAVAILABLE = {"statusCode": 503, "error": {"code": "db-unreachable", "message": "The database cannot be reached."}}


@pytest.mark.parametrize("function_name", [READ, PRISMA])
def test_a_version_that_answers_right_may_take_users(function_name: str) -> None:
    assert Bench(function_name=function_name).run() == []


def test_every_user_is_read_by_the_current_version_and_by_both_paths_of_the_new_one() -> None:
    bench = Bench()
    bench.run()
    for user_id in EXPECTED_STATUS:
        for version, path in ((CURRENT, "mock"), (NEW, "mock"), (NEW, "prisma")):
            assert (READ, version, user_id, path) in bench.versions.asked
    assert {asked[0] for asked in bench.versions.asked} == {READ}


def test_of_prisma_read_only_the_new_version_is_asked_and_never_for_an_id_that_none_can_have() -> None:
    bench = Bench(function_name=PRISMA)
    bench.run()
    assert {asked[:2] for asked in bench.versions.asked} == {(PRISMA, NEW)}
    assert MALFORMED_USER not in {asked[2] for asked in bench.versions.asked}
    assert UNKNOWN_USER in {asked[2] for asked in bench.versions.asked}


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (lambda user: user.update(balance="1"), "balance changed"),
        (lambda user: user.update(displayName="s3cret"), "displayName changed"),
        (lambda user: user["profile"].update(bio="s3cret"), "profile.bio changed"),
        (lambda user: user["tags"].append("s3cret"), "tags[] extra"),
        (lambda user: user.update(preferences={"s3cret": 1}), "preferences"),
        (lambda user: user["subscriptions"].clear(), "subscriptions[subscription-7-1] missing"),
        (lambda user: user.update(id="user-8"), "another user"),
    ],
)
@pytest.mark.parametrize(
    ("function_name", "path"), [(READ, "mock"), (READ, "prisma"), (PRISMA, "prisma")], ids=["mock", "canary", "prisma"]
)
def test_a_wrong_answer_for_one_user_stops_the_deployment_and_its_values_stay_out_of_the_log(
    function_name: str, path: str, change: Callable[[dict[str, Any]], object], finding: str
) -> None:
    bench = Bench(function_name=function_name, answers={(NEW, path): changed("user-7", change)})
    findings = bench.run()
    assert [text for text in findings if text.startswith(f"user-7 by {path}: ") and finding in text]
    assert all("user-7" in text for text in findings)
    assert "s3cret" not in bench.log.lines[0]


def test_answers_that_tell_the_same_facts_in_other_words_are_right() -> None:
    def rewrite(user: dict[str, Any]) -> None:
        user["balance"] += "000"
        user["tags"].reverse()

    assert Bench(answers={(NEW, "prisma"): changed("user-7", rewrite)}).run() == []


@pytest.mark.parametrize(
    ("answers", "finding"),
    [
        (failing(UNREACHABLE), "status 503 (function-error), not 200"),
        (failing(MalformedAnswerError()), "status 503 (malformed), not 200"),
        (lambda _: UNAVAILABLE, "status 503 (db-unreachable), not 200"),
        (lambda _: {"statusCode": 404, "error": {"code": "USER_NOT_FOUND"}}, "status 404 (USER_NOT_FOUND), not 200"),
    ],
)
@pytest.mark.parametrize("path", ["mock", "prisma"])
def test_a_version_that_does_not_answer_takes_no_users(path: str, answers: Answers, finding: str) -> None:
    assert f"user-1 by {path}: {finding}" in Bench(answers={(NEW, path): answers}).run()


def test_an_answer_for_a_user_that_nobody_is_stops_the_deployment() -> None:
    def anybody(user_id: str) -> Any:
        user = MockReader().read("user-7")
        return {"statusCode": 200, "user": user} if user_id == UNKNOWN_USER else right_answer(user_id)

    assert Bench(answers={(NEW, "mock"): anybody}).run() == [f"{UNKNOWN_USER} by mock: status 200 (an answer), not 404"]


def test_an_id_that_none_can_have_must_be_refused() -> None:
    def lenient(user_id: str) -> Any:
        return right_answer(UNKNOWN_USER if user_id == MALFORMED_USER else user_id)

    assert [text for text in Bench(answers={(NEW, "mock"): lenient}).run() if "not 400" in text]


def test_a_cold_start_that_fails_a_few_reads_is_no_wrong_answer() -> None:
    assert Bench(answers={(NEW, "prisma"): failing(UNREACHABLE, times=4)}).run() == []
    assert Bench(answers={(NEW, "prisma"): failing(UNREACHABLE, times=6)}).run() != []


def test_a_version_that_mends_what_the_current_prisma_read_gets_wrong_may_take_users() -> None:
    wrong = changed("user-7", lambda user: user.update(balance="1"))
    assert Bench(function_name=PRISMA, answers={(CURRENT, "prisma"): wrong}).run() == []


def test_a_current_version_that_does_not_answer_stops_the_deployment_too() -> None:
    assert Bench(answers={(CURRENT, "mock"): failing(UNREACHABLE)}).run() != []


@pytest.mark.parametrize(
    ("error", "finding"),
    [
        (UnknownTargetError("the target has no targetVersion"), "could not be tried: the target has no targetVersion"),
        (RuntimeError("s3cret"), "could not be tried: RuntimeError"),
    ],
)
def test_a_deployment_that_cannot_be_looked_at_fails(error: Exception, finding: str) -> None:
    assert Bench(deployed=error).run() == [finding]


def test_a_function_that_the_hook_does_not_know_fails() -> None:
    assert Bench(function_name="somebody-elses").run() == ["nobody by somebody-elses: no function that this hook knows"]


def test_reads_that_take_too_long_fail_while_there_is_time_to_say_so() -> None:
    assert Bench().run(remaining_ms=0) == ["the reads took too long"]


@pytest.mark.parametrize("event", [None, {}, {"DeploymentId": "d-1"}, {"DeploymentId": 1, **dict.fromkeys(EVENT)}])
def test_without_codedeploys_ids_there_is_nobody_to_tell(event: Any) -> None:
    with pytest.raises(ValueError, match="LifecycleEventHookExecutionId"):
        Bench().hook.handle(event, "request-1", 60_000)
