"""What of MiniStack's inside Logs Insights reads: a release that moves a part fails here, by name."""

import subprocess
import sys

CONTRACT = """
from ministack.services import cloudwatch_logs

from sandbox import insights_ministack
from sandbox.ministack_internals import scope

insights_ministack.install()
with scope("123456789012", "us-east-1"):
    cloudwatch_logs._create_log_group({"logGroupName": "group"})
    cloudwatch_logs._create_log_stream({"logGroupName": "group", "logStreamName": "stream"})
    stream = cloudwatch_logs._log_groups["group"]["streams"]["stream"]
    stored = [{"timestamp": at, "ingestionTime": 9, "message": str(at)} for at in (3, 1, 2)]
    cloudwatch_logs._append_log_events(stream, stored)

    assert insights_ministack.has_group("group")
    assert not insights_ministack.has_group("other")
    cloudwatch_logs._create_log_stream({"logGroupName": "group", "logStreamName": "other"})
    other = cloudwatch_logs._log_groups["group"]["streams"]["other"]
    cloudwatch_logs._append_log_events(other, [{"timestamp": 2, "ingestionTime": 9, "message": "between"}])
    held = insights_ministack.held_events("group", 2, 3)
    cloudwatch_logs._append_log_events(stream, [{"timestamp": 3, "ingestionTime": 9, "message": "too late"}])
    found = list(insights_ministack.newest_first(held))
    assert [event.message for event in found] == ["3", "2", "between"], found
    assert (found[0].log, found[0].stream, found[0].ingestion_ms) == ("123456789012:group", "stream", 9)
    assert len({event["eventId"] for event in stream["events"]}) == 4
    assert insights_ministack.find_event(found[0].pointer) == found[0]
    assert insights_ministack.find_event("none") is None
with scope("210987654321", "us-east-1"):
    assert not insights_ministack.has_group("group")
"""


def test_events_are_read_from_ministacks_store_and_have_ids() -> None:
    subprocess.run([sys.executable, "-c", CONTRACT], check=True, timeout=120)
