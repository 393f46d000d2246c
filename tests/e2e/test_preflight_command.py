"""Preflight, test reads, a user explained: typed as an operator types them at the end of the shadow hour."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import pytest

from playbook.database import run_migrations
from playbook.latency_checks import P95_READS
from prisma_read.admin_connection import admin_connection
from prisma_read.database_target import DatabaseTarget
from stacks.environments import SANDBOX
from tests.e2e.conftest import NAMES, Deployment
from tests.playbook_command import document, say

READS: Final = 1200
ALARM_SECONDS: Final = 400
BUS_SECONDS: Final = 90


@pytest.fixture(scope="module")
def shadow_hour(deployment: Deployment) -> Mapping[str, Any]:
    """The end of it; what `playbook traffic` said of its reads."""
    # Whatever was tested before: AppConfig takes back what is deployed while a rollback alarm stands.
    deployment.seconds_until(lambda: _are_ok(deployment, NAMES.flag_rollback_alarms), ALARM_SECONDS)
    deployment.deploy_kill_switch(enabled=False)
    deployment.warm_candidate()
    deployment.deploy_flag(enabled=True, percent=0, splitBy="request", shadowPercent=100)
    time.sleep(SANDBOX.flag_poll_interval_seconds + 2)
    ended = say(deployment.sandbox, "traffic", "--reads", str(READS), "--json")
    assert ended.returncode == 0, ended.stderr
    deployment.sandbox.control.drain_log_subscriptions(within_s=BUS_SECONDS)
    told: Mapping[str, Any] = document(ended)
    return told


@pytest.fixture
def quiet(deployment: Deployment, shadow_hour: Mapping[str, Any]) -> None:
    """Every alarm was evaluated with the reads of the hour in its window."""
    alarms = [*NAMES.rollback_alarms, *NAMES.investigate_alarms]
    deployment.seconds_until(lambda: _are_ok(deployment, alarms), ALARM_SECONDS)


def _are_ok(deployment: Deployment, alarm_names: Sequence[str]) -> bool:
    alarms = deployment.client("cloudwatch").describe_alarms(AlarmNames=list(alarm_names))["MetricAlarms"]
    return {alarm["StateValue"] for alarm in alarms} == {"OK"}


def results(checklist: Mapping[str, Any]) -> dict[str, str]:
    return {item["name"]: item["result"] for item in checklist["items"]}


def told(checklist: Mapping[str, Any], name: str) -> str:
    return str(next(item["told"] for item in checklist["items"] if item["name"] == name))


def test_traffic_tells_of_every_read(shadow_hour: Mapping[str, Any]) -> None:
    assert (shadow_hour["reads"], shadow_hour["failed"]) == (READS, 0)
    assert shadow_hour["versions"] == {"1": READS}
    assert shadow_hour["changed_answers"] == []
    assert 0 < shadow_hour["round_trip_ms"]["p50"] <= shadow_hour["round_trip_ms"]["p99"]


@pytest.mark.usefixtures("quiet")
def test_preflight_passes_at_the_end_of_a_healthy_shadow_hour_and_records_the_baseline(deployment: Deployment) -> None:
    since_ms = int(time.time() * 1000)
    ended = say(deployment.sandbox, "preflight", "--json")
    checklist = document(ended)

    assert {name for name, result in results(checklist).items() if result == "FAIL"} == set(), checklist
    assert (ended.returncode, checklist["passed"]) == (0, True)
    assert results(checklist)["people"] == "WARN"
    assert "all 8 run" in told(checklist, "queries")
    (entry,) = (
        json.loads(event["message"])
        for event in deployment.client("logs").filter_log_events(
            # A Date header has whole seconds, and entries bear it.
            logGroupName=NAMES.journal_log_group,
            startTime=since_ms - 1000,
        )["events"]
    )
    recorded = sum(count for _, count in entry["facts"]["latencies"]["buckets"])
    assert recorded >= P95_READS
    assert f"warm; {recorded} of 500 probes of version 1 measured, none failed" in told(checklist, "prisma-read")


@pytest.mark.usefixtures("quiet")
def test_preflight_names_what_is_not_as_it_should_be_and_refuses(deployment: Deployment) -> None:
    cloudwatch = deployment.client("cloudwatch")
    cloudwatch.disable_alarm_actions(AlarmNames=[NAMES.canary_error_rate_alarm])
    try:
        with deployment.guardian_asleep():
            ended = say(deployment.sandbox, "preflight", "--split-by", "user", "--users", "50")
    finally:
        cloudwatch.enable_alarm_actions(AlarmNames=[NAMES.canary_error_rate_alarm])

    assert ended.returncode == 3
    lines = ended.stdout.splitlines()
    failed = [line.split("  ")[1] for line in lines if line.startswith("FAIL")]
    assert failed == ["alarms", "guardian", "who", "traffic"]
    assert f"{NAMES.canary_error_rate_alarm} has its actions disabled" in ended.stdout
    assert "the guardian's reserved concurrency is 0" in ended.stdout
    assert lines[-1].endswith("4 fail (alarms, guardian, who, traffic).")
    assert "Traceback" not in ended.stderr


@pytest.mark.usefixtures("shadow_hour")
def test_a_read_that_fails_is_named_and_the_command_fails(deployment: Deployment) -> None:
    functions = deployment.client("lambda")
    functions.put_function_concurrency(FunctionName=NAMES.mock_read_function, ReservedConcurrentExecutions=0)
    try:
        ended = say(deployment.sandbox, "traffic", "--reads", "5")
    finally:
        functions.delete_function_concurrency(FunctionName=NAMES.mock_read_function)

    assert ended.returncode == 1
    assert "0 answered, 5 failed" in ended.stdout
    assert "5 × ClientError" in ended.stdout or "5 × TooManyRequestsException" in ended.stdout


@pytest.mark.usefixtures("shadow_hour")
def test_traffic_of_a_time_and_a_rate_keeps_to_both(deployment: Deployment) -> None:
    started_s = time.monotonic()
    ended = say(deployment.sandbox, "traffic", "--for", "0.05", "--rate", "20", "--users", "3", "--json")

    assert ended.returncode == 0, ended.stderr
    assert time.monotonic() - started_s >= 3
    assert 20 <= document(ended)["reads"] <= 20 * document(ended)["seconds"] + 1


@pytest.mark.usefixtures("shadow_hour")
def test_explain_shows_where_the_paths_differ_and_nothing_of_it_is_logged(deployment: Deployment) -> None:
    since_ms = int(time.time() * 1000)
    with _another_balance(deployment):
        ended = say(deployment.sandbox, "explain", "user-7")
        leaves = document(say(deployment.sandbox, "explain", "user-7", "--json"))["leaves"]
    (differing,) = (leaf for leaf in leaves if leaf["kind"])

    assert ended.returncode == 0, ended.stderr
    assert "1 of " in ended.stdout
    assert [line for line in ended.stdout.splitlines() if "≠ changed" in line and "balance" in line]
    assert (differing["path"], differing["kind"]) == ("balance", "changed")
    assert float(differing["candidate"]) == pytest.approx(float(differing["mock"]) + 0.01)
    for function in (NAMES.mock_read_function, NAMES.prisma_read_function):
        logged = "".join(event["message"] for event in deployment.events(function, since_ms))
        assert "PROBE" in logged
        assert "user-7" not in logged
        assert differing["candidate"] not in logged


@pytest.mark.usefixtures("shadow_hour")
def test_users_are_seeded_before_they_read_where_that_is_asked_for(deployment: Deployment) -> None:
    with _another_balance(deployment):
        seeded = say(deployment.sandbox, "traffic", "--seed-users", "--reads", "3")
        explained = say(deployment.sandbox, "explain", "user-7")

    assert seeded.returncode == 0, seeded.stderr
    assert "both paths tell the same" in explained.stdout


@pytest.mark.usefixtures("shadow_hour")
def test_explain_of_equal_answers_and_of_a_user_whom_nobody_knows(deployment: Deployment) -> None:
    equal = say(deployment.sandbox, "explain", "user-3")
    assert (equal.returncode, "both paths tell the same" in equal.stdout) == (0, True)
    unknown = say(deployment.sandbox, "explain", "user-51")
    assert (unknown.returncode, "unknown to mock and to prisma" in unknown.stdout) == (0, True)


def test_explain_refuses_what_is_no_user_id(deployment: Deployment) -> None:
    ended = say(deployment.sandbox, "explain", "someone@example.com")
    assert ended.returncode == 2
    assert "user id" in ended.stderr


@contextmanager
def _another_balance(deployment: Deployment) -> Iterator[None]:
    with admin_connection(DatabaseTarget.from_secret(str(deployment.sandbox.postgres_url))) as database:
        database.run("UPDATE users SET balance = balance + 0.01 WHERE id = 'user-7'")
    try:
        yield
    finally:
        run_migrations(deployment.client("lambda"), NAMES.prisma_migrate_function, "seed")
