"""The installed command turns the dials of deployed stacks, and reads show it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from playbook.flag_dial import FlagPosition
from playbook.live_state import alarm_states, deployed_feature_flags, deployed_kill_switch
from shared.names import FLAG_KILL_SWITCH, FLAG_PRISMA_ADAPTER, PATH_MOCK, PATH_PRISMA
from tests.e2e.conftest import NAMES, Deployment

PLAYBOOK = Path(sys.executable).with_name("playbook")
OFF = FlagPosition(percent=0, split_by="request", shadow_percent=0, allow_users=())
EVERYBODY = FlagPosition(percent=100, split_by="request", shadow_percent=0, allow_users=())
TIMEOUT_SECONDS = 300


@pytest.fixture(autouse=True)
def dials_as_they_were(deployment: Deployment) -> Iterator[None]:
    """Nobody but the test turns a dial, and at its end both stand where they stood."""
    with deployment.guardian_asleep():
        deployment.seconds_until(lambda: _alarms_that_are_not_ok(deployment) == [], TIMEOUT_SECONDS)
        yield
        if _switch_is_set(deployment):
            _playbook(deployment, "rollback", "flag", "--yes")
            _playbook(deployment, "release", "--yes")
        deployment.set_flag(OFF)


def test_a_rollback_ends_with_reads_that_the_mock_serves(deployment: Deployment) -> None:
    deployment.warm_candidate()
    deployment.set_flag(EVERYBODY)
    assert {deployment.path_of_a_read() for _ in range(5)} == {PATH_PRISMA}

    rolled_back = json.loads(_playbook(deployment, "rollback", "flag", "--yes", "--json").stdout)
    assert rolled_back["flag_is_off"]
    assert rolled_back["waits_for"] == []
    assert datetime.fromisoformat(rolled_back["safe_at"]) >= datetime.fromisoformat(rolled_back["switched_at"])
    assert _switch_is_set(deployment)
    assert not _flag(deployment)["enabled"]
    assert {deployment.path_of_a_read() for _ in range(5)} == {PATH_MOCK}

    refused = _playbook(deployment, "canary", "shadow", "--yes", exit_code=3)
    assert "kill switch: set since" in refused.stderr
    assert "arn:aws:iam::000000000000:root" in refused.stderr

    released = json.loads(_playbook(deployment, "release", "--yes", "--json").stdout)
    assert not released["already"]
    assert not _switch_is_set(deployment)


def test_a_step_goes_out_gradually_and_bakes_until_it_is_rolled_back(deployment: Deployment) -> None:
    deployment.set_flag(OFF)
    canary = ("canary", "start", "--percent", "1", "--override", "a drill", "--yes", "--json")
    begun = json.loads(_playbook(deployment, *canary).stdout)
    assert (begun["state"], begun["already"], begun["percent"]) == ("BAKING", False, 1)
    assert "next step" in [gate["gate"] for gate in begun["overridden"]]
    assert _flag(deployment)["percent"] == 1

    again = json.loads(_playbook(deployment, *canary).stdout)
    assert (again["already"], again["deployment"]) == (True, begun["deployment"])

    refused = _playbook(deployment, "ramp", "5", "--override", "a drill", "--yes", exit_code=3)
    assert f"deployment {begun['deployment']} is BAKING until" in refused.stderr
    assert "nobody may override: flag's deployment" in refused.stderr

    # AppConfig's bake would go on for ten minutes.
    _playbook(deployment, "rollback", "flag", "--yes")
    assert _flag(deployment)["percent"] == 0
    _playbook(deployment, "release", "--yes")


def _playbook(deployment: Deployment, *arguments: str, exit_code: int = 0) -> subprocess.CompletedProcess[str]:
    run = subprocess.run(
        [PLAYBOOK, *arguments],
        env=deployment.sandbox.environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert run.returncode == exit_code, run.stderr
    return run


def _flag(deployment: Deployment) -> Any:
    return deployed_feature_flags(deployment.client("appconfig"), NAMES).values[FLAG_PRISMA_ADAPTER]


def _switch_is_set(deployment: Deployment) -> bool:
    return bool(deployed_kill_switch(deployment.client("appconfig"), NAMES).values[FLAG_KILL_SWITCH]["enabled"])


def _alarms_that_are_not_ok(deployment: Deployment) -> list[str]:
    states = alarm_states(deployment.client("cloudwatch"), NAMES)
    return [name for name in NAMES.rollback_alarms if states[name] != "OK"]
