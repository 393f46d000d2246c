"""When what happened in a rollback, from what the account itself recorded, in playbook time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from playbook.live_state import id_of
from playbook.read_log import log_lines
from shared.names import PATH_PRISMA, LogToken, ResourceNames

if TYPE_CHECKING:
    from playbook.clients import Clients

# Time to safe counts from the read after which there is something to see: alarms ask for three failures.
FAILURES_TO_SEE: Final = 3
LIMIT_SECONDS: Final = 7 * 60


@dataclass(frozen=True)
class TimeToSafe:
    """Epoch seconds. `last_prisma_read_at` is the last read that was sent to Prisma."""

    third_failure_at: float
    alarm_at: float
    switched_at: float
    last_prisma_read_at: float

    @property
    def parts_seconds(self) -> dict[str, float]:
        """The parts add up to the whole. A part below 0 happened while the one before it still went on."""
        return {
            "metric delay and evaluation": self.alarm_at - self.third_failure_at,
            "notification and kill switch": self.switched_at - self.alarm_at,
            "configuration poll and cache": self.last_prisma_read_at - self.switched_at,
        }

    @property
    def seconds(self) -> float:
        return self.last_prisma_read_at - self.third_failure_at


@dataclass(frozen=True)
class PrismaReads:
    """Times (epoch seconds, ascending) of the reads sent to Prisma, and of those among them that failed."""

    sent_at: tuple[float, ...]
    failed_at: tuple[float, ...]


def prisma_reads(clients: "Clients", names: ResourceNames, *, since: float) -> PrismaReads:
    """From mock-read's own log, from `since` on (epoch seconds)."""
    sent: list[float] = []
    failed: list[float] = []
    for line in log_lines(clients.logs, f"/aws/lambda/{names.mock_read_function}", start_ms=int(since * 1000)):
        if line.get("path") != PATH_PRISMA or line["event"] not in {LogToken.CANARY_SUCCESS, LogToken.CANARY_ERROR}:
            continue
        at = line["_aws"]["Timestamp"] / 1000
        sent.append(at)
        if line["event"] == LogToken.CANARY_ERROR:
            failed.append(at)
    return PrismaReads(tuple(sorted(sent)), tuple(sorted(failed)))


def alarm_times(clients: "Clients", alarm_names: Sequence[str], *, since: float) -> dict[str, float]:
    """When each of the alarms first went to ALARM from `since` on; one that did not is left out."""
    first: dict[str, float] = {}
    for name in alarm_names:
        pages = clients.cloudwatch.get_paginator("describe_alarm_history").paginate(
            AlarmName=name, HistoryItemType="StateUpdate"
        )
        times = [
            item["Timestamp"].timestamp()
            for page in pages
            for item in page["AlarmHistoryItems"]
            # Timestamps here are whole seconds.
            if item["HistorySummary"].endswith("to ALARM") and item["Timestamp"].timestamp() >= int(since)
        ]
        if times:
            first[name] = min(times)
    return first


def kill_switch_deployments(clients: "Clients", names: ResourceNames, *, since: float) -> list[dict[str, Any]]:
    """Deployments in the kill switch's environment from `since` on, oldest first."""
    appconfig = clients.appconfig
    application_id = id_of(appconfig.get_paginator("list_applications").paginate(), names.appconfig_application)
    environments = appconfig.get_paginator("list_environments").paginate(ApplicationId=application_id)
    environment_id = id_of(environments, names.kill_switch_environment)
    pages = appconfig.get_paginator("list_deployments").paginate(
        ApplicationId=application_id, EnvironmentId=environment_id
    )
    found = [dict(item) for page in pages for item in page["Items"] if item["StartedAt"].timestamp() >= int(since)]
    return sorted(found, key=lambda item: item["DeploymentNumber"])


def time_to_safe(reads: PrismaReads, *, alarm_at: float, switched_at: float) -> TimeToSafe:
    """Raises ValueError where fewer reads failed than an alarm needs."""
    if len(reads.failed_at) < FAILURES_TO_SEE:
        raise ValueError(f"only {len(reads.failed_at)} reads failed")
    return TimeToSafe(
        third_failure_at=reads.failed_at[FAILURES_TO_SEE - 1],
        alarm_at=alarm_at,
        switched_at=switched_at,
        last_prisma_read_at=reads.sent_at[-1],
    )
