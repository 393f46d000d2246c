"""An account in the middle of a healthy canary, to be changed a fact at a time."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from playbook.account_state import AccountState, Alarm, KillSwitch, Rollout
from playbook.code_dial import CodeDeployment, CodeDial
from playbook.evidence import AlarmState
from playbook.settings import Settings
from playbook.step import Step
from shared.names import PROFILE_FEATURE_FLAGS, ResourceNames

NAMES: Final = ResourceNames("beta")
STARTED: Final = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
SETTINGS: Final = Settings(
    error_rate_limit_percent=2,
    latency_budget_ms=200,
    candidate_timeout_ms=1000,
    flag_poll_interval_seconds=15,
    flag_deployment_minutes=1,
    flag_bake_minutes=10,
    prisma_provisioned_concurrency=2,
    prisma_reserved_concurrency=10,
    shadow_reserved_concurrency=5,
    ramp_hold_minutes={1: 60, 5: 21 * 60, 25: 4 * 60, 50: 4 * 60},
)
STEP: Final = Step(
    percent=1,
    split_by="request",
    shadow_percent=100,
    enabled=True,
    allow_users=(),
    seed="closed-beta",
    version="3",
    deployment_number=3,
    state="COMPLETE",
    started_at=STARTED,
    completed_at=STARTED + timedelta(minutes=11),
    description="canary 1 %",
)


def alarms(states: Mapping[str, AlarmState | None] | None = None) -> tuple[Alarm, ...]:
    """All alarms, OK but for these."""
    told = states or {}
    return tuple(
        _alarm(name, told.get(name, AlarmState.OK)) for name in (*NAMES.rollback_alarms, *NAMES.investigate_alarms)
    )


def _alarm(name: str, state: AlarmState | None) -> Alarm:
    return Alarm(
        name=name,
        rolls_back=name in NAMES.rollback_alarms,
        state=state,
        since=STARTED if state else None,
        reason="" if state is AlarmState.OK else "Threshold Crossed: 1 datapoint [3.2] was greater than 2.0.",
    )


def code_dial(
    weights: Mapping[str, float] | None = None,
    *,
    function_name: str = NAMES.mock_read_function,
    deployed_version: str = "4",
    in_progress: CodeDeployment | None = None,
) -> CodeDial:
    return CodeDial(
        function_name=function_name,
        deployment_group=f"{function_name}-live",
        weights=weights or {"4": 1.0},
        deployed_version=deployed_version,
        in_progress=in_progress,
    )


def code_deployment(from_version: str | None = "4", to_version: str | None = "5") -> CodeDeployment:
    return CodeDeployment(
        deployment_id="d-ABCDEF123",
        status="InProgress",
        created_at=STARTED,
        from_version=from_version,
        to_version=to_version,
    )


def rollout(state: str = "BAKING") -> Rollout:
    return Rollout(
        profile=PROFILE_FEATURE_FLAGS,
        deployment_number=3,
        version="3",
        state=state,
        percent_complete=100,
        ends_at=None if state == "ROLLING_BACK" else STARTED + timedelta(minutes=11),
    )


def kill_switch(*, is_set: bool) -> KillSwitch:
    return KillSwitch(is_set=is_set, version="1", since=STARTED + timedelta(minutes=5), description="Seeded off")


CANARY: Final = AccountState(
    names=NAMES,
    region="us-east-1",
    at=STARTED + timedelta(minutes=20),
    step=STEP,
    kill_switch=kill_switch(is_set=False),
    rollouts=(),
    code_dials=(code_dial(), code_dial(function_name=NAMES.prisma_read_function)),
    alarms=alarms(),
    recorded_versions=frozenset({"2", "3"}),
    application_id="abc1234",
)


def at_step(**changes: object) -> AccountState:
    """The canary's account with another step."""
    return replace(CANARY, step=replace(STEP, **changes))  # type: ignore[arg-type] # any of the step's own
