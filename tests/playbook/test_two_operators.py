"""Two operators at the same time: one turns the dial, and the other is told who did and what."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.playbook.dial_stage import CANARY, NAMES, DialStage
from tests.playbook.killed_commands import CommandRunner, Kill
from tests.sandbox_process import running_sandbox

CREATE = "appconfig.CreateHostedConfigurationVersion"
START = "appconfig.StartDeployment"
RAMP = ("ramp", "5", "--override", "a drill", "--yes")


@pytest.fixture(scope="module")
def stage() -> Iterator[DialStage]:
    with running_sandbox("--clock-behind", str(30 * 86_400)) as sandbox:
        stage = DialStage(sandbox)
        stage.build()
        yield stage


@pytest.fixture(scope="module")
def anna(stage: DialStage) -> CommandRunner:
    return operator(stage, "anna")


@pytest.fixture(scope="module")
def ben(stage: DialStage) -> CommandRunner:
    return operator(stage, "ben")


def operator(stage: DialStage, name: str) -> CommandRunner:
    iam = stage.sandbox.client("iam")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    credentials = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    return CommandRunner.of({**stage.sandbox.environment, **credentials})


@pytest.fixture(autouse=True)
def in_a_canary(stage: DialStage) -> None:
    stage.reset()
    stage.put_flag(CANARY)


@pytest.mark.parametrize("commands", [(RAMP, RAMP), (RAMP, ("ramp", "25", "--override", "a drill", "--yes"))])
def test_of_two_who_read_the_same_one_wins_and_the_other_is_told(
    stage: DialStage, anna: CommandRunner, ben: CommandRunner, commands: tuple[tuple[str, ...], tuple[str, ...]]
) -> None:
    both_have_read = anna.context.Barrier(2)
    started = {
        "anna": anna.start(*commands[0], waits_at=(CREATE, both_have_read)),
        "ben": ben.start(*commands[1], waits_at=(CREATE, both_have_read)),
    }
    ended = {name: run.wait() for name, run in started.items()}
    (winner,) = (name for name, run in ended.items() if run.exit_code == 0)
    (loser,) = (name for name, run in ended.items() if run.exit_code == 3)
    assert f":user/{winner} at " in ended[loser].output
    assert "changed since it was read" in ended[loser].output
    assert stage.counting_deployments(NAMES.appconfig_environment) == [1, 2, 3]
    (told,) = (facts for kind, facts in stage.journal() if kind == "flag")
    assert told["percent"] == stage.flag["percent"]


def test_a_deployment_that_another_began_is_not_overtaken(
    stage: DialStage, anna: CommandRunner, ben: CommandRunner
) -> None:
    barrier = ben.context.Barrier(2)
    started = ben.start(*RAMP, waits_at=(START, barrier))
    # By then Ben's version is there.
    while stage.versions() < 4:
        assert started.process.is_alive()
    stage.put_flag({"percent": 50}, by="somebody at the console")
    barrier.wait(60)
    run = started.wait()
    assert run.exit_code == 3
    assert '"somebody at the console"' in run.output
    assert stage.flag["percent"] == 50


def test_a_version_that_another_is_about_to_deploy_is_respected_for_a_while(
    stage: DialStage, anna: CommandRunner, ben: CommandRunner
) -> None:
    assert anna.run(*RAMP, kill=Kill(calls_until_create(stage, anna), answered=True)).was_killed
    refused = ben.run(*RAMP)
    assert refused.exit_code == 3
    assert "is about to be deployed" in refused.output
    assert ":user/anna at " in refused.output
    assert stage.flag["percent"] == 1

    stage.sandbox.control.jump_clock(timedelta(minutes=6).total_seconds())
    assert ben.run(*RAMP).exit_code == 0
    assert stage.flag["percent"] == 5


def test_who_said_it_second_is_told_that_it_is_done_already(
    stage: DialStage, anna: CommandRunner, ben: CommandRunner
) -> None:
    assert anna.run(*RAMP).exit_code == 0
    second = ben.run(*RAMP)
    assert second.exit_code == 0
    assert "already" in second.output
    assert ":user/anna at " in second.output
    # What Anna did is hers to tell.
    assert [kind for kind, _ in stage.journal()] == ["override", "flag"]


def calls_until_create(stage: DialStage, runner: CommandRunner) -> int:
    """How many calls a ramp makes up to its first change of the dial."""
    rehearsed = runner.run(*RAMP)
    stage.reset()
    stage.put_flag(CANARY)
    return rehearsed.calls.index(CREATE) + 1
