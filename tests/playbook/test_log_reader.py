import time
import uuid

import pytest

from playbook.live_state import NotDeployedError
from playbook.log_reader import LATEST_MS, AccountLogs, FollowedGroup
from tests.playbook.fake_logs import READS, FakeLogs
from tests.playbook.log_lines import START_MS, mock_read
from tests.sandbox_process import RunningSandbox

MINUTE_MS = 60_000


def messages(group: FollowedGroup, until_ms: int) -> list[str]:
    return [event.message for event in group.new_events(START_MS + until_ms)]


def test_a_look_gives_what_no_earlier_one_has_given() -> None:
    logs = FakeLogs()
    group = FollowedGroup(logs, READS, START_MS)
    logs.put_message(READS, "first", at_ms=10)
    assert messages(group, 100) == ["first"]

    logs.put_message(READS, "second", at_ms=10)
    logs.put_message(READS, "third", at_ms=200)

    assert messages(group, 300) == ["second", "third"]
    assert messages(group, 300) == []
    assert group.lines == 3


def test_a_line_that_appears_behind_others_is_found() -> None:
    logs = FakeLogs()
    group = FollowedGroup(logs, READS, START_MS)
    logs.put_message(READS, "prompt", at_ms=LATEST_MS)
    messages(group, LATEST_MS)

    logs.put_message(READS, "late", at_ms=1)

    assert messages(group, LATEST_MS) == ["late"]


def test_a_look_does_not_read_the_whole_step_again() -> None:
    logs = FakeLogs()
    group = FollowedGroup(logs, READS, START_MS)
    logs.put_message(READS, "old", at_ms=60 * MINUTE_MS)
    messages(group, 60 * MINUTE_MS)

    messages(group, 61 * MINUTE_MS)

    assert logs.asked[-1] == (READS, START_MS + 60 * MINUTE_MS - LATEST_MS, START_MS + 61 * MINUTE_MS)


def test_nothing_before_the_step_is_read() -> None:
    logs = FakeLogs()
    logs.put_message(READS, "of another step", at_ms=-1)

    assert messages(FollowedGroup(logs, READS, START_MS), 0) == []


def test_of_an_account_only_our_own_lines_are_read(sandbox: RunningSandbox) -> None:
    client, name = sandbox.client("logs"), f"reader-{uuid.uuid4().hex[:8]}"
    client.create_log_group(logGroupName=name)
    client.create_log_stream(logGroupName=name, logStreamName="1")
    now_ms = int(time.time() * 1000)
    ours = '{"event":"MOCK-SUCCESS","_aws":{"Timestamp":1,"CloudWatchMetrics":[]}}'
    texts = ["START RequestId: 1 Version: 1", ours, "END RequestId: 1", "REPORT RequestId: 1\tDuration: 1 ms"]
    client.put_log_events(
        logGroupName=name, logStreamName="1", logEvents=[{"timestamp": now_ms, "message": text} for text in texts]
    )

    (event,) = AccountLogs(client).events(name, now_ms, now_ms)

    assert (event.time_ms, event.message) == (now_ms, ours)
    assert event.event_id


def test_every_line_of_a_page_and_of_the_next_is_read_in_order(sandbox: RunningSandbox) -> None:
    client, name = sandbox.client("logs"), f"reader-{uuid.uuid4().hex[:8]}"
    client.create_log_group(logGroupName=name)
    client.create_log_stream(logGroupName=name, logStreamName="1")
    now_ms = int(time.time() * 1000) - MINUTE_MS
    events = [{"timestamp": now_ms + number, "message": f'"CloudWatchMetrics" {number}'} for number in range(12_000)]
    for first in (0, 6_000):
        client.put_log_events(logGroupName=name, logStreamName="1", logEvents=events[first : first + 6_000])

    read = [event.message for event in AccountLogs(client).events(name, now_ms, now_ms + 11_999)]

    assert read == [event["message"] for event in events]


def test_a_group_that_is_not_there_was_not_deployed(sandbox: RunningSandbox) -> None:
    with pytest.raises(NotDeployedError, match="there is no log group nowhere"):
        list(AccountLogs(sandbox.client("logs")).events("nowhere", 0, 1))


def test_the_functions_own_lines_are_ours() -> None:
    """The filter pattern's term stands in whatever `event_log` writes."""
    assert "CloudWatchMetrics" in mock_read()["_aws"]
