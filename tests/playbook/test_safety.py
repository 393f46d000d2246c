"""The way to safety, on fakes with AppConfig's rules: whatever it finds, it ends with switch on and flag off."""

import copy
from dataclasses import dataclass, field

import pytest

from playbook.safety import Move, Safe, Safety, UnfinishedError
from rollback_guardian.dial import BusyError
from stacks.flag_documents import FEATURE_FLAGS_SEED, KILL_SWITCH_SEED
from tests.lambda_support.guardian_fakes import CANARY_ALARM, FakeDial, Killed, World


@dataclass
class Bench:
    """Dials at 25 %, and what was done to them."""

    world: World = field(default_factory=World)
    moves: list[Move] = field(default_factory=list)
    looks_until_complete: int = 0

    def __post_init__(self) -> None:
        looks = self.looks_until_complete
        self.switch = FakeDial(
            self.world, monitored=False, versions=[copy.deepcopy(KILL_SWITCH_SEED)], looks_until_complete=looks
        )
        self.flag = FakeDial(
            self.world, monitored=True, versions=[copy.deepcopy(FEATURE_FLAGS_SEED)], looks_until_complete=looks
        )
        self.flag.deploy({"enabled": True, "percent": 25})

    def reach(self) -> Safe:
        safety = Safety(
            self.switch,
            self.flag,
            alarm_states=lambda: dict(self.world.alarms),
            describe=lambda what: f"{what}; by anna",
            sleep=lambda _: None,
        )
        return safety.reach(self.moves.append)

    @property
    def is_safe(self) -> bool:
        return bool(self.switch.deployed()["enabled"]) and not self.flag.deployed()["enabled"]


def test_the_switch_comes_first_and_then_the_flag() -> None:
    bench = Bench()
    safe = bench.reach()
    assert bench.moves == [Move.SET_SWITCH, Move.TURN_FLAG_OFF]
    assert bench.is_safe
    assert safe.waits_for == ()
    assert bench.switch.descriptions[safe.switch.deployment.number] == "kill switch set; by anna"
    assert bench.flag.deployed()["percent"] == 0


def test_a_step_that_is_under_way_is_stopped() -> None:
    bench = Bench(looks_until_complete=3)
    bench.flag.deploy({"percent": 50}, state="DEPLOYING")
    bench.reach()
    assert Move.STOP_FLAG in bench.moves
    assert Move.PAUSE in bench.moves
    assert bench.is_safe
    assert bench.flag.list_of_deployments[2].state == "ROLLED_BACK"


def test_a_shadow_that_bakes_is_safe_and_left_alone() -> None:
    bench = Bench(looks_until_complete=1000)
    bench.flag.deploy({"enabled": True, "percent": 0, "shadowPercent": 100})
    bench.flag.deploy({"shadowPercent": 20}, state="DEPLOYING")
    bench.switch.looks_until_complete = 0
    safe = bench.reach()
    assert bench.moves == [Move.SET_SWITCH]
    assert safe.flag.deployment.number == len(bench.flag.list_of_deployments)


def test_a_release_that_is_under_way_is_stopped() -> None:
    bench = Bench()
    bench.switch.deploy({"enabled": True})
    bench.switch.looks_until_complete = 5
    bench.switch.deploy({"enabled": False}, state="DEPLOYING")
    bench.reach()
    assert bench.moves[0] is Move.STOP_RELEASE
    assert Move.SET_SWITCH not in bench.moves
    assert bench.is_safe


def test_while_an_alarm_rings_the_switch_is_on_and_the_flag_waits() -> None:
    bench = Bench()
    bench.world.alarms[CANARY_ALARM] = "ALARM"
    safe = bench.reach()
    assert safe.waits_for == (CANARY_ALARM,)
    assert bench.switch.deployed()["enabled"]
    assert bench.flag.deployed()["percent"] == 25
    bench.world.alarms[CANARY_ALARM] = "OK"
    assert bench.reach().waits_for == ()
    assert bench.is_safe


def test_said_again_it_does_nothing() -> None:
    bench = Bench()
    bench.reach()
    bench.moves.clear()
    bench.reach()
    assert bench.moves == []


def test_killed_after_any_call_and_said_again_it_ends_the_same() -> None:
    calls = 0
    while True:
        bench = Bench()
        bench.world.killed_after = calls
        try:
            bench.reach()
            break
        except Killed:
            bench.world.killed_after = None
        bench.reach()
        assert bench.is_safe
        assert sum(deployment.state == "COMPLETE" for deployment in bench.switch.list_of_deployments) == 2
        calls += 1
    assert calls > 8


def test_a_dial_that_never_comes_to_rest_is_told() -> None:
    bench = Bench(looks_until_complete=1000)
    with pytest.raises(UnfinishedError, match="say the same command again"):
        bench.reach()


def test_somebody_else_who_is_faster_is_let_through() -> None:
    bench = Bench()
    start = bench.switch.start
    tried: list[int] = []

    class Overtaken(FakeDial):
        def start(self, version: int, description: str) -> None:
            if not tried:
                tried.append(version)
                start(version, "the guardian's")
                raise BusyError
            start(version, description)

    bench.switch.__class__ = Overtaken
    bench.reach()
    assert bench.is_safe
    assert bench.moves[0] is Move.PAUSE
    assert len(bench.switch.list_of_deployments) == 2
