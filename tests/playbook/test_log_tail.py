"""What `playbook logs` shows of the functions' logs, in which order, and that each line comes once."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from playbook.log_reader import LogEvent
from playbook.log_tail import LATE_MS, PRISMA_ERROR, PRISMA_READ, TOKENS, LogFilter, LogLine, LogTail, parse_event
from prisma_read import read_log
from tests.playbook import log_lines
from tests.playbook.account_states import NAMES

FUNCTIONS = (NAMES.mock_read_function, NAMES.prisma_shadow_function)
START = log_lines.START_MS


@dataclass
class Logs:
    """Log groups in memory."""

    groups: dict[str, list[LogEvent]] = field(default_factory=dict)

    def put(self, function_name: str, time_ms: int, message: str) -> None:
        events = self.groups.setdefault(f"/aws/lambda/{function_name}", [])
        number = sum(len(group) for group in self.groups.values())
        events.append(LogEvent(time_ms, f"event-{number}", message))
        events.sort(key=lambda event: event.time_ms)

    def events(self, log_group: str, start_ms: int, end_ms: int) -> Iterator[LogEvent]:
        return iter([event for event in self.groups.get(log_group, []) if start_ms <= event.time_ms <= end_ms])


def texts(lines: Iterator[LogLine]) -> list[str]:
    return [line.text for line in lines]


@pytest.fixture
def logs() -> Logs:
    return Logs()


def tail(logs: Logs, functions: Sequence[str] = FUNCTIONS) -> LogTail:
    return LogTail(logs, functions, since_ms=START)


def parsed(line: Mapping[str, Any]) -> LogLine:
    found = parse_event(NAMES.mock_read_function, LogEvent(START, "event-0", json.dumps(line)))
    assert found is not None
    return found


# Order and repetition.


def test_the_functions_lines_are_merged_by_time(logs: Logs) -> None:
    logs.put(FUNCTIONS[0], START + 1, "first")
    logs.put(FUNCTIONS[1], START + 2, "second")
    logs.put(FUNCTIONS[0], START + 3, "third")

    assert texts(tail(logs).new_lines(START + 10)) == ["first", "second", "third"]


def test_a_line_is_told_once_however_often_one_looks(logs: Logs) -> None:
    following = tail(logs)
    logs.put(FUNCTIONS[0], START + 1, "first")
    assert texts(following.new_lines(START + 10)) == ["first"]

    logs.put(FUNCTIONS[0], START + 1, "of the same millisecond")

    assert texts(following.new_lines(START + 10)) == ["of the same millisecond"]
    assert texts(following.new_lines(START + 10)) == []


def test_a_line_that_comes_late_is_told_late(logs: Logs) -> None:
    following = tail(logs)
    logs.put(FUNCTIONS[0], START + LATE_MS, "newer")
    assert texts(following.new_lines(START + LATE_MS)) == ["newer"]

    logs.put(FUNCTIONS[1], START + 1, "late")

    assert texts(following.new_lines(START + LATE_MS)) == ["late"]


def test_nothing_from_before_the_beginning_is_told(logs: Logs) -> None:
    logs.put(FUNCTIONS[0], START - 1, "before")

    assert texts(tail(logs).new_lines(START + 10)) == []


def test_lines_that_were_not_taken_when_it_broke_off_come_the_next_time(logs: Logs) -> None:
    following = tail(logs)
    for number in range(3):
        logs.put(FUNCTIONS[number % 2], START + number, f"line {number}")

    assert next(following.new_lines(START + 10)).text == "line 0"

    assert texts(following.new_lines(START + 10)) == ["line 1", "line 2"]


# What a line tells.


def test_a_read_tells_its_token_and_its_user() -> None:
    line = parsed(log_lines.canary_read())

    assert (line.token, line.user_id, line.matched) == ("CANARY-SUCCESS", "user-7", None)
    assert line.text.startswith("[CANARY-SUCCESS] userId: 'user-7', duration: 30")


@pytest.mark.parametrize("match", [True, False])
def test_a_comparison_tells_what_it_came_to(match: bool) -> None:  # noqa: FBT001 - pytest's parameter
    assert parsed(log_lines.compared("request-1", match=match)).matched is match


@pytest.mark.parametrize(
    "message",
    [
        "START RequestId: 1 Version: 4\n",
        "END RequestId: 1\n",
        "REPORT RequestId: 1\tDuration: 3.21 ms\n",
        "INIT_START Runtime Version: python:3.13.v1\n",
        "EXTENSION\tName: AWS-AppConfig-Extension\tState: Ready\n",
        "\n",
    ],
)
def test_what_the_platform_writes_around_an_invocation_is_left_out(message: str) -> None:
    assert parse_event("f", LogEvent(START, "event-0", message)) is None


@pytest.mark.parametrize(
    "message",
    [
        "2026-03-02T14:00:00Z 1 Task timed out after 3.00 seconds",
        "[ERROR] KeyError: 'userId'",
        '{"level": "ERROR"}',
        "{",
    ],
)
def test_what_a_function_never_meant_to_write_is_kept(message: str) -> None:
    line = parse_event("f", LogEvent(START, "event-0", message))

    assert line is not None
    assert (line.text, line.token) == (message, None)


# Filters.

ERROR = parsed(log_lines.failed_canary_read())
READ = parsed(log_lines.mock_read())
TRACEBACK = LogLine(at=READ.at, function_name="f", text="Traceback (most recent call last):")


def test_without_a_filter_everything_is_shown() -> None:
    assert all(LogFilter().shows(line) for line in (ERROR, READ, TRACEBACK))


def test_a_token_shows_its_lines_alone() -> None:
    shown = LogFilter(tokens=frozenset({"CANARY-ERROR"}))

    assert [shown.shows(line) for line in (ERROR, READ, TRACEBACK)] == [True, False, False]


def test_a_user_is_not_taken_for_another_who_begins_alike() -> None:
    assert LogFilter(user_id="user-7").shows(READ)
    assert not LogFilter(user_id="user-77").shows(READ)
    assert not LogFilter(user_id="user-7").shows(TRACEBACK)


def test_both_filters_have_to_hold() -> None:
    assert not LogFilter(tokens=frozenset({"CANARY-ERROR"}), user_id="user-7").shows(READ)
    assert LogFilter(tokens=frozenset({"CANARY-ERROR"}), user_id="user-7").shows(ERROR)


def test_prisma_reads_own_tokens_are_spelt_as_it_spells_them() -> None:
    assert (PRISMA_READ, PRISMA_ERROR) == (read_log.PRISMA_READ, read_log.PRISMA_ERROR)
    assert len(set(TOKENS)) == len(TOKENS)
