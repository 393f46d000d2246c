"""What `playbook status` reads of an account, from real answers of a sandbox."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from playbook.account_state import AccountState, read_account_state
from playbook.dial_reading import path_dial, read_dial
from playbook.drift import drift
from playbook.evidence import AlarmState
from playbook.journal import AccountJournal, Kind
from playbook.status_view import status_of
from shared.names import LIVE_ALIAS
from tests.playbook.dial_stage import CANARY, NAMES, SHADOW, DialStage
from tests.sandbox.deployable import eventually
from tests.sandbox_account import account_of
from tests.sandbox_process import running_sandbox


@pytest.fixture(scope="module")
def sandbox_stage() -> Iterator[DialStage]:
    """Its clock is behind, so that tests may let the time of deployments pass."""
    with running_sandbox("--clock-behind", "4000000") as sandbox:
        stage = DialStage(sandbox)
        stage.build()
        yield stage


@pytest.fixture
def stage(sandbox_stage: DialStage) -> DialStage:
    sandbox_stage.reset(minutes=2, bake_minutes=10)
    return sandbox_stage


def state_of(stage: DialStage) -> AccountState:
    return read_account_state(account_of(stage.sandbox))


def drift_of(stage: DialStage) -> list[str]:
    return [item.what for item in drift(state_of(stage))]


@contextmanager
def alias(stage: DialStage, function_name: str, version: str, weights: dict[str, float]) -> Iterator[None]:
    """`live` moved by hand during the block."""

    def move(version: str, weights: dict[str, float]) -> None:
        stage.sandbox.client("lambda").update_alias(
            FunctionName=function_name,
            Name=LIVE_ALIAS,
            FunctionVersion=version,
            RoutingConfig={"AdditionalVersionWeights": weights},
        )

    before = stage.code.live(function_name)
    move(version, weights)
    try:
        yield
    finally:
        move(*before)


def stop_flag(stage: DialStage, number: int) -> None:
    account = account_of(stage.sandbox)
    ids = read_dial(account.appconfig, path_dial(NAMES)).ids
    account.appconfig.stop_deployment(
        ApplicationId=ids.application_id, EnvironmentId=ids.environment_id, DeploymentNumber=number
    )


def test_a_fresh_account_is_off_and_has_no_drift(stage: DialStage) -> None:
    state = state_of(stage)

    assert not state.step.enabled
    assert not state.kill_switch.is_set
    assert state.rollouts == ()
    assert [(dial.function_name, dial.weights, dial.deployed_version) for dial in state.code_dials] == [
        (NAMES.mock_read_function, {"1": 1.0}, "1"),
        (NAMES.prisma_read_function, {"1": 1.0}, "1"),
    ]
    assert {alarm.state for alarm in state.alarms} == {AlarmState.OK}
    assert {alarm.name for alarm in state.alarms if alarm.rolls_back} == set(NAMES.rollback_alarms)
    assert drift(state) == ()
    assert status_of(state, account_of(stage.sandbox).settings).next_step.commands == ("playbook canary shadow",)


def test_the_time_is_the_accounts_not_this_machines(stage: DialStage) -> None:
    before = state_of(stage).at
    stage.sandbox.control.jump_clock(600)

    assert timedelta(minutes=10) <= state_of(stage).at - before < timedelta(minutes=12)


def test_weights_that_somebody_set_by_hand_are_drift(stage: DialStage) -> None:
    with alias(stage, NAMES.mock_read_function, "1", {"2": 0.25}):
        (found,) = drift_of(stage)

    assert "version 1 (75 %) and version 2 (25 %)" in found
    assert drift_of(stage) == []


def test_a_version_that_nobody_deployed_is_drift(stage: DialStage) -> None:
    with alias(stage, NAMES.prisma_read_function, "3", {}):
        (found,) = drift_of(stage)

    assert "stands for version 3; deployed last was version 1" in found


def test_a_version_of_the_flag_is_drift_until_the_journal_has_it(stage: DialStage) -> None:
    stage.put_flag(SHADOW, by="by hand")
    version = state_of(stage).step.version
    (found,) = drift_of(stage)
    assert found.startswith(f"Version {version} of prismaAdapter is deployed, and the journal has no entry of it")

    AccountJournal(account_of(stage.sandbox)).write(Kind.FLAG, deployment=2, version=version)

    eventually(lambda: drift_of(stage) == [])


def test_an_entry_of_another_kind_records_no_version_of_the_flag(stage: DialStage) -> None:
    stage.put_flag(SHADOW)
    AccountJournal(account_of(stage.sandbox)).write(Kind.KILL_SWITCH, version=state_of(stage).step.version)

    assert len(drift_of(stage)) == 1


def test_an_old_version_that_counts_again_is_still_on_record(stage: DialStage) -> None:
    stage.put_flag(SHADOW)
    AccountJournal(account_of(stage.sandbox)).write(Kind.FLAG, version=state_of(stage).step.version)
    stage.sandbox.control.jump_clock(86_400)
    number = stage.put_flag(CANARY, strategy=NAMES.canary_strategy)
    stop_flag(stage, number)

    state = state_of(stage)

    assert state.step.percent == 0
    assert drift(state) == ()


def test_a_deployment_of_the_flag_is_in_progress_until_its_bake_is_over(stage: DialStage) -> None:
    number = stage.put_flag(CANARY, strategy=NAMES.canary_strategy)

    state = state_of(stage)

    (rollout,) = state.rollouts
    assert (rollout.deployment_number, rollout.state, rollout.version) == (number, "DEPLOYING", state.step.version)
    assert rollout.ends_at == state.step.started_at + timedelta(minutes=12)
    stage.sandbox.control.jump_clock(180)
    assert [rollout.state for rollout in state_of(stage).rollouts] == ["BAKING"]
    stage.sandbox.control.jump_clock(600)
    assert state_of(stage).rollouts == ()


def test_the_kill_switch_says_since_when_and_what_for(stage: DialStage) -> None:
    before = state_of(stage).at
    stage.set_kill_switch()

    switch = state_of(stage).kill_switch

    assert (switch.is_set, switch.description) == (True, "a rollback")
    assert switch.since >= before


def test_an_alarm_in_alarm_tells_since_when_and_why(stage: DialStage) -> None:
    name = NAMES.no_traffic_alarm
    before = state_of(stage).at
    stage.set_alarm(name, "ALARM")

    (alarm,) = (alarm for alarm in state_of(stage).alarms if alarm.name == name)

    assert (alarm.state, alarm.reason) == (AlarmState.ALARM, "a test")
    assert alarm.since is not None
    assert alarm.since >= before


def test_an_alarm_that_is_gone_is_told_as_gone(stage: DialStage) -> None:
    name = NAMES.guardian_failed_alarm
    stage.sandbox.client("cloudwatch").delete_alarms(AlarmNames=[name])

    (alarm,) = (alarm for alarm in state_of(stage).alarms if alarm.name == name)

    assert (alarm.state, alarm.since) == (None, None)


def test_a_deployment_that_was_taken_back_leaves_the_version_before(stage: DialStage) -> None:
    deployment_id = stage.code.deploy("1", "2")
    eventually(lambda: stage.code.live()[1])
    stage.sandbox.client("codedeploy").stop_deployment(deploymentId=deployment_id, autoRollbackEnabled=True)
    eventually(lambda: stage.code.live() == ("1", {}) and state_of(stage).code_dials[0].in_progress is None)

    assert state_of(stage).code_dials[0].deployed_version == "1"
    assert drift_of(stage) == []


def test_what_codedeploy_moves_is_no_drift_and_what_it_deployed_is_expected(stage: DialStage) -> None:
    deployment_id = stage.code.deploy("1", "2")
    eventually(lambda: stage.code.live()[1])

    dial = state_of(stage).code_dials[0]

    assert dial.weights == {"1": pytest.approx(0.99), "2": pytest.approx(0.01)}
    assert dial.in_progress is not None
    assert dial.in_progress.deployment_id == deployment_id
    assert (dial.in_progress.from_version, dial.in_progress.to_version) == ("1", "2")
    assert drift_of(stage) == []
    # Longer than the stage's canary lasts.
    stage.sandbox.control.jump_clock(86_400)
    stage.code.wait_for(deployment_id, "Succeeded")
    dial = state_of(stage).code_dials[0]
    assert (dial.weights, dial.deployed_version, dial.in_progress) == ({"2": 1.0}, "2", None)
    assert drift_of(stage) == []
    with alias(stage, NAMES.mock_read_function, "1", {}):
        (found,) = drift_of(stage)
    assert "stands for version 1; deployed last was version 2" in found
