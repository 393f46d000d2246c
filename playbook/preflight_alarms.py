"""Preflight: would an alarm be heard by the guardian, and by people? Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from playbook.account_state import Alarm
from playbook.checklist import Item, failed, passed, warned
from playbook.evidence import AlarmState
from playbook.wording import count
from shared.names import ResourceNames

_MESSAGE_BODY: Final = "MessageBody"


@dataclass(frozen=True, kw_only=True)
class AlarmActions:
    """What an alarm does: ARNs of what it tells when it begins, and when it is over."""

    enabled: bool
    on_alarm: tuple[str, ...]
    on_ok: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """Of a topic. `filter_policy` is empty where everything is delivered; `filter_scope` is SNS's word."""

    protocol: str
    endpoint: str
    confirmed: bool
    filter_policy: Mapping[str, Any] = field(default_factory=dict, hash=False)
    filter_scope: str = ""

    def hears(self, alarm_name: str, state: str) -> bool:
        """Whether CloudWatch's message on this alarm's change to that state is delivered.

        https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering-scope.html
        """
        if not self.confirmed:
            return False
        if not self.filter_policy:
            return True
        message = {"AlarmName": alarm_name, "NewStateValue": state}
        return self.filter_scope == _MESSAGE_BODY and all(
            message.get(key) in accepted for key, accepted in self.filter_policy.items()
        )


@dataclass(frozen=True, kw_only=True)
class GuardianFacts:
    """Whether the guardian can work: its reserved concurrency, and whether it takes from its queue of recoveries."""

    reserved_concurrency: int | None
    takes_recoveries: bool


def alarms_item(alarms: Sequence[Alarm], actions: Mapping[str, AlarmActions], topic_arn: str) -> Item:
    """Every alarm is OK and tells the topic of its beginning and of its end."""
    states = [f"{alarm.name} is {alarm.state or 'not there'}" for alarm in alarms if not alarm.is_ok]
    deaf = [
        f"{alarm.name} {what}"
        for alarm in alarms
        if alarm.state is not None and (what := _wrong_with(actions[alarm.name], topic_arn))
    ]
    if not states and not deaf:
        return passed("alarms", f"all {len(alarms)} are OK, enabled, and tell {_name_of(topic_arn)}")
    to_do = []
    if any(alarm.state is AlarmState.ALARM for alarm in alarms):
        to_do.append("see the alarm's section in docs/ALARMS.md, mend the cause and wait for OK")
    if any(alarm.state is AlarmState.INSUFFICIENT_DATA for alarm in alarms):
        to_do.append("an alarm's first evaluation takes minutes: wait, with reads under way")
    if deaf or any(alarm.state is None for alarm in alarms):
        to_do.append("deploy the stacks again: somebody changed the alarms, or they are not there")
    return failed("alarms", "; ".join([*states, *deaf]), "; ".join(to_do))


def guardian_item(names: ResourceNames, subscriptions: Sequence[Subscription], facts: GuardianFacts) -> Item:
    """The guardian hears of the alarms that turn the flag back, and of their end, and can run."""
    wrong = list(_guardian_faults(names, subscriptions, facts))
    if wrong:
        return failed(
            "guardian",
            "; ".join(wrong),
            "deploy the stacks again before users meet Prisma: without it nothing turns the flag back by itself",
        )
    alarms = count(len(names.flag_rollback_alarms), "rollback alarm")
    return passed("guardian", f"hears of {alarms} in ALARM, takes their recoveries, and may run")


def people_item(names: ResourceNames, by_topic: Mapping[str, Sequence[Subscription]]) -> Item:
    """Somebody hears of alarms and of what was rolled back. Nobody at all is a warning: they may sit and watch."""
    people = {topic: [each for each in found if not _is_guardian(names, each)] for topic, found in by_topic.items()}
    pending = [f"{each.endpoint} on {topic}" for topic, found in people.items() for each in found if not each.confirmed]
    if pending:
        return failed(
            "people",
            f"not confirmed: {', '.join(pending)}",
            "have each confirm by the link in SNS's mail, or deploy without them; a link is good for two days",
        )
    silent = [topic for topic, found in people.items() if not found]
    if silent:
        return warned(
            "people",
            f"nobody hears: {' and '.join(silent)} has no subscriber"
            if len(silent) == 1
            else f"nobody hears: {' and '.join(silent)} have no subscriber",
            "set alarm_emails or slack in stacks/environments.py, or keep `playbook watch` before your eyes",
        )
    told = (f"{topic} tells {', '.join(each.endpoint for each in found)}" for topic, found in people.items())
    return passed("people", "; ".join(told))


def _wrong_with(actions: AlarmActions, topic_arn: str) -> str:
    if not actions.enabled:
        return "has its actions disabled"
    if topic_arn not in actions.on_alarm:
        return f"does not tell {_name_of(topic_arn)}"
    return "" if topic_arn in actions.on_ok else f"does not tell {_name_of(topic_arn)} when it is over"


def _guardian_faults(
    names: ResourceNames, subscriptions: Sequence[Subscription], facts: GuardianFacts
) -> Iterator[str]:
    guardian = [each for each in subscriptions if _names(each, "lambda", names.rollback_guardian_function)]
    queue = [each for each in subscriptions if _names(each, "sqs", names.rollback_guardian_recoveries)]
    for what, found, state in (("the guardian", guardian, "ALARM"), ("its queue of recoveries", queue, "OK")):
        if not found:
            yield f"{what} is not subscribed to {names.alarm_topic}"
            continue
        unheard = [alarm for alarm in names.flag_rollback_alarms if not any(each.hears(alarm, state) for each in found)]
        if unheard:
            yield f"the filter of {what} keeps out {', '.join(unheard)} in state {state}"
    if facts.reserved_concurrency == 0:
        yield "the guardian's reserved concurrency is 0, so it cannot run"
    if not facts.takes_recoveries:
        yield "the guardian does not take from its queue of recoveries"


def _is_guardian(names: ResourceNames, subscription: Subscription) -> bool:
    return _names(subscription, "lambda", names.rollback_guardian_function) or _names(
        subscription, "sqs", names.rollback_guardian_recoveries
    )


def _names(subscription: Subscription, protocol: str, resource: str) -> bool:
    """Whether the endpoint is the ARN of that function, of whatever qualifier, or of that queue."""
    return subscription.protocol == protocol and resource in subscription.endpoint.split(":")


def _name_of(arn: str) -> str:
    return arn.rpartition(":")[2]
