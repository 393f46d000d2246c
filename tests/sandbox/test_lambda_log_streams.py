"""https://docs.aws.amazon.com/lambda/latest/operatorguide/log-structure.html"""

import re
import uuid
from datetime import UTC, datetime
from typing import Any

from tests.sandbox.lambda_functions import create_function, publish_versions
from tests.sandbox_process import RunningSandbox


def _events(sandbox: RunningSandbox, group: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = sandbox.client("logs").filter_log_events(logGroupName=group)["events"]
    return events


def test_invocations_one_after_the_other_share_a_stream(sandbox: RunningSandbox) -> None:
    name = f"streams-{uuid.uuid4().hex[:8]}"
    create_function(sandbox, name)
    for _ in range(3):
        sandbox.client("lambda").invoke(FunctionName=name)
    events = _events(sandbox, f"/aws/lambda/{name}")
    (stream,) = {event["logStreamName"] for event in events}
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", stream)
    kinds = [event["message"].split()[0] for event in events]
    assert kinds == ["START", "read", "END", "REPORT"] * 3


def test_the_report_of_an_environments_first_invocation_tells_how_long_it_took_to_start(
    sandbox: RunningSandbox,
) -> None:
    # https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
    name = f"streams-{uuid.uuid4().hex[:8]}"
    create_function(sandbox, name)
    for _ in range(2):
        sandbox.client("lambda").invoke(FunctionName=name)
    messages = [event["message"] for event in _events(sandbox, f"/aws/lambda/{name}")]
    cold, warm = (message for message in messages if message.startswith("REPORT"))
    reported = re.search(r"\tInit Duration: (\d+\.\d\d) ms$", cold)
    assert reported
    assert float(reported[1]) > 1
    assert "Init Duration" not in warm


def test_a_version_has_streams_of_its_own_that_name_it(sandbox: RunningSandbox) -> None:
    name = f"streams-{uuid.uuid4().hex[:8]}"
    create_function(sandbox, name)
    for version in publish_versions(sandbox, name, 2):
        sandbox.client("lambda").invoke(FunctionName=name, Qualifier=version)
    streams = {event["logStreamName"] for event in _events(sandbox, f"/aws/lambda/{name}")}
    assert sorted(re.sub(r".*(\[.*\]).*", r"\1", stream) for stream in streams) == ["[1]", "[2]"]


def test_lines_and_the_day_in_a_streams_name_are_of_the_clocks_time(past_sandbox: RunningSandbox) -> None:
    name = f"streams-{uuid.uuid4().hex[:8]}"
    create_function(past_sandbox, name)
    before = past_sandbox.control.clock()["now"]
    past_sandbox.client("lambda").invoke(FunctionName=name)
    after = past_sandbox.control.clock()["now"]
    for event in _events(past_sandbox, f"/aws/lambda/{name}"):
        assert int(before * 1000) <= event["timestamp"] <= after * 1000
        day = event["logStreamName"][: len("2026/01/01")]
        assert day in {f"{datetime.fromtimestamp(at, UTC):%Y/%m/%d}" for at in (before, after)}


def test_in_a_group_of_its_own_choice_a_functions_streams_bear_its_name(sandbox: RunningSandbox) -> None:
    # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
    name = f"streams-{uuid.uuid4().hex[:8]}"
    create_function(sandbox, name, LoggingConfig={"LogGroup": f"/shared/{name}"})
    sandbox.client("lambda").invoke(FunctionName=name)
    (stream,) = {event["logStreamName"] for event in _events(sandbox, f"/shared/{name}")}
    assert re.fullmatch(rf"\d{{4}}/\d\d/\d\d/{name}\[\$LATEST\][0-9a-f]{{32}}", stream)
