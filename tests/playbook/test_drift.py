"""What status calls drift, and what it does not."""

from dataclasses import replace

import pytest

from playbook.account_state import AccountState
from playbook.code_dial import CodeDial
from playbook.drift import BY_GUARDIAN, SEEDED, drift
from rollback_guardian.alarm_change import AlarmChange
from rollback_guardian.guardian import _description
from tests.playbook.account_states import CANARY, NAMES, STARTED, at_step, code_deployment, code_dial


def with_dial(dial: CodeDial) -> AccountState:
    return replace(CANARY, code_dials=(dial,))


def only(state: AccountState) -> str:
    (found,) = drift(state)
    return f"{found.what} {found.remedy}"


def test_nothing_drifts_where_all_is_as_deployed_and_recorded() -> None:
    assert drift(CANARY) == ()


def test_weights_without_a_deployment_are_drift_and_the_way_back_is_typed_out() -> None:
    told = only(with_dial(code_dial({"4": 0.9, "5": 0.1})))

    assert "version 4 (90 %) and version 5 (10 %)" in told
    assert (
        "aws lambda update-alias --function-name huntaze-mock-read --name live --function-version 4 "
        "--routing-config AdditionalVersionWeights={}" in told
    )


def test_weights_during_a_deployment_are_codedeploys() -> None:
    assert drift(with_dial(code_dial({"4": 0.9, "5": 0.1}, in_progress=code_deployment()))) == ()


def test_a_version_that_no_deployment_in_progress_knows_is_drift() -> None:
    told = only(with_dial(code_dial({"4": 0.9, "3": 0.1}, in_progress=code_deployment())))

    assert "d-ABCDEF123" in told


def test_a_deployment_that_does_not_tell_its_versions_yet_is_given_the_benefit_of_the_doubt() -> None:
    assert drift(with_dial(code_dial({"4": 1.0}, in_progress=code_deployment(None, None)))) == ()


def test_an_alias_at_another_version_than_the_one_deployed_last_is_drift() -> None:
    assert "stands for version 3; deployed last was version 4" in only(with_dial(code_dial({"3": 1.0})))


def test_versions_are_told_in_the_order_of_their_numbers() -> None:
    assert "version 9 (10 %) and version 10 (90 %)" in only(with_dial(code_dial({"10": 0.9, "9": 0.1})))


def test_a_version_of_the_flag_that_nobody_recorded_is_drift() -> None:
    told = only(at_step(version="4", description="Ramp-up to 5%"))

    assert "Version 4 of prismaAdapter" in told
    assert "'Ramp-up to 5%'" in told


def test_a_version_without_any_description_is_told_as_such() -> None:
    assert "it has no description" in only(at_step(version="4", description=""))


@pytest.mark.parametrize("description", [SEEDED, f"{BY_GUARDIAN}huntaze-canary-error-rate-gt-2pct went to ALARM"])
def test_the_stacks_and_the_guardian_write_no_journal(description: str) -> None:
    assert drift(at_step(version="4", description=description)) == ()


def test_the_guardian_describes_what_it_deploys_as_status_expects() -> None:
    change = AlarmChange(
        alarm_name=NAMES.error_rate_alarm, state="ALARM", changed_at=STARTED, delivery_id="delivery-1", from_queue=False
    )

    assert _description(change).startswith(BY_GUARDIAN)


def test_each_drift_is_told() -> None:
    state = replace(at_step(version="4"), code_dials=(code_dial({"3": 1.0}), code_dial({"4": 0.5, "5": 0.5})))

    assert len(drift(state)) == 3
