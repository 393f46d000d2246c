"""The flag and the kill switch, changed through AppConfig's API and seen in what the function does."""

import pytest
from botocore.exceptions import ClientError

from shared.names import PATH_MOCK, PATH_PRISMA
from stacks.environments import SANDBOX
from tests.e2e.conftest import NAMES, Deployment

# How stale a read's flag may be: the agent's poll, the function's own cache, and room for a busy machine.
LIMIT_SECONDS = SANDBOX.flag_poll_interval_seconds + 1


def test_flag_and_kill_switch_move_reads_within_a_poll_and_a_second(deployment: Deployment) -> None:
    assert deployment.path_of_a_read() == PATH_MOCK
    # A cold candidate fails its first reads, and the canary's own alarm would have the guardian end what follows.
    deployment.warm_candidate()

    deployment.deploy_flag(enabled=True, percent=100)
    deployment.seconds_until(lambda: deployment.path_of_a_read() == PATH_PRISMA, LIMIT_SECONDS)

    def mock_reads_while_the_alarm_is_held() -> bool:
        # Set again and again, because the next evaluation finds nothing wrong.
        _set_alarm(deployment, "ALARM")
        return deployment.path_of_a_read() == PATH_MOCK

    def off_is_rolled_back_while_the_alarm_is_held() -> bool:
        _set_alarm(deployment, "ALARM")
        if deployment.deploy_flag(enabled=False)["State"] == "ROLLED_BACK":
            return True
        # An evaluation came in between: there is a minute until the next.
        deployment.deploy_flag(enabled=True, percent=100)
        return False

    # The alarm's state is the reason for a switch in an environment of its own: the monitored one takes no change.
    with deployment.guardian_asleep():
        try:
            deployment.seconds_until(off_is_rolled_back_while_the_alarm_is_held, LIMIT_SECONDS)
            switched = deployment.deploy_kill_switch(enabled=True)
            assert switched["State"] == "COMPLETE"
            deployment.seconds_until(mock_reads_while_the_alarm_is_held, LIMIT_SECONDS)
        finally:
            _set_alarm(deployment, "OK")
            deployment.deploy_flag(enabled=False)
            # When the guardian wakes, the switch has been released since the alarm, and so it lets it be.
            deployment.deploy_kill_switch(enabled=False)


def test_appconfig_refuses_a_share_of_more_than_everybody(deployment: Deployment) -> None:
    with pytest.raises(ClientError) as refusal:
        deployment.deploy_flag(enabled=True, percent=101)

    assert refusal.value.response["Error"]["Code"] == "BadRequestException"


def _set_alarm(deployment: Deployment, state: str) -> None:
    deployment.client("cloudwatch").set_alarm_state(
        AlarmName=NAMES.error_rate_alarm, StateValue=state, StateReason="set by a test"
    )
