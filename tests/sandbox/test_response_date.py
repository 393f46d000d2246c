"""Clients tell the time by an answer's date."""

import time
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from tests.sandbox_process import RunningSandbox, running_sandbox

BEHIND_SECONDS = 86_400
CLOSE_SECONDS = 5


@pytest.fixture(scope="module")
def behind() -> Iterator[RunningSandbox]:
    with running_sandbox("--clock-behind", str(BEHIND_SECONDS)) as sandbox:
        yield sandbox


def date(answer: Any) -> float:
    return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"]).timestamp()


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda sandbox: sandbox.client("cloudwatch").describe_alarms(), id="cloudwatch"),
        pytest.param(lambda sandbox: sandbox.client("logs").describe_log_groups(), id="logs"),
        pytest.param(lambda sandbox: sandbox.client("appconfig").list_applications(), id="appconfig"),
        pytest.param(lambda sandbox: sandbox.client("sns").list_topics(), id="sns"),
    ],
)
def test_it_is_the_playbooks_where_the_services_time_is(
    behind: RunningSandbox, ask: Callable[[RunningSandbox], Any]
) -> None:
    assert abs(date(ask(behind)) - behind.control.clock()["now"]) < CLOSE_SECONDS


@pytest.mark.parametrize("service", ["sts", "cloudformation"])
def test_it_is_the_machines_elsewhere(behind: RunningSandbox, service: str) -> None:
    client = behind.client(service)
    answer = client.get_caller_identity() if service == "sts" else client.list_stacks()
    assert abs(date(answer) - time.time()) < CLOSE_SECONDS
