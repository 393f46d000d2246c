"""Preflight: alarms, and whoever would hear of one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import pytest

from playbook.account_state import Alarm
from playbook.checklist import Item, Result
from playbook.evidence import AlarmState
from playbook.preflight_alarms import (
    AlarmActions,
    GuardianFacts,
    Subscription,
    alarms_item,
    guardian_item,
    people_item,
)
from tests.playbook.account_states import NAMES, alarms

TOPIC: Final = f"arn:aws:sns:us-east-1:000000000000:{NAMES.alarm_topic}"
ACTIONS: Final = AlarmActions(enabled=True, on_alarm=(TOPIC,), on_ok=(TOPIC,))
GUARDIAN: Final = Subscription(
    protocol="lambda",
    endpoint=f"arn:aws:lambda:us-east-1:000000000000:function:{NAMES.rollback_guardian_function}",
    confirmed=True,
    filter_policy={"AlarmName": list(NAMES.flag_rollback_alarms), "NewStateValue": ["ALARM"]},
    filter_scope="MessageBody",
)
RECOVERIES: Final = Subscription(
    protocol="sqs",
    endpoint=f"arn:aws:sqs:us-east-1:000000000000:{NAMES.rollback_guardian_recoveries}",
    confirmed=True,
    filter_policy={"AlarmName": list(NAMES.flag_rollback_alarms), "NewStateValue": ["OK"]},
    filter_scope="MessageBody",
)
MAIL: Final = Subscription(protocol="email", endpoint="ops@example.com", confirmed=True)
AT_WORK: Final = GuardianFacts(reserved_concurrency=2, takes_recoveries=True)


def of_alarms(found: tuple[Alarm, ...], changed: Mapping[str, AlarmActions] | None = None) -> Item:
    actions = dict.fromkeys((alarm.name for alarm in found if alarm.state), ACTIONS)
    return alarms_item(found, {**actions, **(changed or {})}, TOPIC)


def test_alarms_that_are_ok_enabled_and_tell_the_topic_pass() -> None:
    item = of_alarms(alarms())
    assert (item.result, item.to_do) == (Result.PASS, "")
    assert f"all {len(alarms())} are OK" in item.told


@pytest.mark.parametrize(
    ("state", "told", "to_do"),
    [
        (AlarmState.ALARM, "is ALARM", "docs/ALARMS.md"),
        (AlarmState.INSUFFICIENT_DATA, "is INSUFFICIENT_DATA", "wait"),
        (None, "is not there", "deploy"),
    ],
)
def test_an_alarm_that_is_not_ok_fails(state: AlarmState | None, told: str, to_do: str) -> None:
    item = of_alarms(alarms({NAMES.canary_p95_alarm: state}))
    assert item.result is Result.FAIL
    assert item.told == f"{NAMES.canary_p95_alarm} {told}"
    assert to_do in item.to_do


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"enabled": False}, "has its actions disabled"),
        ({"on_alarm": ("arn:aws:sns:us-east-1:000000000000:another",)}, f"does not tell {NAMES.alarm_topic}"),
        ({"on_ok": ()}, f"does not tell {NAMES.alarm_topic} when it is over"),
    ],
)
def test_an_alarm_that_tells_nobody_fails_though_it_is_ok(changes: dict[str, Any], told: str) -> None:
    item = of_alarms(alarms(), {NAMES.error_rate_alarm: replace(ACTIONS, **changes)})
    assert (item.result, item.told) == (Result.FAIL, f"{NAMES.error_rate_alarm} {told}")
    assert "deploy the stacks again" in item.to_do


def of_guardian(*subscriptions: Subscription, facts: GuardianFacts = AT_WORK) -> Item:
    return guardian_item(NAMES, subscriptions, facts)


def test_a_guardian_that_hears_and_may_run_passes_and_people_beside_it_do_not_matter() -> None:
    assert of_guardian(MAIL, GUARDIAN, RECOVERIES).result is Result.PASS


def test_a_guardian_subscribed_by_a_version_or_alias_is_the_guardian_too() -> None:
    qualified = replace(GUARDIAN, endpoint=f"{GUARDIAN.endpoint}:live")
    assert of_guardian(qualified, RECOVERIES).result is Result.PASS


@pytest.mark.parametrize(
    ("subscriptions", "told"),
    [
        ((RECOVERIES,), "the guardian is not subscribed"),
        ((GUARDIAN,), "its queue of recoveries is not subscribed"),
        ((replace(GUARDIAN, confirmed=False), RECOVERIES), "keeps out"),
        ((replace(GUARDIAN, filter_scope="MessageAttributes"), RECOVERIES), "keeps out"),
        (
            (replace(GUARDIAN, filter_policy={"AlarmName": [NAMES.error_rate_alarm]}), RECOVERIES),
            f"the filter of the guardian keeps out {NAMES.canary_error_rate_alarm} in state ALARM",
        ),
        (
            (GUARDIAN, replace(RECOVERIES, filter_policy=GUARDIAN.filter_policy)),
            "the filter of its queue of recoveries keeps out",
        ),
    ],
)
def test_a_guardian_that_would_not_hear_fails(subscriptions: tuple[Subscription, ...], told: str) -> None:
    item = of_guardian(*subscriptions)
    assert item.result is Result.FAIL
    assert told in item.told


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        (replace(AT_WORK, reserved_concurrency=0), "reserved concurrency is 0"),
        (replace(AT_WORK, takes_recoveries=False), "does not take from its queue"),
    ],
)
def test_a_guardian_that_hears_and_cannot_run_fails(facts: GuardianFacts, told: str) -> None:
    item = of_guardian(GUARDIAN, RECOVERIES, facts=facts)
    assert item.result is Result.FAIL
    assert told in item.told


def of_people(alarm_topic: tuple[Subscription, ...], rollback_topic: tuple[Subscription, ...]) -> Item:
    return people_item(NAMES, {NAMES.alarm_topic: alarm_topic, NAMES.rollback_topic: rollback_topic})


def test_people_on_both_topics_pass_and_are_named() -> None:
    item = of_people((GUARDIAN, RECOVERIES, MAIL), (MAIL,))
    assert item.result is Result.PASS
    assert item.told == f"{NAMES.alarm_topic} tells ops@example.com; {NAMES.rollback_topic} tells ops@example.com"


def test_nobody_at_all_is_a_warning_that_says_that_nobody_hears() -> None:
    item = of_people((GUARDIAN, RECOVERIES), ())
    assert item.result is Result.WARN
    assert item.told.startswith(f"nobody hears: {NAMES.alarm_topic} and {NAMES.rollback_topic} have")
    assert "playbook watch" in item.to_do


def test_nobody_on_one_topic_is_a_warning_that_names_it() -> None:
    item = of_people((MAIL,), ())
    assert (item.result, item.told) == (Result.WARN, f"nobody hears: {NAMES.rollback_topic} has no subscriber")


def test_somebody_who_has_not_confirmed_fails_and_is_named() -> None:
    pending = replace(MAIL, endpoint="late@example.com", confirmed=False)
    item = of_people((MAIL, pending), (MAIL,))
    assert (item.result, item.told) == (Result.FAIL, f"not confirmed: late@example.com on {NAMES.alarm_topic}")
    assert "two days" in item.to_do
