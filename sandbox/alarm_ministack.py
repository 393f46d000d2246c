# ruff: noqa: SLF001  # MiniStack offers no other way in, and this is the one file that goes there.
"""Everything the alarms know of MiniStack's inside; a contract test names each part.

MiniStack keeps alarms in module-level stores that two context variables scope, account and region, and looks its own
functions up as module globals at each call. That is what lets `install` replace them.
"""

import functools
import json
import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final

from ministack.core import responses
from ministack.services import cloudwatch, sns
from ministack.services.cloudformation import provisioners

from sandbox import cloudwatch_operations
from sandbox.alarm_definition import read_alarm, stored_alarm
from sandbox.alarm_evaluation import Verdict
from sandbox.alarm_notification import notification
from sandbox.alarm_protocol import coerce
from sandbox.cloudwatch_operations import Answer, Operation, RefusedError, Request
from sandbox.topic_policy import Publisher, refusal

_logger = logging.getLogger(__name__)
_lock: Final = threading.RLock()
"""Held while an alarm's record is replaced or its state changes, by requests and by evaluations alike."""
_listeners: Final[list[Callable[["AlarmKey"], None]]] = []
_ACTIONS: Final = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}


@dataclass(frozen=True)
class AlarmKey:
    account_id: str
    region: str
    name: str

    def scope(self) -> AbstractContextManager[None]:
        """Makes the account and region those of the code in the block, as a request does."""
        scope: AbstractContextManager[None] = responses.request_scope(self.account_id, self.region)
        return scope


def alarms() -> list[tuple[AlarmKey, Request]]:
    """The metric alarms of every account and region."""
    return [(AlarmKey(*key), record) for key, record in cloudwatch._alarms.all_items()]


def alarm(key: AlarmKey) -> Request | None:
    record: Request | None = cloudwatch._alarms.get_scoped(key.account_id, key.region, key.name)
    return record


def on_alarm_put(listener: Callable[[AlarmKey], None]) -> Callable[[], None]:
    """Calls `listener` after an alarm is created or updated, in the request's thread; answers how to end that."""
    _listeners.append(listener)
    return functools.partial(_listeners.remove, listener)


def change_state(key: AlarmKey, evaluated: Request, verdict: Verdict, now: float) -> None:
    """Moves the alarm to the verdict's state: record, history, actions, the composite alarms above it.

    Does nothing where that is its state, or where the alarm is no longer the one that was `evaluated`.
    """
    with _lock, key.scope():
        old_state = evaluated["StateValue"]
        if alarm(key) is not evaluated or old_state == verdict.state:
            return
        changed_at = round(now, 3)
        changed = {
            **evaluated,
            "StateValue": str(verdict.state),
            "StateReason": verdict.reason,
            "StateReasonData": verdict.reason_data,
            "StateUpdatedTimestamp": changed_at,
            "StateTransitionedTimestamp": changed_at,
        }
        cloudwatch._alarms[key.name] = changed
        cloudwatch._record_history(
            key.name, old_state, str(verdict.state), verdict.reason, reason_data=json.loads(verdict.reason_data)
        )
        cloudwatch._history_entries()[-1]["Timestamp"] = cloudwatch._ts_iso(now)
        _dispatch(changed, old_state)
        cloudwatch._evaluate_parent_alarms(changed)


def _dispatch(record: Request, old_state: str) -> None:
    if not record.get("ActionsEnabled", True):
        return
    account_id, region = responses.get_account_id(), responses.get_region()
    changed_at = record["StateUpdatedTimestamp"]
    note = notification(record, old_state=old_state, account_id=account_id, region=region, changed_at=changed_at)
    for action in record.get(_ACTIONS[record["StateValue"]]) or []:
        if not cloudwatch._is_sns_action_arn(action):
            continue
        refused = refusal(action, Publisher("cloudwatch.amazonaws.com", record["AlarmArn"], account_id))
        try:
            if not refused:
                sns._fanout(action, responses.new_uuid(), note.message, note.subject)
        except Exception as error:
            # A state change stands whatever becomes of its actions.
            _logger.exception("alarm %s: action %s failed", record["AlarmName"], action)
            refused = str(error)
        _record_action(record["AlarmName"], action, changed_at, refused)


def _record_action(name: str, action: str, at: float, refused: str | None) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_AlarmHistoryItem.html"""
    summary = f"Failed to execute action {action}" if refused else f"Successfully executed action {action}"
    data = {"actionState": "Failed" if refused else "Succeeded", "notificationResource": action, "error": refused}
    cloudwatch._history_entries().append(
        {
            "AlarmName": name,
            "AlarmType": "MetricAlarm",
            "Timestamp": cloudwatch._ts_iso(at),
            "HistoryItemType": "Action",
            "HistorySummary": f"{summary}. Received error: {refused}" if refused else summary,
            "HistoryData": json.dumps(data),
        }
    )


@functools.cache
def install() -> None:
    """Replaces MiniStack's alarms in this process, once."""
    for operation, handler in {
        "PutMetricAlarm": _put_metric_alarm,
        "DescribeAlarms": _through_json(cloudwatch._describe_alarms),
        "DescribeAlarmsForMetric": _through_json(cloudwatch._describe_alarms_for_metric),
        "DescribeAlarmHistory": _through_json(cloudwatch._describe_alarm_history),
    }.items():
        cloudwatch_operations.replace(operation, handler)
    cloudwatch._set_alarm_state = _locked(cloudwatch._set_alarm_state)
    cloudwatch._evaluate_alarm = _announce
    cloudwatch._evaluate_all_alarms = _nothing
    cloudwatch._dispatch_alarm_actions = _dispatching(cloudwatch._dispatch_alarm_actions)
    provisioners._cw_metric_alarm_record = _template_record
    provisioners._cw_metric_alarm_put = _locked(provisioners._cw_metric_alarm_put)


def _through_json(original: Callable[..., Answer]) -> Operation:
    """MiniStack's own operation, whose JSON answer is whole where its XML answer is not."""

    def handler(request: Request) -> Mapping[str, Any]:
        return _document(original({}, request, False, True))  # noqa: FBT003  # MiniStack's signature

    return handler


def _document(answer: Answer) -> Mapping[str, Any]:
    status, _, body = answer
    document: dict[str, Any] = json.loads(body or b"{}")
    if status != 200:  # noqa: PLR2004  # HTTP
        raise RefusedError(document["__type"], document.get("message", ""), status)
    return document


def _put_metric_alarm(request: Request) -> Mapping[str, Any]:
    read_alarm(request)
    name, tags = request["AlarmName"], request.get("Tags")
    with _lock:
        is_new = name not in cloudwatch._alarms
        refused = cloudwatch._alarm_tags_refusal(tags, request.get("DatapointsToAlarm"), is_new, False, True)  # noqa: FBT003  # MiniStack's signature
        if refused:
            _document(refused)
        cloudwatch.cloudformation_put_metric_alarm(_record(request))
        if is_new and tags:
            cloudwatch.cloudformation_set_metric_alarm_tags(name, tags)
    return {}


def _template_record(name: str, properties: Request) -> Request:
    """The record of an `AWS::CloudWatch::Alarm`; a `ValidationError` fails the resource."""
    request = coerce("PutMetricAlarm", {**properties, "AlarmName": name})
    read_alarm(request)
    return _record(request)


def _record(request: Request) -> Request:
    account_id, region = responses.get_account_id(), responses.get_region()
    name = request["AlarmName"]
    return stored_alarm(
        request,
        arn=f"arn:aws:cloudwatch:{region}:{account_id}:alarm:{name}",
        existing=cloudwatch._alarms.get(name),
        # The module's, which the sandbox sets to playbook time.
        now=int(cloudwatch.time.time()),
    )


def _announce(record: Request) -> None:
    key = AlarmKey(responses.get_account_id(), responses.get_region(), record["AlarmName"])
    for listener in tuple(_listeners):
        listener(key)


def _nothing() -> None:
    """CloudWatch evaluates alarms by the clock, not when data arrives."""


def _dispatching(original: Callable[..., None]) -> Callable[..., None]:
    def dispatch(record: Request, old_state: str, new_state: str, reason: str) -> None:
        if "AlarmRule" in record:
            original(record, old_state, new_state, reason)
        else:
            _dispatch(record, old_state)

    return dispatch


def _locked(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def locked(*arguments: Any, **keywords: Any) -> Any:
        with _lock:
            return original(*arguments, **keywords)

    return locked
