"""The commands that turn the dials, on a stage whose AppConfig takes its minute and bakes its ten."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.playbook.dial_evidence import healthy_canary, healthy_shadow, record_baseline
from tests.playbook.dial_stage import CANARY, NAMES, SHADOW, DialStage
from tests.playbook.killed_commands import CommandRunner
from tests.playbook.log_lines import canary_read
from tests.sandbox_process import running_sandbox

# A minute of playbook time is a second.
FACTOR = 60
MINUTE = 60.0


@pytest.fixture(scope="module")
def stage() -> Iterator[DialStage]:
    with running_sandbox("--clock-behind", str(60 * 86_400)) as sandbox:
        sandbox.control.run_clock_at(FACTOR)
        stage = DialStage(sandbox)
        stage.build()
        yield stage


@pytest.fixture(scope="module")
def commands(stage: DialStage) -> CommandRunner:
    return CommandRunner.of(stage.sandbox.environment)


@pytest.fixture(autouse=True)
def seeded_off(stage: DialStage) -> None:
    for alarm in NAMES.rollback_alarms:
        stage.set_alarm(alarm, "OK")
    stage.clear_logs()
    stage.reset(monitors=NAMES.flag_rollback_alarms, minutes=1, bake_minutes=10)


def test_the_day_goes_from_the_shadow_to_the_first_step_of_the_ramp(stage: DialStage, commands: CommandRunner) -> None:
    shadow = commands.run("canary", "shadow", "--yes")
    assert shadow.exit_code == 0, shadow.output
    assert "it bakes until" in shadow.output
    assert stage.flag | SHADOW == stage.flag

    early = commands.run("canary", "start", "--yes")
    assert early.exit_code == 3
    assert "flag's deployment: deployment 2 is BAKING until" in early.output
    assert "baseline: " in early.output

    stage.sandbox.control.jump_clock(12 * MINUTE)
    record_baseline(stage)
    undecided = commands.run("canary", "start", "--yes")
    assert undecided.exit_code == 3
    assert "verdict: HOLD" in undecided.output

    healthy_shadow(stage)
    canary = commands.run("canary", "start", "--percent", "1", "--shadow-percent", "20", "--yes", "--json")
    assert canary.exit_code == 0, canary.output
    assert json.loads(canary.output)["position"] == "1 % by request, shadow 20 %"
    assert (stage.flag["percent"], stage.flag["shadowPercent"], stage.flag["seed"]) == (1, 20, "closed-beta")

    healthy_canary(stage)
    stage.sandbox.control.jump_clock(30 * MINUTE)
    held = commands.run("ramp", "5", "--yes")
    assert held.exit_code == 3
    assert "minimum hold: 1 % began at" in held.output
    for_programs = commands.run("ramp", "5", "--yes", "--json")
    assert for_programs.exit_code == 3
    assert '"gate": "minimum hold"' in for_programs.output
    assert "verdict" not in held.output

    stage.sandbox.control.jump_clock(30 * MINUTE)
    ramped = commands.run("ramp", "5", "--yes")
    assert ramped.exit_code == 0, ramped.output
    assert stage.flag["percent"] == 5
    again = commands.run("ramp", "5", "--yes", "--json")
    assert again.exit_code == 0
    assert json.loads(again.output)["already"]
    assert [kind for kind, _ in stage.journal()] == ["flag", "baseline", "flag", "flag"]
    assert [facts["percent"] for kind, facts in stage.journal() if kind == "flag"] == [0, 1, 5]


def test_an_override_goes_on_record_with_what_it_opened(stage: DialStage, commands: CommandRunner) -> None:
    stage.put_flag(CANARY)
    run = commands.run("ramp", "25", "--override", "agreed with Anna", "--yes")
    assert run.exit_code == 0, run.output
    (entry,) = (facts for kind, facts in stage.journal() if kind == "override")
    assert entry["reason"] == "agreed with Anna"
    assert [gate["gate"] for gate in entry["gates"]] == ["next step", "minimum hold", "verdict"]


def test_a_deployment_that_an_alarm_takes_back_is_told(stage: DialStage, commands: CommandRunner) -> None:
    started = commands.start("canary", "shadow", "--yes")
    while len(stage.counting_deployments(NAMES.appconfig_environment)) < 2:
        assert started.process.is_alive()
    stage.set_alarm(NAMES.canary_error_rate_alarm, "ALARM")
    run = started.wait()
    assert run.exit_code == 1
    assert "deployment 2 was taken back" in run.output
    assert NAMES.canary_error_rate_alarm in run.output
    assert stage.flag["enabled"] is False


def test_a_rollback_ends_when_reads_show_it_and_says_since_when(stage: DialStage, commands: CommandRunner) -> None:
    stage.put_flag({**CANARY, "percent": 25})
    started = commands.start("rollback", "flag", "--yes", "--json")
    while not stage.switch_is_set:
        assert started.process.is_alive()
    # One more, of a function that did not ask again yet.
    late = stage.now()
    stage.log(NAMES.mock_read_function, [canary_read()], at=late)
    run = started.wait()
    assert run.exit_code == 0, run.output
    told = json.loads(run.output)
    assert told["flag_is_off"]
    assert datetime.fromisoformat(told["last_prisma_read_at"]).replace(microsecond=0) == late.replace(microsecond=0)
    assert told["safe_at"] == told["last_prisma_read_at"]
    assert (stage.flag["enabled"], stage.flag["percent"], stage.switch_is_set) == (False, 0, True)
    assert [kind for kind, _ in stage.journal()] == ["kill-switch", "flag", "rollback"]


def test_a_flag_that_its_alarms_hold_is_turned_off_when_the_command_is_said_again(
    stage: DialStage, commands: CommandRunner
) -> None:
    stage.put_flag({**CANARY, "percent": 25})
    stage.set_alarm(NAMES.canary_error_rate_alarm, "ALARM")
    first = commands.run("rollback", "flag", "--yes")
    assert first.exit_code == 0, first.output
    assert "The flag itself waits: huntaze-canary-error-rate-gt-2pct" in first.output
    assert (stage.switch_is_set, stage.flag["percent"]) == (True, 25)

    refused = commands.run("release", "--yes")
    assert refused.exit_code == 3
    assert "flag at 0 %: the flag itself still says 25 %" in refused.output
    assert "rollback alarms: huntaze-canary-error-rate-gt-2pct is ALARM" in refused.output

    stage.set_alarm(NAMES.canary_error_rate_alarm, "OK")
    second = commands.run("rollback", "flag", "--yes")
    assert second.exit_code == 0, second.output
    assert stage.flag["percent"] == 0
    assert stage.counting_deployments(NAMES.kill_switch_environment) == [1, 2]
    assert commands.run("release", "--yes").exit_code == 0
    assert not stage.switch_is_set


def test_a_kill_switch_that_was_never_set_is_released_already(stage: DialStage, commands: CommandRunner) -> None:
    run = commands.run("release", "--yes")
    assert run.exit_code == 0
    assert "was released before" in run.output
    assert stage.journal() == []


@pytest.mark.parametrize("command", ["canary shadow", "rollback flag", "canary shadow --json"])
def test_where_nobody_can_be_asked_yes_must_be_said(stage: DialStage, commands: CommandRunner, command: str) -> None:
    run = commands.run(*command.split())
    assert run.exit_code == 2
    assert "say --yes" in run.output
    assert stage.counting_deployments(NAMES.appconfig_environment) == [1]


def test_code_goes_back_to_the_version_before_and_no_further(stage: DialStage, commands: CommandRunner) -> None:
    nothing = commands.run("rollback", "code", "--yes")
    assert nothing.exit_code == 3
    assert "--function says whose live is to go back" in nothing.output

    first = stage.code.deploy("1", "2")
    stage.code.wait_for(first, "InProgress")
    stage.sandbox.control.jump_clock(601 * MINUTE)
    stage.code.wait_for(first, "Succeeded")
    second = stage.code.deploy("2", "3")
    stage.code.wait_for(second, "InProgress")
    stopped = commands.run("rollback", "code", "--yes")
    assert stopped.exit_code == 0, stopped.output
    assert stage.code.live() == ("2", {})

    for _ in range(2):
        again = commands.run("rollback", "code", "--yes")
        assert again.exit_code == 0
        assert f"{NAMES.mock_read_function}: every read gets version 2, and did before." in again.output
    assert stage.code.live() == ("2", {})


def test_times_are_the_accounts_own(stage: DialStage, commands: CommandRunner) -> None:
    run = commands.run("canary", "shadow", "--yes", "--json")
    started_at = datetime.fromisoformat(json.loads(run.output)["started_at"])
    assert (datetime.now(UTC) - started_at).days > 10
