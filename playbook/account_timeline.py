"""The timeline, read from what AWS itself recorded: AppConfig, CloudWatch, CodeDeploy and the journal."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from playbook.journal import AccountJournal
from playbook.live_state import id_of
from playbook.source import Source
from playbook.timeline import (
    EventKind,
    Position,
    TimelineEvent,
    alarm_event,
    code_events,
    dial_events,
    in_order,
    journal_event,
)
from shared.names import FLAG_KILL_SWITCH, FLAG_PRISMA_ADAPTER, PROFILE_FEATURE_FLAGS, PROFILE_KILL_SWITCH

if TYPE_CHECKING:
    from playbook.account import Account

_ALL_PERCENT: Final = 100
# BatchGetDeployments takes no more at a time.
# https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_BatchGetDeployments.html
_BATCH: Final = 25


@dataclass(frozen=True)
class Timeline:
    """Events in their order, and what was read for them."""

    events: tuple[TimelineEvent, ...]
    sources: tuple[Source, ...]


def read_timeline(account: "Account", since: datetime, until: datetime) -> Timeline:
    """What happened from `since` to `until`, beginning with where each dial stood. Raises botocore's errors."""
    names = account.names
    application = id_of(
        account.appconfig.get_paginator("list_applications").paginate(), account.names.appconfig_application
    )
    flag = _Dial(EventKind.FLAG, names.appconfig_environment, PROFILE_FEATURE_FLAGS, FLAG_PRISMA_ADAPTER)
    switch = _Dial(EventKind.KILL_SWITCH, names.kill_switch_environment, PROFILE_KILL_SWITCH, FLAG_KILL_SWITCH)
    parts: list[tuple[str, str, str, list[TimelineEvent]]] = [
        ("AWS AppConfig", f"{names.appconfig_application}/{dial.environment}", "events", events)
        for dial in (flag, switch)
        for events in (list(_dial_events(account, application, dial, since)),)
    ]
    parts += [
        ("CloudWatch alarms", name, "state changes", list(_alarm_events(account, name, since, until)))
        for name in (*names.rollback_alarms, *names.investigate_alarms)
    ]
    parts += [
        ("AWS CodeDeploy", group, "events", list(_code_events(account, group, since)))
        for group in (names.mock_read_deployment_group, names.prisma_read_deployment_group)
    ]
    entries = [journal_event(entry) for entry in AccountJournal(account).entries(since)]
    parts.append(("CloudWatch Logs", names.journal_log_group, "entries", entries))
    events = [event for *_, found in parts for event in found]
    return Timeline(
        events=in_order(events, since=since, until=until),
        sources=tuple(
            Source(service=service, name=name, items=items, since=since, until=until, count=len(found))
            for service, name, items, found in parts
        ),
    )


@dataclass(frozen=True)
class _Dial:
    kind: EventKind
    environment: str
    profile: str
    flag: str

    def position(self, values: Mapping[str, Any]) -> Position:
        flag = values[self.flag]
        if self.kind is EventKind.KILL_SWITCH:
            return Position(percent=_ALL_PERCENT, text="set") if flag["enabled"] else Position(percent=0, text="off")
        if not flag["enabled"]:
            return Position(percent=0, text="off")
        percent, shadow = flag.get("percent", 0), flag.get("shadowPercent", 0)
        return Position(percent=percent, text=f"{percent:g} % by {flag.get('splitBy', 'user')}, shadow {shadow:g} %")


def _dial_events(account: "Account", application: str, dial: _Dial, since: datetime) -> Iterator[TimelineEvent]:
    client = account.appconfig
    environment = id_of(client.get_paginator("list_environments").paginate(ApplicationId=application), dial.environment)
    profile = id_of(
        client.get_paginator("list_configuration_profiles").paginate(ApplicationId=application), dial.profile
    )
    pages = client.get_paginator("list_deployments").paginate(ApplicationId=application, EnvironmentId=environment)
    listed = [item for page in pages for item in page["Items"] if item.get("ConfigurationName") == dial.profile]
    deployments = [
        client.get_deployment(ApplicationId=application, EnvironmentId=environment, DeploymentNumber=number)
        for number in numbers_since(listed, since)
    ]
    positions = {
        version: dial.position(
            json.loads(
                client.get_hosted_configuration_version(
                    ApplicationId=application, ConfigurationProfileId=profile, VersionNumber=int(version)
                )["Content"].read()
            )["values"]
        )
        for version in {deployment["ConfigurationVersion"] for deployment in deployments}
    }
    yield from dial_events(dial.kind, dial.profile, deployments, positions)


def numbers_since(listed: Iterable[Mapping[str, Any]], since: datetime) -> list[int]:
    """Which of the deployments, as ListDeployments has them, tell of the dial from `since` on.

    Besides those that began later, the last that had been completed before, and what came after it.
    """
    ordered = sorted(listed, key=lambda item: item["DeploymentNumber"])
    stood = [item["DeploymentNumber"] for item in ordered if item["State"] == "COMPLETE" and item["StartedAt"] <= since]
    return [
        item["DeploymentNumber"]
        for item in ordered
        if item["StartedAt"] > since or (stood and item["DeploymentNumber"] >= stood[-1])
    ]


def _alarm_events(account: "Account", name: str, since: datetime, until: datetime) -> Iterator[TimelineEvent]:
    pages = account.cloudwatch.get_paginator("describe_alarm_history").paginate(
        AlarmName=name,
        HistoryItemType="StateUpdate",
        StartDate=since,
        EndDate=until,
        # Of two changes in one second the order is told by the list alone.
        ScanBy="TimestampAscending",
    )
    for page in pages:
        yield from map(alarm_event, page["AlarmHistoryItems"])


def _code_events(account: "Account", group: str, since: datetime) -> Iterator[TimelineEvent]:
    client = account.codedeploy
    pages = client.get_paginator("list_deployments").paginate(
        applicationName=account.names.codedeploy_application,
        deploymentGroupName=group,
        createTimeRange={"start": since},
    )
    identities = [identity for page in pages for identity in page["deployments"]]
    for first in range(0, len(identities), _BATCH):
        answer = client.batch_get_deployments(deploymentIds=identities[first : first + _BATCH])
        for deployment in answer["deploymentsInfo"]:
            yield from code_events(deployment)
