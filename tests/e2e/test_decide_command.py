"""`playbook decide` on deployed stacks, typed as an operator types it: what it says, exits with and leaves behind."""

import json
import re
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from playbook import baseline, bundle
from playbook.baseline import Baseline
from playbook.journal import AccountJournal, Kind
from playbook.latencies import Latencies
from playbook.rehearsed_faults import Database, unreadable_users
from playbook.timeline import EventKind
from playbook.traffic import beta_users, send_reads
from playbook.version_probe import VersionProber, live_version
from stacks.environments import SANDBOX
from tests.e2e.conftest import NAMES, Deployment
from tests.playbook_command import PLAYBOOK, document, say
from tests.sandbox_account import account_of

USERS: Final = beta_users(50)
CALLERS: Final = 2
# Metrics come late, alarms are evaluated each minute, and machines are busy.
ALARM_SECONDS: Final = 300


@dataclass(frozen=True)
class Said:
    """What `decide` printed as its document, what it exited with, and where its bundle is."""

    exit_code: int
    document: dict[str, Any]
    evidence: Path

    def check(self, name: str) -> dict[str, Any]:
        (found,) = (check for check in self.document["checks"] if check["name"] == name)
        return dict(found)


@dataclass(frozen=True)
class Operator:
    """Turns the dial, sends reads and decides; bundles go into a directory of their own."""

    deployment: Deployment
    directory: Path

    def step(self, *, shadow_percent: float) -> None:
        """Every read to Prisma; when this returns no read goes by the position before."""
        self.deployment.deploy_flag(enabled=True, percent=100, splitBy="request", shadowPercent=shadow_percent)
        time.sleep(SANDBOX.flag_poll_interval_seconds + 2)

    def send(self, reads: int) -> None:
        functions = self.deployment.client("lambda")
        send_reads(
            functions, NAMES.mock_read_function, users=USERS, reads=reads, concurrency=CALLERS, on_read=lambda _: None
        )

    def decide(self, name: str) -> Said:
        path = self.directory / name
        ended = say(self.deployment.sandbox, "decide", "--json", "--evidence-out", str(path))
        return Said(ended.returncode, document(ended), path)


@pytest.fixture(scope="module")
def operator(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    """With quiet alarms, warm functions and a generous baseline: how long a read takes is not the subject here."""
    functions = deployment.client("lambda")
    version = live_version(functions, NAMES.mock_read_function)
    prober = VersionProber(functions, NAMES.mock_read_function, version)
    baseline.measure(prober, USERS, version=version, concurrency=CALLERS + 1, reads=20, on_probe=lambda: None)
    latencies = Latencies()
    for _ in range(200):
        latencies.record(5_000)
    measured = Baseline(version=version, latencies=latencies.distribution(), failures=Counter(), untold=0)
    baseline.record(AccountJournal(account_of(deployment.sandbox)), measured)
    with deployment.guardian_asleep():
        operator = Operator(deployment, tmp_path_factory.mktemp("evidence"))
        # Without any read an alarm tells of it.
        operator.send(50)
        deployment.seconds_until(lambda: _all_quiet(deployment), ALARM_SECONDS)
        yield operator
        # By the switch: while the alarm of these failures stands, a monitored environment takes no "off".
        deployment.deploy_kill_switch(enabled=True)


@pytest.fixture(scope="module")
def healthy(operator: Operator) -> Said:
    """The verdict on a canary of 1,000 reads, every one of them compared."""
    operator.step(shadow_percent=100)
    operator.send(1_000)
    return operator.decide("go.jsonl")


def test_a_healthy_canary_is_a_go(healthy: Said) -> None:
    assert {check["name"]: check["reason"] for check in healthy.document["checks"] if check["outcome"] != "GO"} == {}
    assert (healthy.exit_code, healthy.document["outcome"]) == (0, "GO")
    assert healthy.check("canary error rate")["figures"]["attempts"] >= 900
    assert healthy.check("shadow coverage")["figures"]["sampled"] >= 1_000


def test_the_decision_is_on_record(operator: Operator, healthy: Said) -> None:
    account = account_of(operator.deployment.sandbox)
    entries = AccountJournal(account).entries(bundle.read(healthy.evidence).step.started_at)

    (decision,) = (entry.facts for entry in entries if entry.kind is Kind.DECISION)

    assert (decision["outcome"], decision["evidence"]) == ("GO", "go.jsonl")
    assert decision["deployment"] == healthy.document["step"]["deployment"]
    assert set(decision["checks"].values()) == {"GO"}


def test_the_bundle_gives_the_same_verdict_where_there_is_no_account(healthy: Said) -> None:
    ended = subprocess.run(
        [PLAYBOOK, "judge", "--evidence", healthy.evidence, "--json"],
        env={"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_EC2_METADATA_DISABLED": "true"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["checks"] == healthy.document["checks"]


def test_the_bundle_says_where_its_numbers_come_from_and_what_happened(healthy: Said) -> None:
    found = bundle.read(healthy.evidence)

    counts = {source.name: source.count for source in found.sources}
    assert counts[f"/aws/lambda/{NAMES.mock_read_function}"] >= 2_000
    assert counts[f"/aws/lambda/{NAMES.prisma_shadow_function}"] >= 1_000
    assert sum(minute.prisma.reads for minute in found.series) == found.evidence.canary.attempts
    moved, *_ = (event for event in found.timeline if event.at >= found.step.started_at)
    assert (moved.kind, moved.percent, moved.state) == (EventKind.FLAG, 100, "DEPLOYMENT_STARTED")
    assert moved.facts["deployment"] == healthy.document["step"]["deployment"]


def test_too_few_reads_are_a_hold_that_names_the_missing_number(operator: Operator) -> None:
    operator.step(shadow_percent=0)
    operator.send(90)

    said = operator.decide("hold.jsonl")

    assert (said.exit_code, said.document["outcome"]) == (10, "HOLD")
    check = said.check("canary error rate")
    missing = check["figures"]["reads_to_go_without_failure"]
    assert 90 <= missing <= 150
    assert re.search(rf"\b{missing} more canary reads without a failure would show at most 2 %", check["reason"])


def test_people_are_told_each_reason_and_what_to_do(operator: Operator) -> None:
    ended = say(operator.deployment.sandbox, "shadow", "--wait", "0")

    assert ended.returncode == 10, ended.stderr
    assert "│ shadow coverage │ HOLD" in ended.stdout
    assert "No read was sampled for" in ended.stdout
    assert "`playbook canary shadow` begins it" in ended.stdout
    assert "\x1b" not in ended.stdout


def test_a_candidate_that_fails_for_a_tenth_of_the_users_is_a_rollback(operator: Operator) -> None:
    assert operator.deployment.sandbox.postgres_url is not None
    with unreadable_users(Database(operator.deployment.sandbox.postgres_url), USERS[:5]):
        operator.step(shadow_percent=0)
        operator.send(250)

        said = operator.decide("rollback.jsonl")

    assert (said.exit_code, said.document["outcome"]) == (12, "ROLLBACK")
    check = said.check("canary error rate")
    assert check["outcome"] == "ROLLBACK"
    assert check["figures"]["failures"] >= 20
    assert check["reason"].endswith("That is above 2 %.")
    assert "CANARY-ERROR" in {failure["event"] for failure in said.document["failures"]}


def _all_quiet(deployment: Deployment) -> bool:
    names = [*NAMES.rollback_alarms, *NAMES.investigate_alarms]
    alarms = deployment.client("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"]
    return {alarm["StateValue"] for alarm in alarms} == {"OK"}
