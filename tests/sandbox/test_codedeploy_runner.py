"""The runner carries deployments out in playbook time, and may be killed and replaced at any moment."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from sandbox.aws_api import AwsError
from sandbox.clock import Clock
from sandbox.codedeploy_calls import CallError
from sandbox.codedeploy_deployment import AlarmWatch, Deployment, Error, Plan, Status
from sandbox.codedeploy_deployments import Deployments
from sandbox.codedeploy_progress import reported, stop_requested
from sandbox.codedeploy_runner import DeploymentRunner
from tests.sandbox.codedeploy_plans import EVERY_EVENT, HOOKS, plan

MINUTE = 60.0
DAY = 86_400.0


@dataclass
class Aws:
    """One alias, its validation functions' invocations, and alarms. `refuses` names the calls that fail."""

    version: str = "1"
    weights: dict[str, float] = field(default_factory=dict)
    invoked: list[tuple[str, str]] = field(default_factory=list)
    in_alarm: tuple[str, ...] = ()
    refuses: dict[str, Error] = field(default_factory=dict)
    broken: bool = False

    def check_alias(self, _plan: Plan) -> None:
        self._refuse("check_alias")

    def set_weight(self, plan: Plan, weight: float) -> None:
        self._refuse("set_weight")
        spec = plan.app_spec
        whole = weight == 1
        self.version = spec.target_version if whole else spec.current_version
        self.weights = {} if whole else {spec.target_version: weight}

    def invoke(self, _plan: Plan, function: str, execution_id: str) -> None:
        self._refuse("invoke")
        if self.broken:
            raise ConnectionError("no answer")
        self.invoked.append((function, execution_id))

    def active_alarms(self, _plan: Plan, watch: AlarmWatch) -> tuple[str, ...]:
        self._refuse("active_alarms")
        return tuple(name for name in watch.names if name in self.in_alarm)

    def _refuse(self, call: str) -> None:
        if call in self.refuses:
            raise CallError(self.refuses[call])


@dataclass
class World:
    """Deployments, what they act on, and a clock that only jumps. `runner` runs."""

    aws: Aws
    clock: Clock
    deployments: Deployments
    runner: DeploymentRunner

    def deploy(self, **changes: object) -> str:
        deployment = self.deployments.create(plan(**changes))  # type: ignore[arg-type] # of any field
        self.runner.look()
        return deployment.plan.deployment_id

    def pass_minutes(self, minutes: float) -> None:
        self.clock.jump(minutes * MINUTE)

    def change(self, deployment_id: str, changed: Callable[[Deployment], Deployment]) -> None:
        self.deployments.change(deployment_id, changed)
        self.runner.look()

    def report(self, deployment_id: str, status: str) -> None:
        _, execution_id = self.aws.invoked[-1]
        self.change(deployment_id, lambda d: reported(d, execution_id, status))

    def get(self, deployment_id: str) -> Deployment:
        found = self.deployments.get(deployment_id)
        assert found
        return found

    def rollback_of(self, deployment_id: str) -> Deployment:
        rollback_id = self.get(deployment_id).rollback_id
        assert rollback_id
        return self.get(rollback_id)

    def replace_runner(self) -> None:
        self.runner.stop()
        self.runner = DeploymentRunner(self.deployments, self.aws, self.clock)
        self.runner.start()


@contextmanager
def running() -> Iterator[World]:
    # The monotonic clock stands still, so that time passes by jumps alone.
    clock = Clock(behind_seconds=DAY, monotonic=lambda: 0.0)
    aws, deployments = Aws(), Deployments()
    world = World(aws, clock, deployments, DeploymentRunner(deployments, aws, clock))
    world.runner.start()
    yield world
    world.runner.stop()


@pytest.fixture
def world() -> Iterator[World]:
    with running() as world:
        yield world


def test_a_canary_goes_from_step_to_all_on_the_playbook_clock(world: World) -> None:
    deployment_id = world.deploy()
    assert (world.aws.version, world.aws.weights) == ("1", {"2": 0.1})
    world.pass_minutes(4)
    assert world.aws.weights == {"2": 0.1}
    world.pass_minutes(1)
    assert (world.aws.version, world.aws.weights) == ("2", {})
    deployment = world.get(deployment_id)
    assert deployment.status is Status.SUCCEEDED
    assert deployment.started_at is not None
    assert deployment.completed_at == pytest.approx(deployment.started_at + 5 * MINUTE)


def test_a_linear_deployment_takes_every_step_of_a_jump(world: World) -> None:
    linear = {"type": "TimeBasedLinear", "timeBasedLinear": {"linearPercentage": 25, "linearInterval": 1}}
    world.deploy(routing=linear)
    seen = [world.aws.weights]
    # A listener that comes after the runner's.
    world.clock.on_change(lambda: seen.append(world.aws.weights))
    world.pass_minutes(3)
    assert seen == [{"2": 0.25}, {"2": 0.5}, {"2": 0.75}, {}]


def test_hooks_run_around_the_traffic(world: World) -> None:
    deployment_id = world.deploy(hooks=HOOKS)
    assert [function for function, _ in world.aws.invoked] == ["before"]
    assert world.aws.weights == {}
    world.report(deployment_id, "Succeeded")
    assert world.aws.weights == {"2": 0.1}
    world.pass_minutes(5)
    assert [function for function, _ in world.aws.invoked] == ["before", "after"]
    world.report(deployment_id, "Succeeded")
    assert world.get(deployment_id).status is Status.SUCCEEDED


def test_a_rejected_version_gets_no_traffic_at_any_time(world: World) -> None:
    deployment_id = world.deploy(hooks=HOOKS, auto_rollback=EVERY_EVENT)
    world.report(deployment_id, "Failed")
    assert world.get(deployment_id).status is Status.FAILED
    assert world.rollback_of(deployment_id).status is Status.SUCCEEDED
    assert (world.aws.version, world.aws.weights) == ("1", {})
    assert len(world.aws.invoked) == 1


def test_an_alarm_in_the_middle_of_a_canary_takes_the_alias_back(world: World) -> None:
    deployment_id = world.deploy(alarms=AlarmWatch(("errors",)), auto_rollback=EVERY_EVENT)
    world.pass_minutes(2)
    world.aws.in_alarm = ("errors",)
    world.pass_minutes(1)
    assert world.get(deployment_id).status is Status.STOPPED
    assert (world.aws.version, world.aws.weights) == ("1", {})
    # It went back although the alarm still is in ALARM.
    assert world.rollback_of(deployment_id).status is Status.SUCCEEDED


def test_an_alarm_that_is_in_alarm_at_the_start_stops_the_deployment_before_anything_else(world: World) -> None:
    world.aws.in_alarm = ("errors",)
    deployment_id = world.deploy(alarms=AlarmWatch(("errors",)), hooks=HOOKS)
    assert world.get(deployment_id).status is Status.STOPPED
    assert world.aws.invoked == []
    assert world.aws.weights == {}


def test_an_alarm_counts_while_a_hook_runs(world: World) -> None:
    deployment_id = world.deploy(alarms=AlarmWatch(("errors",)), hooks=HOOKS)
    world.aws.in_alarm = ("errors",)
    world.pass_minutes(1)
    assert world.get(deployment_id).status is Status.STOPPED


def test_an_alarm_comes_before_the_step_that_is_due_at_the_same_moment(world: World) -> None:
    deployment_id = world.deploy(alarms=AlarmWatch(("errors",)))
    world.aws.in_alarm = ("errors",)
    world.pass_minutes(5)
    assert world.get(deployment_id).status is Status.STOPPED
    assert world.aws.version == "1"


def test_an_alarm_of_another_group_changes_nothing(world: World) -> None:
    deployment_id = world.deploy(alarms=AlarmWatch(("errors",)))
    world.aws.in_alarm = ("another",)
    world.pass_minutes(5)
    assert world.get(deployment_id).status is Status.SUCCEEDED


def test_without_automatic_rollback_the_alias_stays_where_it_stands(world: World) -> None:
    deployment_id = world.deploy(alarms=AlarmWatch(("errors",)))
    world.aws.in_alarm = ("errors",)
    world.pass_minutes(1)
    assert world.get(deployment_id).rollback_id is None
    assert world.aws.weights == {"2": 0.1}


def test_a_stop_request_with_rollback_takes_the_alias_back(world: World) -> None:
    deployment_id = world.deploy()
    world.change(deployment_id, lambda d: stop_requested(d, roll_back=True))
    assert world.get(deployment_id).status is Status.STOPPED
    assert (world.aws.version, world.aws.weights) == ("1", {})


@pytest.mark.parametrize("call", ["check_alias", "set_weight", "invoke", "active_alarms"])
def test_a_call_that_is_refused_fails_the_deployment_with_its_error(world: World, call: str) -> None:
    world.aws.refuses = {call: Error("IAM_ROLE_PERMISSIONS", "no permission")}
    hooks = HOOKS if call == "invoke" else None
    deployment_id = world.deploy(hooks=hooks, alarms=AlarmWatch(("errors",)))
    deployment = world.get(deployment_id)
    assert (deployment.status, deployment.error) == (Status.FAILED, Error("IAM_ROLE_PERMISSIONS", "no permission"))


def test_a_group_has_one_deployment_at_a_time_and_its_rollback_counts(world: World) -> None:
    deployment_id = world.deploy(auto_rollback=EVERY_EVENT)
    with pytest.raises(AwsError, match=f"already has an active Deployment '{deployment_id}'") as caught:
        world.deploy(deployment_id="d-2")
    assert caught.value.code == "DeploymentLimitExceededException"
    world.deploy(deployment_id="d-3", group="another")
    world.pass_minutes(5)
    world.deploy(deployment_id="d-4")


@pytest.mark.parametrize("killed_at_minute", range(7))
def test_a_runner_that_is_killed_is_replaced_by_one_that_goes_on(world: World, killed_at_minute: int) -> None:
    deployment_id = world.deploy(hooks=HOOKS, alarms=AlarmWatch(("errors",)), auto_rollback=EVERY_EVENT)
    for minute in range(7):
        if minute == killed_at_minute:
            world.replace_runner()
        if minute in (1, 6):
            world.report(deployment_id, "Succeeded")
        world.pass_minutes(1)
    assert [function for function, _ in world.aws.invoked] == ["before", "after"]
    assert world.get(deployment_id).status is Status.SUCCEEDED
    assert (world.aws.version, world.aws.weights) == ("2", {})


def test_what_falls_due_while_no_runner_runs_is_made_up_for(world: World) -> None:
    deployment_id = world.deploy()
    world.runner.stop()
    world.pass_minutes(30)
    assert world.aws.weights == {"2": 0.1}
    world.replace_runner()
    over = world.deployments.wait_until_over(deployment_id)
    assert over
    assert over.status is Status.SUCCEEDED
    assert world.aws.version == "2"


def test_a_rollback_that_nobody_began_is_begun_by_the_next_runner(world: World) -> None:
    deployment_id = world.deploy(alarms=AlarmWatch(("errors",)), auto_rollback=EVERY_EVENT)
    world.runner.stop()
    # The runner was killed between the two.
    world.deployments.change(deployment_id, lambda d: stop_requested(d, roll_back=True))
    world.aws.in_alarm = ("errors",)
    world.replace_runner()
    over = world.deployments.wait_until_over(deployment_id)
    assert over
    assert over.rollback_id
    assert (world.aws.version, world.aws.weights) == ("1", {})
    assert len(world.deployments.all()) == 2


def test_a_deployment_that_is_created_starts_by_itself(world: World) -> None:
    all_at_once = plan(routing={"type": "AllAtOnce"})
    world.deployments.create(all_at_once)
    over = world.deployments.wait_until_over(all_at_once.deployment_id)
    assert over
    assert over.status is Status.SUCCEEDED


def test_whoever_waits_is_let_go_when_the_sandbox_ends(world: World) -> None:
    deployment_id = world.deploy()
    world.deployments.close()
    assert world.deployments.wait_until_over(deployment_id) is None


def test_a_call_that_breaks_is_made_again_and_leaves_other_deployments_alone(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.aws.broken = True
    hooked = world.deploy(hooks=HOOKS)
    other = world.deploy(deployment_id="d-2", group="another")
    assert world.get(other).weight == 0.1
    assert "deployment d-1 could not be carried on" in caplog.text
    world.aws.broken = False
    world.pass_minutes(1)
    world.report(hooked, "Succeeded")
    assert world.get(hooked).weight == 0.1
