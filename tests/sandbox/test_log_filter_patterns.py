"""Expected behaviour: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html"""

import inspect
import time
import uuid

import pytest
from botocore.exceptions import ClientError
from ministack.services import cloudwatch_logs

from tests.sandbox_process import RunningSandbox

MESSAGES = ('{"event":"MOCK-SUCCESS"}', '{"event":"mock-success"}', "[ERROR] 400 bad", "ERROR 500 bad", "all is well")


@pytest.fixture(scope="module")
def log_group(sandbox: RunningSandbox) -> str:
    """A group with a line for each of the messages."""
    logs, name = sandbox.client("logs"), f"patterns-{uuid.uuid4().hex[:8]}"
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="lines")
    now_ms = int(time.time() * 1000)
    events = [{"timestamp": now_ms, "message": message} for message in MESSAGES]
    logs.put_log_events(logGroupName=name, logStreamName="lines", logEvents=events)
    return name


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("", {0, 1, 2, 3, 4}),
        ('"MOCK-SUCCESS"', {0}),
        ('"400 bad"', {2}),
        ("ERROR bad", {2, 3}),
        ("ERROR -400", {3}),
        ("?400 ?well", {2, 4}),
    ],
)
def test_a_pattern_finds_what_cloudwatch_finds(
    sandbox: RunningSandbox, log_group: str, pattern: str, found: set[int]
) -> None:
    events = sandbox.client("logs").filter_log_events(logGroupName=log_group, filterPattern=pattern)["events"]

    assert {event["message"] for event in events} == {MESSAGES[number] for number in found}


@pytest.mark.parametrize("pattern", ['{ $.event = "MOCK-SUCCESS" }', "[ip, user]", "%ERR%", "MOCK-SUCCESS"])
def test_a_pattern_that_the_sandbox_does_not_do_is_refused(
    sandbox: RunningSandbox, log_group: str, pattern: str
) -> None:
    with pytest.raises(ClientError) as refusal:
        sandbox.client("logs").filter_log_events(logGroupName=log_group, filterPattern=pattern)

    assert refusal.value.response["Error"]["Code"] == "InvalidParameterException"


def test_ministack_still_reads_patterns_where_ours_stands_in() -> None:
    """If this fails, a new release has moved what `log_filter_patterns` replaces."""
    assert list(inspect.signature(cloudwatch_logs._compile_filter_pattern).parameters) == ["raw"]
    assert "_compile_filter_pattern(raw_pattern)" in inspect.getsource(cloudwatch_logs._filter_log_events)
