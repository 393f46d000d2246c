"""Whoever is killed between any two API calls, and says the command again, ends where they would have ended at once.

The commands are the real ones, in a process of their own that ends itself by SIGKILL: after each of its calls was
answered and, of those that change something, also before it is sent; before any other, just as much has been sent as
after the call before. As long as nothing was sent that changes anything, it is enough that nothing has changed.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.playbook.dial_evidence import healthy_shadow, record_baseline
from tests.playbook.dial_stage import CANARY, NAMES, SHADOW, DialStage
from tests.playbook.killed_commands import CommandRunner, Kill
from tests.sandbox_process import running_sandbox

pytestmark = pytest.mark.slow

# A minute of playbook time is a second.
FACTOR = 60
# Moments, and CodeDeploy's ids.
DIFFERS = re.compile(r"\d{4}-\d\d-\d\d.\d\d:\d\d:\d\d|d-[A-Z0-9]{9}")
CHANGES = ("Create", "Start", "Stop", "Put", "Update")


@dataclass(frozen=True)
class EndState:
    """What a command leaves behind, without what differs between two runs of it in any case."""

    flag: dict[str, Any]
    switch_is_set: bool
    flag_deployments: list[int]
    switch_deployments: list[int]
    live: tuple[str, dict[str, float]]
    journal: list[tuple[str, dict[str, Any]]]

    @classmethod
    def of(cls, stage: DialStage) -> "EndState":
        # A version that was made and never deployed does no harm, but it takes a number. Deployments of CodeDeploy
        # have random ones.
        journal = [
            (kind, json.loads(DIFFERS.sub("…", json.dumps({**facts, "version": None}))))
            for kind, facts in stage.journal()
        ]
        return cls(
            flag=stage.flag,
            switch_is_set=stage.switch_is_set,
            flag_deployments=stage.counting_deployments(NAMES.appconfig_environment),
            switch_deployments=stage.counting_deployments(NAMES.kill_switch_environment),
            live=stage.code.live(),
            journal=journal,
        )


@pytest.fixture(scope="module")
def stage() -> Iterator[DialStage]:
    with running_sandbox("--clock-behind", str(30 * 86_400)) as sandbox:
        sandbox.control.run_clock_at(FACTOR)
        stage = DialStage(sandbox)
        stage.build()
        yield stage


@pytest.fixture(scope="module")
def commands(stage: DialStage) -> CommandRunner:
    return CommandRunner.of(stage.sandbox.environment)


def before_the_shadow(stage: DialStage) -> None:
    stage.reset()


def after_a_shadow(stage: DialStage) -> None:
    stage.reset()
    stage.clear_logs()
    stage.put_flag(SHADOW)
    record_baseline(stage)
    healthy_shadow(stage)


def in_a_canary(stage: DialStage) -> None:
    stage.reset()
    stage.clear_logs()
    stage.put_flag(CANARY)


def in_a_step_that_bakes(stage: DialStage) -> None:
    stage.reset(monitors=NAMES.flag_rollback_alarms, bake_minutes=600)
    stage.clear_logs()
    stage.put_flag({"enabled": True, "percent": 5})
    stage.put_flag({"percent": 25}, strategy=NAMES.canary_strategy)


def after_a_rollback(stage: DialStage) -> None:
    stage.reset()
    stage.set_kill_switch()


def in_a_deployment_of_code(stage: DialStage) -> None:
    stage.reset()
    stage.code.reset()
    deployment = stage.code.deploy("1", "2")
    stage.code.wait_for(deployment, "InProgress")


def after_a_deployment_of_code(stage: DialStage) -> None:
    stage.reset()
    stage.code.reset()
    deployment = stage.code.deploy("1", "2")
    stage.code.wait_for(deployment, "InProgress")
    stage.sandbox.control.jump_clock(601 * 60)
    stage.code.wait_for(deployment, "Succeeded")


@pytest.mark.parametrize(
    ("prepare", "command"),
    [
        pytest.param(before_the_shadow, "canary shadow --percent 100", id="canary-shadow"),
        pytest.param(after_a_shadow, "canary start --percent 1 --shadow-percent 20", id="canary-start"),
        pytest.param(in_a_canary, "ramp 25 --override drill", id="ramp"),
        pytest.param(in_a_step_that_bakes, "rollback flag", id="rollback-flag"),
        pytest.param(after_a_rollback, "release", id="release"),
        pytest.param(in_a_deployment_of_code, "rollback code", id="rollback-code-stopped"),
        pytest.param(after_a_deployment_of_code, "rollback code --function mock-read", id="rollback-code-by-hand"),
    ],
)
def test_killed_anywhere_and_said_again_it_ends_the_same(
    stage: DialStage, commands: CommandRunner, prepare: Callable[[DialStage], None], command: str
) -> None:
    arguments = (*command.split(), "--yes")
    prepare(stage)
    whole = commands.run(*arguments)
    assert whole.exit_code == 0, whole.output
    expected = EndState.of(stage)
    prepare(stage)
    unchanged, versions = EndState.of(stage), stage.versions()
    for call in range(1, len(whole.calls) + 1):
        kills = [Kill(call, answered=True)]
        while kills:
            kill = kills.pop()
            killed = commands.run(*arguments, kill=kill)
            assert killed.was_killed, killed.output
            if kill.answered and _changes(killed.calls[-1]):
                kills.append(Kill(call, answered=False))
            if not any(_changes(sent) for sent in (killed.calls if kill.answered else killed.calls[:-1])):
                assert (EndState.of(stage), stage.versions()) == (unchanged, versions), f"killed {kill}"
                continue
            again = commands.run(*arguments)
            assert again.exit_code == 0, f"killed {kill}, {killed.calls[-1]}: {again.output}"
            assert EndState.of(stage) == expected, f"killed {kill}, {killed.calls[-1]}"
            prepare(stage)
    again = commands.run(*arguments)
    assert again.exit_code == 0, again.output
    assert EndState.of(stage) == expected


def _changes(operation: str) -> bool:
    return operation.partition(".")[2].startswith(CHANGES)
