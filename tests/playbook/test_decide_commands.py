"""`playbook decide` and `playbook shadow` on an account whose functions have logged what a test wants to be judged."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from playbook import bundle as bundles
from playbook.account import Account
from playbook.account_timeline import read_timeline
from playbook.bounds import Tally, reads_to_clear
from playbook.bundle import Gate
from playbook.cli import playbook
from playbook.decision import look
from playbook.failures import Refusal
from playbook.journal import AccountJournal, Kind
from playbook.step import Step, current_step
from playbook.timeline import EventKind
from tests.playbook.dial_evidence import record_baseline
from tests.playbook.dial_stage import NAMES, DialStage
from tests.playbook.log_lines import Line, canary_read, compared, failed_canary_read, mock_read, sampled
from tests.sandbox_account import account_of
from tests.sandbox_process import running_sandbox


@dataclass(frozen=True)
class Beta:
    """An account in which a step begins whenever a test says so, and the operator."""

    stage: DialStage

    def step(self, percent: float, *, shadow_percent: float = 100) -> Step:
        values = {"enabled": True, "percent": percent, "splitBy": "request", "shadowPercent": shadow_percent}
        self.stage.put_flag(values, by=f"{percent:g} % by a test")
        return current_step(self.account)

    def log(self, *lines: Line) -> None:
        """Each by the function that writes such a line, now."""
        for function in (NAMES.mock_read_function, NAMES.prisma_shadow_function):
            self.stage.log(function, [line for line in lines if line["function"] == function])

    def type(self, *arguments: str) -> Result:
        return CliRunner(env={**self.stage.sandbox.environment, "COLUMNS": "160"}).invoke(playbook, list(arguments))

    @property
    def account(self) -> Account:
        return account_of(self.stage.sandbox)

    def decisions(self) -> list[dict[str, Any]]:
        return [facts for kind, facts in self.stage.journal() if kind == Kind.DECISION]


@pytest.fixture(scope="module")
def sandbox_stage() -> Iterator[DialStage]:
    with running_sandbox() as sandbox:
        stage = DialStage(sandbox)
        stage.build()
        yield stage


@pytest.fixture
def beta(sandbox_stage: DialStage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Beta:
    """With dials at rest, a baseline, and in the directory of the operator."""
    monkeypatch.chdir(tmp_path)
    sandbox_stage.reset()
    record_baseline(sandbox_stage)
    return Beta(sandbox_stage)


def comparisons(count: int, *, differing: int = 0, lost: int = 0) -> Iterator[Line]:
    """Sampled reads and what came of them."""
    for number in range(count):
        request_id = f"read-{number}"
        yield sampled(request_id)
        if number >= lost:
            yield compared(request_id, match=number >= lost + differing)


def document(result: Result) -> dict[str, Any]:
    assert result.stdout, result.output
    return dict(json.loads(result.stdout))


def test_a_healthy_canary_is_a_go_that_goes_on_record_with_its_evidence(beta: Beta, tmp_path: Path) -> None:
    step = beta.step(1)
    beta.log(*[canary_read()] * 300, *[mock_read()] * 300, *comparisons(1_000))

    result = beta.type("decide", "--json")

    assert result.exit_code == 0, result.output
    told = document(result)
    assert told["outcome"] == "GO"
    assert told["step"]["deployment"] == step.deployment_number
    (written,) = (tmp_path / "evidence").iterdir()
    assert told["evidence"] == f"evidence/{written.name}"
    (decision,) = beta.decisions()
    assert (decision["outcome"], decision["version"], decision["evidence"]) == ("GO", step.version, written.name)
    assert decision["checks"]["canary error rate"] == "GO"

    found = bundles.read(written)
    assert (found.step, found.gate, found.operator) == (step, Gate.CANARY, beta.account.operator)
    assert found.evidence.canary.attempts == 300
    assert found.thresholds == beta.account.settings.thresholds
    assert {source.name: source.count for source in found.sources if source.items == "lines"} == {
        f"/aws/lambda/{NAMES.mock_read_function}": 1_600,
        f"/aws/lambda/{NAMES.prisma_shadow_function}": 1_000,
    }
    (moved,) = (event for event in found.timeline if event.percent == 1)
    assert (moved.at, moved.facts["description"]) == (step.started_at, "1 % by a test")


def test_too_few_reads_are_a_hold_that_names_the_missing_number(beta: Beta) -> None:
    beta.step(1, shadow_percent=0)
    beta.log(*[canary_read()] * 100)

    result = beta.type("decide", "--evidence-out", "hold.jsonl")

    assert result.exit_code == 10, result.output
    missing = reads_to_clear(Tally(0, 100), 2)
    words = " ".join(word for word in result.stdout.split() if word != "│")
    assert f"{missing} more canary reads without a failure would show at most 2 %" in words
    assert "Evidence: hold.jsonl" in result.stdout
    assert "\nHOLD, by: canary error rate, shadow diffs" in result.stdout


def test_a_step_before_this_one_does_not_count(beta: Beta) -> None:
    beta.step(5, shadow_percent=0)
    beta.log(*[failed_canary_read()] * 50)
    beta.step(1, shadow_percent=0)

    found = look(beta.account, Gate.CANARY)

    assert found.evidence.canary.attempts == 0
    assert found.series == ()


def test_a_timeline_may_begin_before_the_step(beta: Beta) -> None:
    earlier = beta.step(5, shadow_percent=0)
    beta.log(*[failed_canary_read()] * 3)
    step = beta.step(1, shadow_percent=0)

    found = look(beta.account, Gate.CANARY, since=earlier.started_at)

    assert found.evidence.canary.attempts == 0
    assert sum(minute.prisma.failures for minute in found.series) == 3
    moves = [(event.at, event.percent) for event in found.timeline if event.percent and event.at >= earlier.started_at]
    assert moves == [(earlier.started_at, 5), (step.started_at, 1)]


def test_a_canary_that_fails_too_often_is_a_rollback(beta: Beta) -> None:
    beta.step(1)
    beta.log(*[canary_read()] * 180, *[failed_canary_read()] * 20, *comparisons(20))

    result = beta.type("decide", "--json")

    assert result.exit_code == 12
    told = document(result)
    assert {check["name"]: check["outcome"] for check in told["checks"]}["canary error rate"] == "ROLLBACK"
    assert told["failures"] == [{"event": "CANARY-ERROR", "code": "timeout", "count": 20}]


@pytest.mark.parametrize(
    ("lines", "exit_code", "check"),
    [
        (list(comparisons(1_000)), 0, None),
        (list(comparisons(1_000, differing=8)), 10, "shadow diffs"),
        (list(comparisons(1_000, differing=30)), 11, "shadow diffs"),
        (list(comparisons(1_000, lost=30)), 10, "shadow coverage"),
    ],
    ids=["none differs", "0.8 % differ", "3 % differ", "3 % are lost"],
)
def test_the_shadows_gate_is_judged_by_its_own_numbers(
    beta: Beta, lines: list[Line], exit_code: int, check: str | None
) -> None:
    beta.step(0)
    beta.log(*lines)

    result = beta.type("shadow", "--json", "--wait", "0", "--evidence-out", "shadow.jsonl")

    told = document(result)
    assert result.exit_code == exit_code, told
    assert [found["name"] for found in told["checks"] if found["outcome"] != "GO"] == ([check] if check else [])
    assert bundles.read(Path("shadow.jsonl")).replayed().outcome.name == told["outcome"]
    assert beta.decisions() == []


def test_without_a_shadow_its_gate_says_how_one_begins(beta: Beta) -> None:
    beta.step(0, shadow_percent=0)

    result = beta.type("shadow")

    assert result.exit_code == 10
    assert "No read was sampled for comparison." in result.stdout
    assert "`playbook canary shadow` begins it" in result.stdout
    assert not Path("evidence").exists()


def test_a_flag_that_is_turned_while_one_looks_is_refused(beta: Beta) -> None:
    beta.step(1)

    def turn(told: str) -> None:
        if told == "reading what happened when":
            beta.stage.put_flag({"enabled": True, "percent": 5})

    with pytest.raises(Refusal, match="the flag was changed while the evidence was read"):
        look(beta.account, Gate.CANARY, on_progress=turn)


def test_a_bundle_that_cannot_be_written_is_one_line_and_no_decision(beta: Beta) -> None:
    beta.step(1, shadow_percent=0)
    Path("taken").write_text("")

    result = beta.type("decide", "--evidence-out", "taken/bundle.jsonl")

    assert result.exit_code == 1
    assert "Could not open file 'taken/bundle.jsonl'" in result.stderr
    assert beta.decisions() == []


def test_the_timeline_tells_of_dials_alarms_code_and_operators_in_their_order(beta: Beta) -> None:
    group = NAMES.mock_read_deployment_group
    step = beta.step(1)
    identity = beta.stage.code.deploy("1", "2")
    beta.stage.set_kill_switch()
    AccountJournal(beta.account).write(Kind.OVERRIDE, reason="testers wait")
    beta.stage.set_alarm(NAMES.no_traffic_alarm, "ALARM")
    try:
        # Times of alarms and of the journal are whole seconds.
        found = read_timeline(beta.account, step.started_at.replace(microsecond=0), beta.stage.now())
    finally:
        beta.stage.set_alarm(NAMES.no_traffic_alarm, "OK")
        beta.stage.sandbox.client("codedeploy").stop_deployment(deploymentId=identity)
        beta.stage.code.wait_for(identity, "Stopped")

    assert list(found.events) == sorted(found.events, key=lambda event: event.at)
    told = {(event.kind, event.name, event.state, event.percent) for event in found.events}
    assert (EventKind.FLAG, "feature-flags", "DEPLOYMENT_STARTED", 1) in told
    assert (EventKind.KILL_SWITCH, "kill-switch", "DEPLOYMENT_STARTED", 0) in told
    assert (EventKind.KILL_SWITCH, "kill-switch", "DEPLOYMENT_STARTED", 100) in told
    assert (EventKind.CODE, group, "Created", None) in told
    assert (EventKind.ALARM, NAMES.no_traffic_alarm, "ALARM", None) in told
    assert (EventKind.JOURNAL, "override", "", None) in told
    counts = {source.name: source.count for source in found.sources}
    assert counts[NAMES.no_traffic_alarm] == counts[group] == 1
    assert counts[NAMES.journal_log_group] >= 1
