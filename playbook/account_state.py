"""Everything that `playbook status` and `playbook watch` tell of an account, read in one go."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from playbook.code_dial import CodeDial, read_code_dials
from playbook.dial_reading import kill_switch, read_dial
from playbook.evidence import AlarmEvidence, AlarmState
from playbook.journal import AccountJournal, Kind
from playbook.live_state import id_of
from playbook.step import IN_PROGRESS, Step, current_step
from shared.flag import parse_switch
from shared.names import ResourceNames

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

    from playbook.account import Account

_GOING_BACK: Final = "ROLLING_BACK"
# An entry is written just before or after its deployment is started; the two stamps are not of one clock.
_RECORDED_AROUND: Final = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class KillSwitch:
    """`is_set` keeps every read on the mock. `description` says who deployed it, and what for."""

    is_set: bool
    version: str
    since: datetime
    description: str


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """A deployment of AppConfig that is under way, of the profile of that name. `state` is AppConfig's word.

    `ends_at` is when it will be done with its bake, None while it rolls back.
    """

    profile: str
    deployment_number: int
    version: str
    state: str
    percent_complete: float
    ends_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """`state` is None, and so is `since`, where there is no such alarm, though there should be."""

    name: str
    rolls_back: bool
    state: AlarmState | None
    since: datetime | None
    reason: str

    @property
    def is_ok(self) -> bool:
        return self.state is AlarmState.OK


@dataclass(frozen=True, kw_only=True)
class AccountState:
    """`at` is the account's time. `recorded_versions` are those of the flag that the journal has an entry of."""

    names: ResourceNames
    region: str
    at: datetime
    step: Step
    kill_switch: KillSwitch
    rollouts: tuple[Rollout, ...]
    code_dials: tuple[CodeDial, ...]
    alarms: tuple[Alarm, ...]
    recorded_versions: frozenset[str]
    application_id: str

    @property
    def alarm_evidence(self) -> tuple[AlarmEvidence, ...]:
        """What the judge takes."""
        return tuple(
            AlarmEvidence(name=alarm.name, rolls_back=alarm.rolls_back, state=alarm.state) for alarm in self.alarms
        )


def read_account_state(account: "Account") -> AccountState:
    """Raises NotDeployedError and botocore's errors.

    The parts are read one after the other, so what moves meanwhile may be seen before it moved in one and after in
    another. The next look sees it whole.
    """
    names = account.names
    at = account.now()
    step = current_step(account)
    flags = _deployments(account, names.appconfig_environment)
    switches = _deployments(account, names.kill_switch_environment)
    return AccountState(
        names=names,
        region=account.region,
        at=at,
        step=step,
        kill_switch=_kill_switch(account),
        rollouts=tuple(_rollout(item) for item in (*flags.items, *switches.items) if item["State"] in IN_PROGRESS),
        code_dials=read_code_dials(account),
        alarms=read_alarms(account.cloudwatch, names),
        recorded_versions=_recorded_versions(account, since=flags.started_at(step.deployment_number)),
        application_id=flags.application_id,
    )


def read_alarms(client: "CloudWatchClient", names: ResourceNames) -> tuple[Alarm, ...]:
    """Every alarm that there should be, those that roll back first."""
    wanted = [*names.rollback_alarms, *names.investigate_alarms]
    pages = client.get_paginator("describe_alarms").paginate(AlarmNames=wanted)
    found: Mapping[str, Any] = {alarm["AlarmName"]: alarm for page in pages for alarm in page["MetricAlarms"]}
    return tuple(_alarm(name, found.get(name), rolls_back=name in names.rollback_alarms) for name in wanted)


def _alarm(name: str, found: Mapping[str, Any] | None, *, rolls_back: bool) -> Alarm:
    if found is None:
        return Alarm(name=name, rolls_back=rolls_back, state=None, since=None, reason="")
    return Alarm(
        name=name,
        rolls_back=rolls_back,
        state=AlarmState(found["StateValue"]),
        # Newer answers tell when the state itself changed; StateUpdatedTimestamp moves with every new reason.
        since=found.get("StateTransitionedTimestamp", found["StateUpdatedTimestamp"]),
        reason=found.get("StateReason", ""),
    )


@dataclass(frozen=True)
class _Deployments:
    """Of one AppConfig environment, as ListDeployments has them."""

    application_id: str
    environment_id: str
    items: tuple[Any, ...]

    def started_at(self, number: int) -> datetime:
        started: datetime = next(item["StartedAt"] for item in self.items if item["DeploymentNumber"] == number)
        return started


def _deployments(account: "Account", environment: str) -> _Deployments:
    client = account.appconfig
    application_id = id_of(client.get_paginator("list_applications").paginate(), account.names.appconfig_application)
    environment_id = id_of(
        client.get_paginator("list_environments").paginate(ApplicationId=application_id), environment
    )
    pages = client.get_paginator("list_deployments").paginate(
        ApplicationId=application_id, EnvironmentId=environment_id
    )
    return _Deployments(application_id, environment_id, tuple(item for page in pages for item in page["Items"]))


def _rollout(item: Mapping[str, Any]) -> Rollout:
    lasts = timedelta(minutes=item["DeploymentDurationInMinutes"] + item["FinalBakeTimeInMinutes"])
    return Rollout(
        profile=item["ConfigurationName"],
        deployment_number=item["DeploymentNumber"],
        version=item["ConfigurationVersion"],
        state=item["State"],
        percent_complete=item["PercentageComplete"],
        ends_at=None if item["State"] == _GOING_BACK else item["StartedAt"] + lasts,
    )


def _kill_switch(account: "Account") -> KillSwitch:
    reading = read_dial(account.appconfig, kill_switch(account.names))
    return KillSwitch(
        is_set=parse_switch(reading.values),
        version=reading.counting.version,
        since=reading.counting.started_at,
        description=reading.counting.description,
    )


def _recorded_versions(account: "Account", *, since: datetime) -> frozenset[str]:
    entries = AccountJournal(account).entries(since - _RECORDED_AROUND)
    return frozenset(
        str(entry.facts["version"]) for entry in entries if entry.kind is Kind.FLAG and "version" in entry.facts
    )
