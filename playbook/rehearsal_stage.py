"""What the scenarios of a rollback rehearsal are played on: the deployed account, its traffic and its clock."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from playbook.clients import Clients
from playbook.embedded_aws import EmbeddedAws
from playbook.heard import Ear, listening
from playbook.live_state import alarm_states, alias_weights, deployed_feature_flags, deployed_kill_switch
from playbook.rehearsed_faults import Database
from playbook.rehearsed_tool import Tool
from playbook.traffic import ReadResult, Traffic, read_once
from shared.names import FLAG_KILL_SWITCH, FLAG_PRISMA_ADAPTER, ResourceNames

# Playbook seconds a second. At most so many that what is limited in wall time, such as a read's second for the
# candidate, stays small beside the limits in playbook time.
FACTOR: Final = 15.0
# What the alarms' proof states, too.
READS_PER_SECOND: Final = 10.0
CALLERS: Final = 6
MINUTE: Final = 60.0
GIVE_UP_MINUTES: Final = 25.0
FIRST_PERCENT: Final = 1
# What is rehearsed is the way back, so nothing of what opens a step's gates went before.
OVERRIDE: Final = "a rehearsal of rollbacks: no shadow, no verdict, no hold"


@dataclass(frozen=True)
class RehearsalStage:
    """`name` is the CDK stage's, `bake_minutes` what a deployment of the flag bakes; `show` tells of each step."""

    clients: Clients
    aws: EmbeddedAws
    tool: Tool
    database: Database
    names: ResourceNames
    users: Sequence[str]
    name: str
    bake_minutes: float
    show: Callable[[str], None]

    @contextmanager
    def traffic(self, reads_per_second: float = READS_PER_SECOND) -> Iterator[list[ReadResult]]:
        """Reads at so many a second of playbook time, which runs at `FACTOR` during the block; yields what comes."""
        results: list[ReadResult] = []
        traffic = Traffic(
            partial(read_once, self.clients.functions, self.names.mock_read_function),
            self.users,
            reads_per_second=reads_per_second * FACTOR,
            concurrency=CALLERS,
            on_read=results.append,
        )
        with self.aws.hurried(FACTOR), traffic.flowing():
            yield results

    def one_read_each(self) -> dict[str, str]:
        """The digest of each user's answer."""
        results = [read_once(self.clients.functions, self.names.mock_read_function, user) for user in self.users]
        return {result.user_id: result.answer_digest for result in results}

    @contextmanager
    def heard(self) -> Iterator[tuple[Ear, Ear]]:
        """Who listens to the alarms' topic and to the rollbacks' during the block."""
        with ExitStack() as stack:
            yield (
                stack.enter_context(listening(self.clients, self.names.alarm_topic)),
                stack.enter_context(listening(self.clients, self.names.rollback_topic)),
            )

    def turn_to(self, percent: int) -> None:
        """Begin a step of the ramp; what bakes then is the flag's deployment."""
        step = ("canary", "start", "--split-by", "request", "--percent") if percent == FIRST_PERCENT else ("ramp",)
        self.operate(*step, str(percent), "--shadow-percent", "0", "--override", OVERRIDE)

    def operate(self, *command: str) -> None:
        """What the operator types, while playbook time hurries on: a flag takes a minute to reach everybody."""
        with self.aws.hurried(FACTOR):
            self.tool.run(*command, "--yes")

    def let_pass(self, *, minutes: float) -> None:
        """Let playbook time pass while reads flow."""
        until = self.aws.now() + minutes * MINUTE
        while (left := until - self.aws.now()) > 0:
            time.sleep(min(left / FACTOR, 1.0))

    def idle(self, *, minutes: float) -> None:
        """Let playbook time pass while nothing happens."""
        self.aws.jump(minutes * MINUTE)

    def wait_until(self, condition: Callable[[], bool]) -> bool:
        """Whether it came to hold within `GIVE_UP_MINUTES` of playbook time."""
        until = self.aws.now() + GIVE_UP_MINUTES * MINUTE
        while self.aws.now() < until:
            if condition():
                return True
            time.sleep(0.2)
        return False

    def alarm_states(self) -> Mapping[str, str]:
        return alarm_states(self.clients.cloudwatch, self.names)

    def rollback_alarms_not_ok(self) -> list[str]:
        states = self.alarm_states()
        return [name for name in self.names.rollback_alarms if states[name] != "OK"]

    def version(self) -> str:
        """The only version of mock-read behind `live`."""
        (version,) = alias_weights(self.clients.functions, self.names.mock_read_function)
        return version

    def switch_is_set(self) -> bool:
        switch = deployed_kill_switch(self.clients.appconfig, self.names)
        return bool(switch.values[FLAG_KILL_SWITCH]["enabled"])

    def flag_percent(self) -> float:
        """Where the flag itself stands, whatever the kill switch says."""
        values: Mapping[str, Any] = deployed_feature_flags(self.clients.appconfig, self.names).values
        flag = values[FLAG_PRISMA_ADAPTER]
        return float(flag["percent"]) if flag["enabled"] else 0.0
