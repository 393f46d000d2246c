"""When a watch looks, when it ends, and what it does about a look that fails."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from playbook.live_state import NotDeployedError
from playbook.watch import MOST_FAILURES, Look, watch
from tests.playbook.account_states import CANARY
from tests.playbook.looks import look

THROTTLED = ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, "DescribeAlarms")
AWAY = EndpointConnectionError(endpoint_url="https://monitoring.us-east-1.amazonaws.com/")


def after(minutes: float) -> Look:
    return look(replace(CANARY, at=CANARY.at + timedelta(minutes=minutes)))


@dataclass
class Eyes:
    """Sees these, one after the other."""

    finds: list[Look | Exception]

    def look(self) -> Look:
        found = self.finds.pop(0)
        if isinstance(found, Exception):
            raise found
        return found


@dataclass
class Screen:
    shown: list[Look] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def show(self, look: Look) -> None:
        self.shown.append(look)

    def miss(self, why: str) -> None:
        self.missed.append(why)

    def progress(self, text: str) -> None:
        pass


def watched(*finds: Look | Exception, minutes: float | None = None) -> tuple[Screen, list[float]]:
    """What was shown, and the seconds that were slept."""
    screen, slept = Screen(), list[float]()
    watch(Eyes(list(finds)), screen, interval_seconds=7, minutes=minutes, sleep=slept.append)
    return screen, slept


def test_once_is_one_look_and_no_wait() -> None:
    screen, slept = watched(after(0), minutes=0)

    assert len(screen.shown) == 1
    assert slept == []


def test_a_watch_for_some_minutes_ends_by_the_accounts_time() -> None:
    screen, slept = watched(after(0), after(0.5), after(1), after(1.5), minutes=1)

    assert screen.shown == [after(0), after(0.5), after(1)]
    assert slept == [7, 7]


def test_without_an_end_it_looks_until_it_is_interrupted() -> None:
    screen = Screen()
    nights = [0.0]

    def sleep(seconds: float) -> None:
        nights[0] += seconds
        if nights[0] > 70:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watch(Eyes([after(0)] * 20), screen, interval_seconds=7, minutes=None, sleep=sleep)

    assert len(screen.shown) == 11


def test_a_look_that_fails_is_told_and_tried_again() -> None:
    screen, _ = watched(after(0), THROTTLED, AWAY, after(1), minutes=1)

    assert len(screen.shown) == 2
    assert [why.split(";")[0] for why in screen.missed] == [
        "AWS is throttling DescribeAlarms",
        'AWS cannot be reached: Could not connect to the endpoint URL: "https://monitoring.us-east-1.amazonaws.com/"',
    ]


def test_a_first_look_that_fails_is_the_end_because_then_nothing_is_right() -> None:
    with pytest.raises(ClientError):
        watched(THROTTLED)


def test_looks_that_go_on_failing_end_the_watch() -> None:
    with pytest.raises(ClientError):
        watched(after(0), *[THROTTLED] * MOST_FAILURES)


def test_a_look_that_succeeds_begins_the_count_of_failures_anew() -> None:
    nearly = [THROTTLED] * (MOST_FAILURES - 1)

    screen, _ = watched(after(0), *nearly, after(0.5), *nearly, after(1), minutes=1)

    assert len(screen.shown) == 3


def test_what_does_not_pass_by_itself_ends_the_watch_at_once() -> None:
    with pytest.raises(NotDeployedError):
        watched(after(0), NotDeployedError("the stacks are gone"))
