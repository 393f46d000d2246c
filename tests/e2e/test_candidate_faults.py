"""The candidate breaks while a fifth of the reads go to it, and its users notice nothing.

Each fault enters where it would in production: through the database, the engine's process, AWS's API or another version
of the function.
"""

import os
import signal
from collections.abc import Iterator, Mapping

import pytest

from shared.names import PATH_MOCK
from stacks.environments import SANDBOX
from tests.e2e.canary_traffic import ReadsUnderWay, answers_of_the_mock
from tests.e2e.conftest import Deployment
from tests.e2e.faults import (
    bad_version_of_the_candidate,
    engines_of_the_candidate,
    locked_table,
    rotate_password,
    stopped_database,
    throttled_candidate,
)

pytestmark = pytest.mark.faults

# The agent's poll, and room for a busy machine: how long it takes is not this module's subject.
FLAG_SECONDS = SANDBOX.flag_poll_interval_seconds + 10


@pytest.fixture(scope="module")
def answers(deployment: Deployment) -> Iterator[Mapping[str, str]]:
    """The mock's, by user; then a canary of 20 %, which is well when the first test begins.

    The guardian would end the canary at the first fault.
    """
    with deployment.guardian_asleep():
        deployment.deploy_flag(enabled=False)
        _wait_for_the_mock(deployment)
        expected = answers_of_the_mock(deployment)
        deployment.warm_candidate()
        deployment.deploy_flag(enabled=True, percent=20, splitBy="request", shadowPercent=0)
        with ReadsUnderWay(deployment) as reads:
            reads.wait_for_successes(30)
            reads.wait_for_recovery()
        yield expected
        # By the switch: while the alarm of these faults stands, a monitored environment takes no "off".
        deployment.deploy_kill_switch(enabled=True)
        _wait_for_the_mock(deployment)


def _wait_for_the_mock(deployment: Deployment) -> None:
    """Forty reads in a row, which at a fifth none would long do by chance."""
    deployment.seconds_until(lambda: all(deployment.path_of_a_read() == PATH_MOCK for _ in range(40)), FLAG_SECONDS)


def test_killed_engines_are_replaced_within_the_reads_that_find_them_dead(
    deployment: Deployment, answers: Mapping[str, str]
) -> None:
    with ReadsUnderWay(deployment) as reads:
        reads.wait_for_successes(10)
        engines = engines_of_the_candidate(deployment)
        for engine in engines:
            os.kill(engine, signal.SIGKILL)
            reads.wait_for_successes(15)
        reads.wait_for_recovery()
    assert engines_of_the_candidate(deployment) - engines
    reads.assert_users_noticed_nothing(answers)
    reads.assert_candidate_recovered()


def test_a_rotated_password_is_fetched_within_the_reads_that_it_fails(
    deployment: Deployment, answers: Mapping[str, str]
) -> None:
    with ReadsUnderWay(deployment) as reads:
        reads.wait_for_successes(10)
        engines = engines_of_the_candidate(deployment)
        rotate_password(deployment)
        reads.wait_until(lambda: bool(engines_of_the_candidate(deployment) - engines))
        reads.wait_for_successes(30)
        reads.wait_for_recovery()
    reads.assert_users_noticed_nothing(answers)
    reads.assert_candidate_recovered()


def test_a_stopped_database_is_left_alone_until_it_is_back(deployment: Deployment, answers: Mapping[str, str]) -> None:
    with ReadsUnderWay(deployment) as reads:
        reads.wait_for_successes(10)
        with stopped_database(deployment):
            reads.wait_until(lambda: reads.codes()["breaker-open"] > 0)
        reads.wait_for_recovery()
    reads.assert_users_noticed_nothing(answers)
    reads.assert_failures_are("db-unreachable")


def test_queries_past_the_limit_time_out(deployment: Deployment, answers: Mapping[str, str]) -> None:
    with ReadsUnderWay(deployment) as reads:
        reads.wait_for_successes(10)
        with locked_table(deployment):
            reads.wait_until(lambda: reads.codes()["db-timeout"] >= 3)
        reads.wait_for_recovery()
    reads.assert_users_noticed_nothing(answers)
    reads.assert_failures_are("db-timeout")


def test_a_throttled_candidate_is_told_from_a_broken_one(deployment: Deployment, answers: Mapping[str, str]) -> None:
    with ReadsUnderWay(deployment) as reads:
        reads.wait_for_successes(10)
        with throttled_candidate(deployment):
            reads.wait_until(lambda: reads.codes()["throttled"] >= 3)
        reads.wait_for_recovery()
    reads.assert_users_noticed_nothing(answers)
    reads.assert_failures_are("throttled")


def test_a_version_that_answers_in_another_shape_reaches_no_user(
    deployment: Deployment, answers: Mapping[str, str]
) -> None:
    with ReadsUnderWay(deployment) as reads:
        reads.wait_for_successes(10)
        with bad_version_of_the_candidate(deployment):
            reads.wait_until(lambda: reads.codes()["malformed"] >= 3)
        reads.wait_for_recovery()
    reads.assert_users_noticed_nothing(answers)
    reads.assert_failures_are("malformed")
