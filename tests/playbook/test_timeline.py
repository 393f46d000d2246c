import json
from datetime import UTC, datetime, timedelta
from typing import Any

from playbook.account_timeline import numbers_since
from playbook.journal import Entry, Kind
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

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
POSITIONS = {str(percent): Position(percent=percent, text=f"{percent} % by request") for percent in (0, 1, 5, 25)}


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def deployment(number: int, percent: int, **minutes: float) -> dict[str, Any]:
    """As GetDeployment has it: events with the most recent first. The version is called after its percentage."""
    return {
        "DeploymentNumber": number,
        "ConfigurationVersion": str(percent),
        "Description": f"to {percent} %",
        "EventLog": [
            {"EventType": kind, "OccurredAt": at(minute), "TriggeredBy": "USER"}
            for kind, minute in reversed(minutes.items())
        ],
    }


def dial(*deployments: dict[str, Any]) -> list[TimelineEvent]:
    return list(dial_events(EventKind.FLAG, "feature-flags", deployments, POSITIONS))


def test_a_deployment_moves_the_dial_when_it_starts() -> None:
    started, bakes, complete = dial(
        deployment(2, 1, DEPLOYMENT_STARTED=0, PERCENTAGE_UPDATED=1, BAKE_TIME_STARTED=2, DEPLOYMENT_COMPLETED=12)
    )

    assert (started.at, started.state, started.percent) == (at(0), "DEPLOYMENT_STARTED", 1)
    assert started.text == "deployment 2 of version 1 started: 1 % by request"
    assert (bakes.state, bakes.percent, complete.at) == ("BAKE_TIME_STARTED", None, at(12))
    assert started.facts["description"] == "to 1 %"


def test_a_rollback_moves_the_dial_to_where_the_one_before_put_it() -> None:
    *_, begun, done = dial(
        deployment(1, 1, DEPLOYMENT_STARTED=0, DEPLOYMENT_COMPLETED=0),
        deployment(2, 5, DEPLOYMENT_STARTED=60, ROLLBACK_STARTED=64, ROLLBACK_COMPLETED=64),
    )

    assert (begun.state, begun.percent) == ("ROLLBACK_STARTED", 1)
    assert (done.percent, done.text) == (1, "deployment 2 of version 5 was rolled back: back to 1 % by request")


def test_a_dial_that_is_taken_back_twice_goes_back_two_steps() -> None:
    """What was reverted in the end still stood when the step after it was rolled back."""
    moves = [
        (event.state, event.percent)
        for event in dial(
            deployment(1, 0, DEPLOYMENT_STARTED=0),
            deployment(2, 5, DEPLOYMENT_STARTED=10, DEPLOYMENT_COMPLETED=12, REVERT_COMPLETED=40),
            deployment(3, 25, DEPLOYMENT_STARTED=20, ROLLBACK_COMPLETED=30),
        )
        if event.percent is not None
    ]

    assert moves == [
        ("DEPLOYMENT_STARTED", 0),
        ("DEPLOYMENT_STARTED", 5),
        ("DEPLOYMENT_STARTED", 25),
        ("ROLLBACK_COMPLETED", 5),
        ("REVERT_COMPLETED", 0),
    ]


def test_an_alarms_change_of_state_is_an_event() -> None:
    event = alarm_event(
        {
            "AlarmName": "huntaze-no-traffic",
            "Timestamp": at(3),
            "HistoryData": json.dumps(
                {
                    "oldState": {"stateValue": "OK"},
                    "newState": {"stateValue": "ALARM", "stateReason": "1 datapoint was below"},
                }
            ),
        }
    )

    assert (event.at, event.kind, event.state) == (at(3), EventKind.ALARM, "ALARM")
    assert event.text == "huntaze-no-traffic: OK to ALARM"
    assert event.facts == {"reason": "1 datapoint was below"}


def test_a_code_deployment_begins_and_ends() -> None:
    info: dict[str, Any] = {
        "deploymentGroupName": "live",
        "deploymentId": "d-1",
        "creator": "user",
        "createTime": at(1),
        "status": "InProgress",
    }
    (begun,) = code_events(info)
    _, ended = code_events(
        info | {"status": "Stopped", "completeTime": at(9), "errorInformation": {"message": "alarm active"}}
    )

    assert (begun.at, begun.state, begun.text) == (at(1), "Created", "live: deployment d-1 begins")
    assert (ended.at, ended.state, ended.text) == (at(9), "Stopped", "live: deployment d-1 has stopped: alarm active")


def test_a_journal_entry_tells_who_did_it_and_its_plain_facts() -> None:
    entry = Entry(
        at=at(4), operator="arn:ines", kind=Kind.OVERRIDE, facts={"reason": "testers wait", "gates": [{"gate": "hold"}]}
    )

    event = journal_event(entry)

    assert (event.kind, event.name, event.text) == (EventKind.JOURNAL, "override", "override: reason testers wait")
    assert event.facts == {"operator": "arn:ines", "reason": "testers wait", "gates": [{"gate": "hold"}]}


def test_a_timeline_begins_with_where_the_dials_stood() -> None:
    def moved(minute: float, kind: EventKind, percent: float | None) -> TimelineEvent:
        return TimelineEvent(at=at(minute), kind=kind, name="dial", state="", text="", percent=percent)

    switch = moved(-60, EventKind.KILL_SWITCH, 0)
    earlier, stood, bakes = (
        moved(-50, EventKind.FLAG, 0),
        moved(-40, EventKind.FLAG, 1),
        moved(-30, EventKind.FLAG, None),
    )
    first, second, after = moved(0, EventKind.FLAG, 5), moved(10, EventKind.ALARM, None), moved(21, EventKind.FLAG, 25)

    found = in_order([after, second, first, bakes, stood, earlier, switch], since=at(0), until=at(20))

    assert found == (switch, stood, first, second)


def test_of_earlier_deployments_only_those_that_tell_where_the_dial_stood_are_read() -> None:
    listed = [
        {"DeploymentNumber": 5, "State": "DEPLOYING", "StartedAt": at(5)},
        {"DeploymentNumber": 4, "State": "ROLLED_BACK", "StartedAt": at(-1)},
        {"DeploymentNumber": 3, "State": "COMPLETE", "StartedAt": at(-60)},
        {"DeploymentNumber": 2, "State": "COMPLETE", "StartedAt": at(-90)},
    ]

    assert numbers_since(listed, at(0)) == [3, 4, 5]
    assert numbers_since(listed[:2], at(0)) == [5]
