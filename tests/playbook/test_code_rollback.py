"""Where `live` goes back to, by what CodeDeploy recorded."""

from dataclasses import replace

import pytest

from playbook.code_dial import CodeDeployment
from playbook.code_rollback import Way, plan
from playbook.failures import Refusal
from tests.playbook.account_states import STARTED

DEPLOYED = CodeDeployment(
    deployment_id="d-2", status="Succeeded", created_at=STARTED, from_version="4", to_version="5", takes_back=None
)
ROLLBACK = replace(DEPLOYED, deployment_id="d-3", from_version="5", to_version="4", takes_back="d-2")


@pytest.mark.parametrize(
    ("newest", "weights", "way", "back_to"),
    [
        (DEPLOYED, {"5": 1.0}, Way.ALIAS, "4"),
        (DEPLOYED, {"4": 1.0}, Way.NOTHING, "4"),
        (replace(DEPLOYED, status="InProgress"), {"4": 0.99, "5": 0.01}, Way.STOP, "4"),
        (
            replace(DEPLOYED, status="Created", from_version=None, to_version=None),
            {"4": 1.0},
            Way.STOP,
            None,
        ),
        (replace(DEPLOYED, status="Stopped"), {"4": 0.99, "5": 0.01}, Way.WAIT, "4"),
        (replace(DEPLOYED, status="Failed"), {"4": 1.0}, Way.NOTHING, "4"),
        (replace(ROLLBACK, status="InProgress"), {"4": 0.99, "5": 0.01}, Way.WAIT, "4"),
        (ROLLBACK, {"4": 1.0}, Way.NOTHING, "4"),
    ],
)
def test_it_goes_back_to_where_codedeploy_came_from_and_no_further(
    newest: CodeDeployment, weights: dict[str, float], way: Way, back_to: str | None
) -> None:
    planned = plan(newest, weights)
    assert (planned.way, planned.back_to, planned.deployment_id) == (way, back_to, "d-2")


def test_without_a_deployment_there_is_no_version_before() -> None:
    with pytest.raises(Refusal, match="no version before"):
        plan(None, {"1": 1.0})


def test_an_alias_that_somebody_set_by_hand_is_left_alone() -> None:
    with pytest.raises(Refusal, match=r"live stands at version 3 \(100%\), and d-2 moved it from 4 to 5"):
        plan(DEPLOYED, {"3": 1.0})
    with pytest.raises(Refusal, match="somebody set it by hand"):
        plan(DEPLOYED, {"5": 0.9, "4": 0.1})
