"""What `playbook watch` sees of an account: a look costs what is new, and a new step begins with nothing."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from playbook.live_state import NotDeployedError
from playbook.verdict import CheckName
from playbook.watch import AccountEyes
from tests.playbook import log_lines
from tests.playbook.dial_stage import NAMES, DialStage
from tests.sandbox_account import account_of
from tests.sandbox_process import running_sandbox


@pytest.fixture(scope="module")
def stage() -> Iterator[DialStage]:
    with running_sandbox("--clock-behind", "4000000") as sandbox:
        stage = DialStage(sandbox)
        stage.build()
        stage.reset()
        yield stage


def eyes_of(stage: DialStage, told: list[str] | None = None) -> AccountEyes:
    return AccountEyes(account_of(stage.sandbox), ([] if told is None else told).append)


def begin(stage: DialStage, percent: float) -> None:
    stage.put_flag({"enabled": True, "percent": percent, "shadowPercent": 100})
    # A Date header has whole seconds, and what was logged before the step began is none of its evidence.
    stage.sandbox.control.jump_clock(5)


@contextmanager
def without_log_group(stage: DialStage, function_name: str) -> Iterator[None]:
    client, group = stage.sandbox.client("logs"), f"/aws/lambda/{function_name}"
    client.delete_log_group(logGroupName=group)
    yield
    client.create_log_group(logGroupName=group)
    client.create_log_stream(logGroupName=group, logStreamName="all")


def reads(*request_ids: str) -> list[Mapping[str, Any]]:
    return [line for request_id in request_ids for line in (log_lines.canary_read(), log_lines.sampled(request_id))]


def test_each_look_adds_what_came_since(stage: DialStage) -> None:
    begin(stage, 1)
    eyes = eyes_of(stage)
    stage.log(NAMES.mock_read_function, [*reads("a", "b"), log_lines.failed_canary_read()])
    stage.log(NAMES.prisma_shadow_function, [log_lines.compared("a")])

    first = eyes.look()
    stage.sandbox.control.jump_clock(5)
    stage.log(NAMES.mock_read_function, reads("c"))
    stage.log(NAMES.prisma_shadow_function, [log_lines.compared("b"), log_lines.compared("c", match=False)])
    second = eyes.look()

    assert (first.evidence.canary.failures, first.evidence.canary.attempts) == (1, 3)
    assert (first.evidence.shadow.sampled, first.evidence.shadow.compared) == (2, 1)
    assert (second.evidence.canary.failures, second.evidence.canary.attempts) == (1, 4)
    assert (second.evidence.shadow.compared, second.evidence.shadow.mismatching) == (3, 1)
    assert len(second.evidence.alarms) == len(NAMES.rollback_alarms) + len(NAMES.investigate_alarms)


def test_a_new_step_begins_with_nothing(stage: DialStage) -> None:
    begin(stage, 1)
    eyes = eyes_of(stage)
    stage.log(NAMES.mock_read_function, reads("d"))
    assert eyes.look().evidence.canary.attempts == 1

    begin(stage, 5)

    assert eyes.look().evidence.canary.attempts == 0
    stage.log(NAMES.mock_read_function, reads("e", "f"))
    assert eyes.look().evidence.canary.attempts == 2


def test_a_look_that_broke_off_loses_nothing(stage: DialStage) -> None:
    begin(stage, 1)
    eyes = eyes_of(stage)
    eyes.look()
    stage.log(NAMES.mock_read_function, reads("x", "y"))
    with without_log_group(stage, NAMES.prisma_shadow_function), pytest.raises(NotDeployedError):
        eyes.look()

    assert eyes.look().evidence.canary.attempts == 2


def test_in_the_shadow_the_shadows_gate_is_judged(stage: DialStage) -> None:
    begin(stage, 0)
    in_shadow = {check.name for check in eyes_of(stage).look().verdict.checks}
    begin(stage, 1)
    in_canary = {check.name for check in eyes_of(stage).look().verdict.checks}

    assert in_canary - in_shadow == {CheckName.CANARY_ERROR_RATE, CheckName.CANARY_P95}


def test_how_far_it_has_come_is_told(stage: DialStage) -> None:
    begin(stage, 1)
    stage.log(NAMES.mock_read_function, reads("g"))
    told: list[str] = []

    eyes_of(stage, told).look()

    assert told
    assert all("log line" in text for text in told)
