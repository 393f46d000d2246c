"""Logs Insights as its clients see it.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetQueryResults.html
"""

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.aws_cli import RELEASE_1, RELEASE_2, AwsCli
from tests.sandbox.lambda_functions import create_function
from tests.sandbox_process import RunningSandbox

CLIS = [RELEASE_1, *([RELEASE_2] if RELEASE_2 else [])]
POLL_SECONDS = 0.02


def put(sandbox: RunningSandbox, group: str, *lines: str, at_ms: int | None = None) -> int:
    """Log the lines, a millisecond apart, and return the first one's time."""
    logs = sandbox.client("logs")
    start_ms = int(time.time() * 1000) - 60_000 if at_ms is None else at_ms
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="stream")
    events = [{"timestamp": start_ms + number, "message": line} for number, line in enumerate(lines)]
    for start in range(0, len(events), 10_000):
        logs.put_log_events(logGroupName=group, logStreamName="stream", logEvents=events[start : start + 10_000])
    return start_ms


def start(sandbox: RunningSandbox, query: str, *groups: str, **options: Any) -> str:
    now_s = int(time.time())
    query_id: str = sandbox.client("logs").start_query(
        **{"logGroupNames": list(groups), "startTime": now_s - 3600, "endTime": now_s, "queryString": query, **options}
    )["queryId"]
    return query_id


def ended(sandbox: RunningSandbox, query_id: str, **options: Any) -> dict[str, Any]:
    while True:
        answer: dict[str, Any] = sandbox.client("logs").get_query_results(queryId=query_id, **options)
        if answer["status"] not in {"Scheduled", "Running"}:
            return answer
        time.sleep(POLL_SECONDS)


def refused(sandbox: RunningSandbox, query: str, *groups: str, **options: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as refusal:
        start(sandbox, query, *groups, **options)
    response: dict[str, Any] = dict(refusal.value.response)
    return response


def test_a_query_answers_lists_of_fields_and_values(sandbox: RunningSandbox) -> None:
    put(
        sandbox,
        "insights/answer",
        '{"path": "mock"}',
        '{"path": "prisma"}',
        '{"path": "mock"}',
        at_ms=1_700_000_000_000,
    )
    query = "stats count(*) as n by path, bin(5m) | sort path"
    answer = ended(sandbox, start(sandbox, query, "insights/answer", startTime=1_700_000_000, endTime=1_700_000_000))
    assert answer["status"] == "Complete"
    assert answer["queryLanguage"] == "CWLI"
    assert answer["results"] == [
        [
            {"field": "path", "value": path},
            {"field": "bin(5m)", "value": "2023-11-14 22:10:00.000"},
            {"field": "n", "value": n},
        ]
        for path, n in (("mock", "2"), ("prisma", "1"))
    ]
    assert answer["statistics"]["recordsMatched"] == answer["statistics"]["recordsScanned"] == 3
    assert answer["statistics"]["bytesScanned"] == len('{"path": "mock"}') * 2 + len('{"path": "prisma"}')
    assert answer["statistics"]["resultCount"] == 2


def test_a_pointer_leads_to_the_whole_record(sandbox: RunningSandbox) -> None:
    at_ms = put(sandbox, "insights/pointer", '{"path": "mock", "nested": {"a": 1}, "match": true}')
    (row,) = ended(sandbox, start(sandbox, "fields path", "insights/pointer"))["results"]
    path, pointer = row
    assert (path["field"], pointer["field"]) == ("path", "@ptr")
    record = sandbox.client("logs").get_log_record(logRecordPointer=pointer["value"])["logRecord"]
    assert record == {
        "@ingestionTime": record["@ingestionTime"],
        "@log": "000000000000:insights/pointer",
        "@logStream": "stream",
        "@message": '{"path": "mock", "nested": {"a": 1}, "match": true}',
        "@ptr": pointer["value"],
        "@timestamp": str(at_ms),
        "path": "mock",
        "nested.a": "1",
        "match": "1",
    }


def test_groups_are_named_by_name_names_or_arn_and_only_by_one_of_these(sandbox: RunningSandbox) -> None:
    for group in ("insights/one", "insights/two"):
        put(sandbox, group, group)
    query = "stats count(*) as n by @log | sort @log"
    arn = f"arn:aws:logs:{sandbox.region}:000000000000:log-group:insights/two"

    def found(**groups: Any) -> list[str]:
        now_s = int(time.time())
        query_id = sandbox.client("logs").start_query(
            startTime=now_s - 3600, endTime=now_s, queryString=query, **groups
        )["queryId"]
        return [row[0]["value"].partition(":")[2] for row in ended(sandbox, query_id)["results"]]

    assert found(logGroupName="insights/one") == ["insights/one"]
    assert found(logGroupNames=["insights/one", "insights/two"]) == ["insights/one", "insights/two"]
    assert found(logGroupIdentifiers=["insights/one", arn]) == ["insights/one", "insights/two"]
    with pytest.raises(ClientError, match="InvalidParameterException"):
        found()
    with pytest.raises(ClientError, match="InvalidParameterException"):
        found(logGroupName="insights/one", logGroupNames=["insights/two"])
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        found(logGroupName="insights/three")


def test_both_ends_of_the_time_belong_to_it(sandbox: RunningSandbox) -> None:
    put(sandbox, "insights/times", *(str(second) for second in range(4)), at_ms=1_700_000_000_000)
    logs = sandbox.client("logs")
    logs.create_log_stream(logGroupName="insights/times", logStreamName="later")
    later = [{"timestamp": 1_700_000_000_000 + 1000 * second, "message": str(second)} for second in range(5)]
    logs.put_log_events(logGroupName="insights/times", logStreamName="later", logEvents=later)
    query = "filter @logStream = 'later' | fields @message | sort @timestamp"
    answer = ended(sandbox, start(sandbox, query, "insights/times", startTime=1_700_000_001, endTime=1_700_000_003))
    assert [row[0]["value"] for row in answer["results"]] == ["1", "2", "3"]


def test_a_malformed_query_is_refused_with_its_place(sandbox: RunningSandbox) -> None:
    put(sandbox, "insights/malformed", "a")
    query = 'filter @message like /SHADOW-DIFF/\n| stats sum(match = "false") as mismatches'
    response = refused(sandbox, query, "insights/malformed")
    assert response["Error"]["Code"] == "MalformedQueryException"
    assert response["Error"]["Message"] == "unexpected symbol found = at line 2 and position 19"
    assert response["queryCompileError"] == {
        "location": {"startCharOffset": 53, "endCharOffset": 54},
        "message": "unexpected symbol found = at line 2 and position 19",
    }
    assert query[53:54] == "="


@pytest.mark.parametrize(
    "options",
    [
        {"queryLanguage": "PPL"},
        {"limit": 100_001},
        {"startTime": 2_000_000_000, "endTime": 1_000_000_000},
    ],
)
def test_parameters_that_are_out_of_range_are_refused(sandbox: RunningSandbox, options: dict[str, Any]) -> None:
    assert refused(sandbox, "limit 1", "insights/none", **options)["Error"]["Code"] == "InvalidParameterException"


def test_results_come_in_pages_of_ten_thousand(sandbox: RunningSandbox) -> None:
    put(sandbox, "insights/pages", *(str(number) for number in range(10_005)))
    query_id = start(sandbox, "fields @message | sort @timestamp | limit 20000", "insights/pages")
    first = ended(sandbox, query_id)
    second = ended(sandbox, query_id, nextToken=first["nextToken"])
    assert "nextToken" not in second
    messages = [row[0]["value"] for page in (first, second) for row in page["results"]]
    assert messages == [str(number) for number in range(10_005)]
    small = ended(sandbox, query_id, maxItems=3)
    assert [row[0]["value"] for row in small["results"]] == ["0", "1", "2"]


def test_queries_are_described_newest_first(sandbox: RunningSandbox) -> None:
    put(sandbox, "insights/described", "a")
    ids = [start(sandbox, f"limit {number}", "insights/described") for number in (1, 2)]
    for query_id in ids:
        ended(sandbox, query_id)
    described = sandbox.client("logs").describe_queries(logGroupName="insights/described", status="Complete")
    assert [query["queryId"] for query in described["queries"]] == ids[::-1]
    assert [query["queryString"] for query in described["queries"]] == ["limit 2", "limit 1"]
    assert described["queries"][0]["status"] == "Complete"
    assert "groups" not in described["queries"][0]


def test_a_query_that_ended_cannot_be_stopped_and_one_that_is_none_not_at_all(sandbox: RunningSandbox) -> None:
    logs = sandbox.client("logs")
    put(sandbox, "insights/stopped", "a")
    query_id = start(sandbox, "limit 1", "insights/stopped")
    ended(sandbox, query_id)
    with pytest.raises(logs.exceptions.InvalidParameterException, match="is not running"):
        logs.stop_query(queryId=query_id)
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.get_query_results(queryId="none")


def test_a_running_query_can_be_stopped_and_the_sandbox_answers_meanwhile(sandbox: RunningSandbox) -> None:
    logs = sandbox.client("logs")
    line = json.dumps({"message": "x" * 200, "path": "mock", "duration": 1})
    put(sandbox, "insights/slow", *(line for _ in range(60_000)), at_ms=int(time.time() * 1000) - 600_000)
    query_id = start(sandbox, "stats pct(duration, 95), count_distinct(@ptr) by @ptr, bin(1s)", "insights/slow")
    assert logs.stop_query(queryId=query_id)["success"]
    assert logs.get_query_results(queryId=query_id)["status"] == "Cancelled"


def test_the_lines_of_a_function_are_queried_by_lambdas_fields(sandbox: RunningSandbox) -> None:
    source = "def handler(event, context):\n    print('read')\n    return context.aws_request_id\n"
    create_function(sandbox, "insights-lambda", source)
    request_id = json.load(sandbox.client("lambda").invoke(FunctionName="insights-lambda")["Payload"])
    query = "fields @type, @requestId, @memorySize, ispresent(@duration) as timed | filter @type = 'REPORT'"
    answer = ended(
        sandbox,
        start(sandbox, query, "/aws/lambda/insights-lambda", endTime=int(time.time()) + 1),
    )
    (row,) = answer["results"]
    shown = {field["field"]: field["value"] for field in row}
    assert shown["@type"] == "REPORT"
    assert shown["@memorySize"] == "1.28E8"
    assert shown["timed"] == "1"
    assert shown["@requestId"] == request_id
    assert sandbox.client("logs").get_log_record(logRecordPointer=shown["@ptr"])["logRecord"]["@type"] == "REPORT"


@pytest.mark.parametrize("cli", CLIS, ids=lambda cli: f"release {cli.release}")
def test_the_cli_starts_a_query_and_reads_its_results(sandbox: RunningSandbox, cli: AwsCli) -> None:
    group = f"insights/cli-{cli.release}"
    put(sandbox, group, '{"path": "mock"}', '{"path": "prisma"}')
    now_s = int(time.time())
    query_id = cli.run(
        sandbox, "logs", "start-query", "--log-group-names", group, "--start-time", str(now_s - 600),
        "--end-time", str(now_s), "--query-string", "# reads\nfilter path = 'prisma' | stats count(*) as reads",
    )["queryId"]  # fmt: skip
    ended(sandbox, query_id)
    answer = cli.run(sandbox, "logs", "get-query-results", "--query-id", query_id)
    assert answer["results"] == [[{"field": "reads", "value": "1"}]]
    refusal = cli.attempt(
        sandbox, "logs", "start-query", "--log-group-name", group, "--start-time", "1", "--end-time", "2",
        "--query-string", "fields a | extend b = 1",
    )  # fmt: skip
    assert refusal.returncode
    assert "(MalformedQueryException)" in refusal.stderr
    assert "unexpected symbol found extend at line 1 and position 12" in refusal.stderr


@contextmanager
def following(sandbox: RunningSandbox, cli: AwsCli, *options: str) -> Iterator[subprocess.Popen[str]]:
    """`aws logs tail --follow`, which ends with the block."""
    command = [*cli.command, "--endpoint-url", sandbox.endpoint_url, "logs", "tail", "--follow", *options]
    environment = {**sandbox.environment, "AWS_PAGER": "", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as tail:
        # A tail that shows nothing must not hold up the tests.
        watchdog = threading.Timer(60, tail.kill)
        watchdog.start()
        try:
            yield tail
        finally:
            watchdog.cancel()
            tail.kill()


@pytest.mark.skipif(RELEASE_2 is None, reason="only release 2 of the AWS CLI has `logs tail`")
def test_tail_follows_the_log_of_a_function(sandbox: RunningSandbox) -> None:
    assert RELEASE_2
    name = "insights-tail"
    create_function(sandbox, name, 'def handler(event, context):\n    print(f"read {event}")\n')
    invoke = sandbox.client("lambda").invoke
    invoke(FunctionName=name, Payload=b"1")
    with following(sandbox, RELEASE_2, f"/aws/lambda/{name}", "--format", "short", "--filter-pattern", "read") as tail:
        assert tail.stdout
        assert tail.stdout.readline().rstrip().endswith("read 1")
        invoke(FunctionName=name, Payload=b"2")
        assert tail.stdout.readline().rstrip().endswith("read 2")
