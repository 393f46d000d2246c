"""What docs/LOGS_INSIGHTS_QUERIES.md says is so: its queries, its commands, its answers and its refusals."""

import re
import shlex
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboards.queries import saved_queries
from sandbox.insights_query import MalformedQueryError
from shared.names import ResourceNames
from tests.aws_cli import RELEASE_2
from tests.dashboards.logged_reads import MOCK_READ, NAMES, PRISMA_READ, PRISMA_SHADOW, logged_hour
from tests.dashboards.query_samples import DOCUMENT, answer, recorded_answers, up_to_date
from tests.sandbox_process import RunningSandbox

PAGE = DOCUMENT.read_text(encoding="utf-8")
GROUPS = (MOCK_READ, PRISMA_READ, PRISMA_SHADOW)
HALF_AN_HOUR_MS = 1_800_000


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def logged(sandbox: RunningSandbox) -> Iterator[RunningSandbox]:
    """A sandbox whose log groups hold the hour, which ended half an hour ago at most."""
    logs = sandbox.client("logs")
    hour = logged_hour()
    newest_ms = max(event.timestamp_ms for group in GROUPS for event in hour[group])
    shift_ms = int(time.time() * 1000) - HALF_AN_HOUR_MS - newest_ms
    for group in GROUPS:
        logs.create_log_group(logGroupName=group)
        logs.create_log_stream(logGroupName=group, logStreamName="hour")
        logs.put_log_events(
            logGroupName=group,
            logStreamName="hour",
            logEvents=[{"timestamp": event.timestamp_ms + shift_ms, "message": event.message} for event in hour[group]],
        )
    yield sandbox
    for group in GROUPS:
        logs.delete_log_group(logGroupName=group)


@pytest.fixture(scope="module")
def aws_on_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder in which `aws` is the project's own AWS CLI."""
    folder = tmp_path_factory.mktemp("bin")
    command = folder / "aws"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m awscli "$@"\n')
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    return str(folder)


def said(script: str, sandbox: RunningSandbox, aws_on_path: str) -> str:
    environment = {**sandbox.environment, "PATH": f"{aws_on_path}:{sandbox.environment['PATH']}", "AWS_PAGER": ""}
    ended = subprocess.run(
        ["bash", "-e", "-c", script],
        env=environment,
        cwd=DOCUMENT.parents[1],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_the_page_holds_every_query_as_its_file_does_and_its_answer() -> None:
    assert up_to_date(PAGE) == PAGE, "run: python -m tests.dashboards.query_samples"
    for query in saved_queries(NAMES):
        assert PAGE.count(query.text) == 1, query.name
        assert f"## {query.title}\n" in PAGE


def test_the_recorded_answers_are_of_the_queries_as_they_are() -> None:
    def columns(rows: list[dict[str, str]]) -> set[str]:
        return {name for row in rows for name in row}

    recorded = recorded_answers()
    now = {query.name.rpartition("/")[2]: answer(query.text, query.log_groups) for query in saved_queries(NAMES)}
    assert {name: columns(rows) for name, rows in recorded.items()} == {
        name: columns(rows) for name, rows in now.items()
    }


def test_every_query_has_its_purpose_an_answer_something_to_know_and_its_alert() -> None:
    for query in saved_queries(NAMES):
        section = PAGE.partition(f"## {query.title}\n")[2].partition("\n## ")[0]
        for part in (query.purpose, "| --- |", "- **Reading it.** ", "- **Alert.** "):
            assert part in section, (query.name, part)


def test_there_are_as_many_queries_on_the_page_as_saved_ones_and_tips() -> None:
    tips = PAGE.partition("\n## Tips\n")[2]
    assert len(blocks("cwli")) == len(saved_queries(NAMES)) + tips.count("```cwli")
    assert "```" in tips


@pytest.mark.parametrize("query", blocks("cwli"))
def test_every_query_on_the_page_runs_and_finds_something(query: str) -> None:
    rows = answer(query, GROUPS)
    assert rows
    assert all(len(row) > 1 for row in rows)


@pytest.mark.parametrize("script", [block for block in blocks("bash") if "--follow" not in block])
def test_every_command_on_the_page_runs(script: str, logged: RunningSandbox, aws_on_path: str) -> None:
    printed = said(script, logged, aws_on_path)
    if "get-query-results" in script:
        assert '"status"' in printed
        return
    found = re.search(r'"queryId": "([^"]+)"', printed)
    assert found
    while (results := logged.client("logs").get_query_results(queryId=found[1]))["status"] == "Running":
        time.sleep(0.02)
    assert results["status"] == "Complete"
    assert results["results"]


@pytest.mark.skipif(RELEASE_2 is None, reason="only release 2 of the AWS CLI has `logs tail`")
def test_tail_shows_the_lines_of_fallbacks_as_they_come(logged: RunningSandbox) -> None:
    assert RELEASE_2
    (script,) = (block for block in blocks("bash") if "--follow" in block)
    _aws, *arguments = shlex.split(script)
    command = [*RELEASE_2.command, "--endpoint-url", logged.endpoint_url, *arguments]
    environment = {**logged.environment, "AWS_PAGER": "", "PYTHONUNBUFFERED": "1"}
    logs = logged.client("logs")
    logs.create_log_stream(logGroupName=MOCK_READ, logStreamName="now")
    lines = [event.message for event in logged_hour()[MOCK_READ] if '"event":"CANARY-ERROR"' in event.message][:2]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as tail:
        watchdog = threading.Timer(60, tail.kill)
        watchdog.start()
        try:
            assert tail.stdout
            for line in lines:
                event = {"timestamp": int(time.time() * 1000), "message": line}
                logs.put_log_events(logGroupName=MOCK_READ, logStreamName="now", logEvents=[event])
                assert tail.stdout.readline().rstrip().endswith(line)
        finally:
            watchdog.cancel()
            tail.kill()


def refusals() -> list[tuple[str, str, str]]:
    rows = re.findall(r"^\| `(.+?)` \| ([^|]+?) \| `(.+?)` \|$", PAGE, re.MULTILINE)
    return [(written.replace("\\|", "|"), words, instead.replace("\\|", "|")) for written, words, instead in rows]


def test_there_are_refusals_on_the_page() -> None:
    assert len(refusals()) == PAGE.partition("| written | answer |")[2].count("\n|") - 1


@pytest.mark.parametrize(("written", "words", "instead"), refusals())
def test_what_the_page_says_is_refused_is_refused_and_its_replacement_is_not(
    written: str, words: str, instead: str
) -> None:
    with pytest.raises(MalformedQueryError) as refusal:
        answer(written, GROUPS)
    assert refusal.value.message == words
    answer(instead, GROUPS)


def test_every_alarm_on_the_page_exists() -> None:
    names = ResourceNames("beta")
    alarms = set(re.findall(r"`(huntaze-[a-z0-9-]*-gt-[a-z0-9]+)`", PAGE))
    assert alarms == {
        names.shadow_diff_alarm,
        names.canary_error_rate_alarm,
        names.error_rate_alarm,
        names.canary_p95_alarm,
    }


def test_every_file_that_the_page_points_to_exists() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", PAGE):
        assert (DOCUMENT.parent / target).exists(), target
    for target in re.findall(r"file://(\S+)", PAGE):
        assert (Path(DOCUMENT.parents[1]) / target).exists(), target
