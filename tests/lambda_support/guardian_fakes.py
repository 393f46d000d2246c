"""The Protocols of `rollback_guardian`, faked: AppConfig's rules for deployments, alarms, and the reports' topic."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from rollback_guardian.alarm_change import AlarmChange
from rollback_guardian.dial import BusyError, Deployment, Document
from rollback_guardian.guardian import Guardian
from rollback_guardian.report import Report
from shared.event_log import EventLog
from shared.names import ResourceNames
from stacks.flag_documents import FEATURE_FLAGS_SEED, KILL_SWITCH_SEED
from tests.lambda_support.fakes import ENVIRONMENT, VERSION, Log

NAMES = ResourceNames(ENVIRONMENT)
LAMBDA_ALARM, CANARY_ALARM = NAMES.flag_rollback_alarms
START = datetime(2027, 1, 15, 10, tzinfo=UTC)
IN_PROGRESS = {"DEPLOYING", "BAKING"}


class Killed(BaseException):
    """The guardian's process ends here, between two calls or after one."""


@dataclass
class World:
    """What all parts share: the time, the alarms' states, and the number of the call that kills."""

    now: datetime = START
    alarms: dict[str, str] = field(default_factory=lambda: dict.fromkeys(NAMES.flag_rollback_alarms, "OK"))
    calls: int = 0
    killed_after: int | None = None

    def called(self) -> None:
        self.now += timedelta(seconds=1)
        self.calls += 1
        if self.killed_after is not None and self.calls > self.killed_after:
            raise Killed

    @property
    def rolls_back(self) -> bool:
        return any(state != "OK" for state in self.alarms.values())


@dataclass
class FakeDial:
    """A profile in an environment, `monitored` or not. A deployment stays `DEPLOYING` for so many looks at it."""

    world: World
    monitored: bool
    versions: list[Document]
    looks_until_complete: int = 0
    list_of_deployments: list[Deployment] = field(default_factory=list)
    descriptions: dict[int, str] = field(default_factory=dict)
    looks: int = 0

    def __post_init__(self) -> None:
        self._add(1, "COMPLETE", "seeded")

    def deployments(self) -> Sequence[Deployment]:
        self.world.called()
        self._advance()
        return self.list_of_deployments[::-1]

    def document(self, version: int) -> Document:
        self.world.called()
        return copy.deepcopy(self.versions[version - 1])

    def description(self, deployment_number: int) -> str:
        self.world.called()
        return self.descriptions[deployment_number]

    def add_version(self, document: Document, description: str) -> int:  # noqa: ARG002 — the Dial's signature
        self.world.called()
        self.versions.append(copy.deepcopy(document))
        return len(self.versions)

    def start(self, version: int, description: str) -> None:
        self._advance()
        if self.list_of_deployments[-1].state in IN_PROGRESS:
            raise BusyError
        self._add(version, "DEPLOYING", description)
        self.looks = 0
        self.world.called()

    def stop(self, deployment_number: int) -> None:
        self._advance()
        deployment = self.list_of_deployments[deployment_number - 1]
        if deployment.state not in IN_PROGRESS:
            raise BusyError
        self._set(deployment, "ROLLED_BACK")
        self.world.called()

    def deployed(self) -> Any:
        """The values that functions are served, complete or under way."""
        self._advance()
        served = [d for d in self.list_of_deployments if d.state in {"COMPLETE", *IN_PROGRESS}]
        (value,) = self.versions[served[-1].version - 1]["values"].values()
        return value

    def deploy(self, changes: dict[str, Any], state: str = "COMPLETE") -> None:
        """An operator's act."""
        document = copy.deepcopy(self.versions[self.list_of_deployments[-1].version - 1])
        (value,) = document["values"].values()
        value |= changes
        self.versions.append(document)
        self.world.now += timedelta(seconds=1)
        self._add(len(self.versions), state, "an operator's")

    def _add(self, version: int, state: str, description: str) -> None:
        number = len(self.list_of_deployments) + 1
        self.list_of_deployments.append(
            Deployment(number=number, version=version, state=state, started_at=self.world.now)
        )
        self.descriptions[number] = description

    def _advance(self) -> None:
        newest = self.list_of_deployments[-1]
        if newest.state not in IN_PROGRESS:
            return
        if self.monitored and self.world.rolls_back:
            self._set(newest, "ROLLED_BACK")
        elif newest.state == "DEPLOYING":
            self.looks += 1
            if self.looks > self.looks_until_complete:
                self._set(newest, "COMPLETE")

    def _set(self, deployment: Deployment, state: str) -> None:
        self.list_of_deployments[deployment.number - 1] = replace(deployment, state=state)


@dataclass
class FakeAlarms:
    world: World
    error: Exception | None = None

    def states(self) -> dict[str, str]:
        self.world.called()
        if self.error is not None:
            raise self.error
        return dict(self.world.alarms)


@dataclass
class FakeReports:
    world: World
    published: list[Report] = field(default_factory=list)
    error: Exception | None = None

    def publish(self, text: Report) -> None:
        if self.error is not None:
            raise self.error
        self.published.append(text)
        self.world.called()


class Bench:
    """A guardian over a world in which the flag has been ramped up and baked."""

    def __init__(self, *, percents: Sequence[float] = (1, 5, 25), looks_until_complete: int = 0) -> None:
        self.world = World()
        self.log = Log()
        self.switch = FakeDial(
            self.world, monitored=False, versions=[KILL_SWITCH_SEED], looks_until_complete=looks_until_complete
        )
        self.flag = FakeDial(
            self.world, monitored=True, versions=[FEATURE_FLAGS_SEED], looks_until_complete=looks_until_complete
        )
        for percent in percents:
            self.flag.deploy({"enabled": True, "percent": percent})
        self.alarms = FakeAlarms(self.world)
        self.reports = FakeReports(self.world)
        self.deliveries = 0

    def guardian(self) -> Guardian:
        """One that knows nothing of any before it."""
        return Guardian(
            switch=self.switch,
            flag=self.flag,
            alarms=self.alarms,
            reports=self.reports,
            log=EventLog(
                environment=ENVIRONMENT,
                function=NAMES.rollback_guardian_function,
                version=VERSION,
                write=self.log.lines.append,
            ),
            sleep=lambda _: None,
        )

    def fire(self, alarm: str = CANARY_ALARM) -> AlarmChange:
        """The alarm goes to ALARM, and this is the news of it."""
        return self._change(alarm, "ALARM")

    def recover(self, alarm: str = CANARY_ALARM) -> AlarmChange:
        return self._change(alarm, "OK")

    def again(self, change: AlarmChange) -> AlarmChange:
        """The same news, delivered once more."""
        return replace(change, delivery_id=self._delivery_id())

    def _change(self, alarm: str, state: str) -> AlarmChange:
        self.world.now += timedelta(minutes=1)
        self.world.alarms[alarm] = state
        return AlarmChange(
            alarm_name=alarm,
            state=state,
            changed_at=self.world.now,
            delivery_id=self._delivery_id(),
            from_queue=state == "OK",
        )

    def _delivery_id(self) -> str:
        self.deliveries += 1
        return f"delivery-{self.deliveries:04}"

    @property
    def switch_is_on(self) -> bool:
        return bool(self.switch.deployed()["enabled"])

    @property
    def exposed_percent(self) -> float:
        value = self.flag.deployed()
        return float(value["percent"]) if value["enabled"] else 0.0
