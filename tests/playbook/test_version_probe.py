"""Probes of a numbered version, over what Lambda answers."""

import base64
import io
import json
from typing import Any, cast

import pytest

from playbook.version_probe import ProbeAnswer, VersionProber

USER = {"id": "user-7"}
LINE = {"event": "PROBE", "duration": 12.5, "coldStart": False}
OTHER_LINE = {"event": "MOCK-SUCCESS", "duration": 1}


class Lambda:
    """Answers each invocation alike, and remembers how it was invoked."""

    def __init__(self, answer: object, *log: object, function_error: bool = False) -> None:
        self.invoked: dict[str, Any] = {}
        self._answer = answer
        self._log = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in log)
        self._error = {"FunctionError": "Unhandled"} if function_error else {}

    def invoke(self, **arguments: Any) -> dict[str, Any]:
        self.invoked = arguments
        return {
            "Payload": io.BytesIO(json.dumps(self._answer).encode()),
            "LogResult": base64.b64encode(self._log.encode()).decode(),
            **self._error,
        }


def probed(function: Lambda) -> ProbeAnswer:
    return VersionProber(cast("Any", function), "mock-read", "3").probe("user-7", "prisma")


def test_a_probe_asks_the_numbered_version_for_one_path_and_its_log() -> None:
    function = Lambda({"statusCode": 200, "user": USER}, LINE)
    probed(function)

    assert json.loads(function.invoked["Payload"]) == {"userId": "user-7", "probe": "prisma"}
    assert (function.invoked["Qualifier"], function.invoked["LogType"]) == ("3", "Tail")


def test_the_duration_is_the_functions_own_wherever_its_line_stands_in_the_tail() -> None:
    cut = 'rest of a line that was cut", "event": "PROBE"}'
    answer = probed(Lambda({"statusCode": 200, "user": USER}, cut, "START", OTHER_LINE, LINE, "[1]", "END", "REPORT"))

    assert answer == ProbeAnswer(status_code=200, user=USER, code="", duration_ms=12.5, cold_start=False)
    assert answer.answered


def test_a_tail_without_the_line_tells_no_duration() -> None:
    assert probed(Lambda({"statusCode": 200, "user": USER}, OTHER_LINE)).duration_ms is None


def test_a_user_whom_the_path_does_not_know_is_an_answer() -> None:
    answer = probed(Lambda({"statusCode": 404, "error": {"code": "USER_NOT_FOUND"}}, LINE))

    assert (answer.user, answer.answered) == (None, True)


@pytest.mark.parametrize(
    ("function", "code"),
    [
        (Lambda({"statusCode": 503, "error": {"code": "db-timeout"}}, LINE), "db-timeout"),
        (Lambda({"errorMessage": "sentinel"}, function_error=True), "function-error"),
        (Lambda(None), "function-error"),
    ],
)
def test_a_path_that_does_not_answer_says_why_in_a_word(function: Lambda, code: str) -> None:
    answer = probed(function)

    assert (answer.user, answer.code, answer.answered) == (None, code, False)
