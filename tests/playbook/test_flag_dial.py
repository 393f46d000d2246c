"""Turning a dial in a real AppConfig, when answers are lost or the same operator had begun before."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from playbook.dial_note import DialNote
from playbook.dial_reading import DialReading, PendingVersion, path_dial, read_dial
from playbook.flag_dial import DialMovedError, FlagPosition, turn
from tests.playbook.dial_stage import CANARY, NAMES, DialStage
from tests.sandbox_process import running_sandbox

ANNA, BEN = "arn:aws:iam::000000000000:user/anna", "arn:aws:iam::000000000000:user/ben"
FIVE = FlagPosition(percent=5, split_by="request", shadow_percent=20)


@pytest.fixture(scope="module")
def stage() -> Iterator[DialStage]:
    with running_sandbox() as sandbox:
        yield DialStage(sandbox)


@pytest.fixture
def reading(stage: DialStage) -> DialReading:
    stage.reset()
    stage.put_flag(CANARY)
    return read(stage)


def read(stage: DialStage) -> DialReading:
    return read_dial(stage.sandbox.client("appconfig"), path_dial(NAMES))


def note(stage: DialStage, operator: str = ANNA) -> DialNote:
    return DialNote(what=str(FIVE), operator=operator, at=stage.now())


def create(stage: DialStage, reading: DialReading, position: FlagPosition, description: str) -> int:
    """What an attempt leaves that ends after its first call."""
    flag = reading.dial.flag
    document: dict[str, Any] = json.loads(json.dumps(reading.document))
    document["values"][flag] |= position.values
    number: int = stage.sandbox.client("appconfig").create_hosted_configuration_version(
        ApplicationId=reading.ids.application_id,
        ConfigurationProfileId=reading.ids.profile_id,
        Content=json.dumps(document).encode(),
        ContentType="application/json",
        Description=description,
    )["VersionNumber"]
    return number


def turn_to_five(stage: DialStage, reading: DialReading, said: DialNote) -> str:
    client = stage.sandbox.client("appconfig")
    return turn(client, reading, FIVE.values, strategy=NAMES.canary_strategy, note=said).version


def test_what_is_not_turned_stays(stage: DialStage, reading: DialReading) -> None:
    stage.put_flag({"allowUsers": ["user-7"]})
    turn_to_five(stage, read(stage), note(stage))
    assert stage.flag == {
        "enabled": True,
        "percent": 5,
        "splitBy": "request",
        "allowUsers": ["user-7"],
        "shadowPercent": 20,
        "seed": "closed-beta",
    }


def test_a_version_whose_answer_was_lost_is_its_own(stage: DialStage, reading: DialReading) -> None:
    said = note(stage)
    version = create(stage, reading, FIVE, str(said))
    assert turn_to_five(stage, reading, said) == str(version)


def test_a_deployment_whose_answer_was_lost_is_its_own(stage: DialStage, reading: DialReading) -> None:
    said = note(stage)
    first = turn_to_five(stage, reading, said)
    # As the SDK tries again: the same version, on what was read before.
    pending = read_pending(reading, first, str(said))
    assert turn_to_five(stage, pending, said) == first
    assert stage.counting_deployments(NAMES.appconfig_environment) == [1, 2, 3]


def read_pending(reading: DialReading, version: str, description: str) -> DialReading:
    document = {"values": {reading.dial.flag: {**reading.values, **FIVE.values}}}
    return replace(reading, pending=PendingVersion(number=int(version), description=description, document=document))


def test_an_earlier_attempt_is_gone_on_with(stage: DialStage, reading: DialReading) -> None:
    version = create(stage, reading, FIVE, str(note(stage)))
    assert turn_to_five(stage, read(stage), note(stage)) == str(version)


def test_an_earlier_attempt_at_something_else_is_left_behind(stage: DialStage, reading: DialReading) -> None:
    other = FlagPosition(percent=25, split_by="request", shadow_percent=20)
    version = create(stage, reading, other, str(note(stage)))
    assert turn_to_five(stage, read(stage), note(stage)) == str(version + 1)
    assert stage.flag["percent"] == 5


def test_another_operators_version_is_respected_until_it_is_old(stage: DialStage, reading: DialReading) -> None:
    bens = DialNote(what="25 %", operator=BEN, at=stage.now() - timedelta(minutes=4))
    create(stage, reading, FIVE, str(bens))
    with pytest.raises(DialMovedError, match=f'"25 %" by {BEN} at '):
        turn_to_five(stage, read(stage), note(stage))
    stage.reset()
    old = DialNote(what="25 %", operator=BEN, at=stage.now() - timedelta(minutes=6))
    create(stage, read(stage), FIVE, str(old))
    assert turn_to_five(stage, read(stage), note(stage)) == "3"


def test_a_version_of_nobody_known_is_passed_over(stage: DialStage, reading: DialReading) -> None:
    version = create(stage, reading, FIVE, "prepared at the console")
    assert turn_to_five(stage, read(stage), note(stage)) == str(version + 1)


def test_a_dial_that_was_turned_since_it_was_read_is_left_alone(stage: DialStage, reading: DialReading) -> None:
    stage.put_flag({"percent": 50}, by="at the console")
    with pytest.raises(DialMovedError, match='deployment 3 is COMPLETE, "at the console"') as refusal:
        turn_to_five(stage, reading, note(stage))
    assert refusal.value.exit_code == 3
    assert stage.flag["percent"] == 50
