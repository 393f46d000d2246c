from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from playbook.live_state import NotDeployedError
from playbook.step import counting_deployment, step_of
from shared.flag import Flag, SplitBy

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
ONE_PERCENT = {
    "enabled": True,
    "percent": 1,
    "splitBy": "request",
    "shadowPercent": 100,
    "allowUsers": ["user-7"],
    "seed": "beta",
}


def deployment(number: int, state: str = "COMPLETE", *, minute: int = 0, **more: Any) -> dict[str, Any]:
    """As GetDeployment has it."""
    return {
        "DeploymentNumber": number,
        "ConfigurationVersion": str(number),
        "State": state,
        "StartedAt": START + timedelta(minutes=minute),
        **more,
    }


def events(**minutes: int) -> list[dict[str, Any]]:
    return [{"EventType": kind, "OccurredAt": START + timedelta(minutes=minute)} for kind, minute in minutes.items()]


def test_the_newest_deployment_counts() -> None:
    assert counting_deployment([deployment(2), deployment(3, "DEPLOYING"), deployment(1)]) == (3, [])


@pytest.mark.parametrize("state", ["ROLLING_BACK", "ROLLED_BACK", "REVERTED"])
def test_a_deployment_that_was_taken_back_does_not_count(state: str) -> None:
    assert counting_deployment([deployment(1), deployment(2), deployment(3, state)]) == (2, [3])


def test_where_every_deployment_was_taken_back_there_is_no_step() -> None:
    with pytest.raises(NotDeployedError, match="feature-flags was never deployed"):
        counting_deployment([deployment(1, "ROLLED_BACK")])


def test_a_step_begins_with_its_deployment() -> None:
    completed = START + timedelta(minutes=2)

    step = step_of(deployment(2, CompletedAt=completed, Description="1 % by ines"), ONE_PERCENT, [])

    assert (step.started_at, step.completed_at, step.description) == (START, completed, "1 % by ines")
    assert (step.percent, step.split_by, step.shadow_percent, step.version) == (1, "request", 100, "2")


@pytest.mark.parametrize(
    ("log", "minute"),
    [
        ({"ROLLBACK_STARTED": 40, "ROLLBACK_COMPLETED": 41}, 41),
        ({"ROLLBACK_STARTED": 40}, 40),
        ({"DEPLOYMENT_COMPLETED": 33, "REVERT_COMPLETED": 50}, 50),
        ({}, 30),
    ],
)
def test_a_step_begins_anew_when_a_later_deployment_is_taken_back(log: dict[str, int], minute: int) -> None:
    """The reads in between went by another percentage, and by another version's failures."""
    later = deployment(3, "ROLLED_BACK", minute=30, EventLog=events(**log))

    assert step_of(deployment(2), ONE_PERCENT, [later]).started_at == START + timedelta(minutes=minute)


@pytest.mark.parametrize("state", ["DEPLOYING", "BAKING", "VALIDATING"])
def test_a_step_is_in_progress_until_its_bake_is_over(state: str) -> None:
    assert step_of(deployment(2, state), ONE_PERCENT, []).in_progress
    assert not step_of(deployment(2, "COMPLETE"), ONE_PERCENT, []).in_progress


def test_the_flag_is_what_the_functions_make_of_it() -> None:
    assert step_of(deployment(2), ONE_PERCENT, []).flag == Flag(
        enabled=True,
        percent=1,
        split_by=SplitBy.REQUEST,
        allow_users=frozenset({"user-7"}),
        shadow_percent=100,
        seed="beta",
    )


def test_a_flag_that_is_off_reaches_nobody_whatever_it_holds() -> None:
    step = step_of(deployment(2), {**ONE_PERCENT, "enabled": False}, [])

    assert step.flag == Flag.OFF
    assert str(step) == "off (version 2)"


def test_attributes_that_the_version_leaves_out_expose_nobody() -> None:
    step = step_of(deployment(2), {"enabled": True}, [])

    assert (step.percent, step.shadow_percent, step.allow_users) == (0, 0, ())
    assert str(step) == "0 % by user, shadow 0 % (version 2)"
