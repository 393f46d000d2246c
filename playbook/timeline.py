"""What happened when: the dials, the alarms and the operators, in one order. Pure; `account_timeline` reads it."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import Field

from playbook.journal import Entry


class EventKind(StrEnum):
    """What a timeline's event is of."""

    FLAG = "flag"
    KILL_SWITCH = "kill-switch"
    ALARM = "alarm"
    CODE = "code"
    JOURNAL = "journal"


@dataclass(frozen=True, kw_only=True)
class TimelineEvent:
    """One event. `text` is for people; the rest is the same for programs.

    `name` is whose event it is: the profile's, the alarm's, the deployment group's, or the kind of journal entry.
    `state` is AWS's own word: AppConfig's EventType, the alarm's new state, CodeDeploy's status (`Created` at its
    begin); empty for a journal entry. `percent` is where the dial stands from then on: the flag's share of reads, or,
    for the kill switch, 100 where it is set and 0 where not; None where the event moves no dial. `facts` are a journal
    entry's own, and elsewhere what AWS tells besides.
    """

    at: datetime
    # A line of a bundle has a kind of its own.
    kind: Annotated[EventKind, Field(alias="subject")]
    name: str
    state: str
    text: str
    percent: float | None = None
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True)
class Position:
    """Where one version puts a dial: `percent` as a timeline's event has it, and the same in words."""

    percent: float
    text: str


# https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_DeploymentEvent.html. Each growth of a deployment is
# an event, too, which is no news on a dial that gets there within minutes.
_TOLD: Final = {
    "DEPLOYMENT_STARTED": "started",
    "BAKE_TIME_STARTED": "bakes",
    "DEPLOYMENT_COMPLETED": "is complete",
    "ROLLBACK_STARTED": "is being rolled back",
    "ROLLBACK_COMPLETED": "was rolled back",
    "REVERT_COMPLETED": "was reverted",
}
_TAKES_BACK: Final = frozenset({"ROLLBACK_STARTED", "ROLLBACK_COMPLETED", "REVERT_COMPLETED"})


def dial_events(
    kind: EventKind, profile: str, deployments: Iterable[Mapping[str, Any]], positions: Mapping[str, Position]
) -> Iterator[TimelineEvent]:
    """The events of AppConfig deployments as GetDeployment has them, of a profile with these positions by version.

    After one was taken back the dial stands where the newest of the others put it.
    """
    standing: dict[int, Position] = {}
    for deployment, event in _in_order(deployments):
        event_type, number = event["EventType"], deployment["DeploymentNumber"]
        version = deployment["ConfigurationVersion"]
        percent, text = None, f"deployment {number} of version {version} {_TOLD[event_type]}"
        if event_type == "DEPLOYMENT_STARTED":
            standing[number] = positions[version]
            percent = positions[version].percent
            text = f"{text}: {positions[version].text}"
        elif event_type in _TAKES_BACK:
            standing.pop(number, None)
            if standing:
                back = standing[max(standing)]
                percent, text = back.percent, f"{text}: back to {back.text}"
        yield TimelineEvent(
            at=event["OccurredAt"],
            kind=kind,
            name=profile,
            state=event_type,
            text=text,
            percent=percent,
            facts={
                "deployment": number,
                "version": version,
                "description": deployment.get("Description", ""),
                "triggered_by": event.get("TriggeredBy", ""),
                "event": event.get("Description", ""),
            },
        )


def _in_order(deployments: Iterable[Mapping[str, Any]]) -> Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Each with its events, which AppConfig lists with the most recent first."""
    found = [
        (deployment, event)
        for deployment in sorted(deployments, key=lambda deployment: deployment["DeploymentNumber"])
        for event in reversed(deployment.get("EventLog", ()))
        if event["EventType"] in _TOLD
    ]
    return sorted(found, key=lambda pair: pair[1]["OccurredAt"])


def alarm_event(item: Mapping[str, Any]) -> TimelineEvent:
    """A change of state as DescribeAlarmHistory has it.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_AlarmHistoryItem.html
    """
    data = json.loads(item["HistoryData"])
    before, after = data["oldState"]["stateValue"], data["newState"]["stateValue"]
    return TimelineEvent(
        at=item["Timestamp"],
        kind=EventKind.ALARM,
        name=item["AlarmName"],
        state=after,
        text=f"{item['AlarmName']}: {before} to {after}",
        facts={"reason": data["newState"].get("stateReason", "")},
    )


def code_events(deployment: Mapping[str, Any]) -> Iterator[TimelineEvent]:
    """The begin of a CodeDeploy deployment and, if it has one, its end.

    https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_DeploymentInfo.html
    """
    group, identity = deployment["deploymentGroupName"], deployment["deploymentId"]
    creator = deployment.get("creator", "")
    error = deployment.get("errorInformation", {}).get("message", "")
    yield TimelineEvent(
        at=deployment["createTime"],
        kind=EventKind.CODE,
        name=group,
        state="Created",
        text=f"{group}: deployment {identity} begins",
        facts={"deployment": identity, "creator": creator},
    )
    if "completeTime" in deployment:
        status = deployment["status"]
        yield TimelineEvent(
            at=deployment["completeTime"],
            kind=EventKind.CODE,
            name=group,
            state=status,
            text=f"{group}: deployment {identity} has {status.lower()}" + (f": {error}" if error else ""),
            facts={"deployment": identity, "creator": creator, "error": error},
        )


def journal_event(entry: Entry) -> TimelineEvent:
    """What an operator did, an override included. In its text stand the facts that are one word or number each."""
    told = ", ".join(
        f"{name} {value}" for name, value in entry.facts.items() if isinstance(value, str | int | float) and value != ""
    )
    return TimelineEvent(
        at=entry.at,
        kind=EventKind.JOURNAL,
        name=entry.kind,
        state="",
        text=f"{entry.kind}: {told}" if told else str(entry.kind),
        facts={"operator": entry.operator, **entry.facts},
    )


def in_order(events: Iterable[TimelineEvent], *, since: datetime, until: datetime) -> tuple[TimelineEvent, ...]:
    """Those of the time asked for and, before them, the last one of each dial: where it stood at the beginning."""
    ordered = sorted((event for event in events if event.at <= until), key=lambda event: event.at)
    stood = {event.kind: event for event in ordered if event.at < since and event.percent is not None}
    return (
        *sorted(stood.values(), key=lambda event: event.at),
        *(event for event in ordered if event.at >= since),
    )
