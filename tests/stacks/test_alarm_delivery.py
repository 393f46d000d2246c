"""Alarm → topic → key: each hop must admit CloudWatch, or an alarm vanishes without a word."""

import fnmatch
import json
from typing import Any

import pytest

from stacks.environments import ENVIRONMENTS
from tests.stacks.conftest import Synthesis

ACCOUNT = "111122223333"
STAGES = pytest.mark.parametrize("stage", ENVIRONMENTS)


def _account(stage: str) -> str:
    return ENVIRONMENTS[stage].account or ACCOUNT


def _resolved(value: Any) -> Any:
    """The value with the account filled in and joins joined, as CloudFormation would."""
    match value:
        case {"Ref": "AWS::AccountId"}:
            return ACCOUNT
        case {"Fn::Join": [separator, parts]}:
            return separator.join(_resolved(part) for part in parts)
        case dict():
            return {key: _resolved(item) for key, item in value.items()}
        case list():
            return [_resolved(item) for item in value]
        case _:
            return value


def _admits_cloudwatch(statements: list[dict[str, Any]], action: str, alarm_arn: str, account: str) -> bool:
    """Whether a policy lets CloudWatch do `action` for this alarm, and nothing in it denies that over TLS."""
    for statement in _resolved(statements):
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        if statement["Effect"] != "Allow" or statement["Principal"] != {"Service": "cloudwatch.amazonaws.com"}:
            continue
        if not any(fnmatch.fnmatch(action, allowed) for allowed in actions):
            continue
        condition = statement.get("Condition", {})
        source = condition.get("ArnLike", {}).get("aws:SourceArn", "*")
        owner = condition.get("StringEquals", {}).get("aws:SourceAccount", account)
        if fnmatch.fnmatch(alarm_arn, source) and owner == account:
            return True
    return False


def _alarm_topic(stage: str, synthesis: Synthesis) -> str:
    """Logical id of the topic that alarms publish to, in the guard rails' template."""
    (topic_id,) = (
        logical_id
        for logical_id, topic in synthesis.resources(stage, "AWS::SNS::Topic").items()
        if topic["Properties"]["TopicName"] == ENVIRONMENTS[stage].names.alarm_topic
    )
    return topic_id


def _topic_statements(stage: str, topic_id: str, synthesis: Synthesis) -> list[dict[str, Any]]:
    (policy,) = (
        resource["Properties"]["PolicyDocument"]
        for resource in synthesis.resources(stage, "AWS::SNS::TopicPolicy").values()
        if {"Ref": topic_id} in resource["Properties"]["Topics"]
    )
    return list(policy["Statement"])


@STAGES
def test_every_alarm_tells_the_alarm_topic_when_it_begins_and_when_it_is_over(stage: str, synthesis: Synthesis) -> None:
    topic_id = _alarm_topic(stage, synthesis)
    names = ENVIRONMENTS[stage].names
    told = set()
    for alarm in synthesis.resources(stage, "AWS::CloudWatch::Alarm").values():
        told.add(alarm["Properties"]["AlarmName"])
        for actions in ("AlarmActions", "OKActions"):
            (action,) = alarm["Properties"][actions]
            # A reference where the topic is in the same stack, else the other stack's output, which is named after it.
            assert f"Ref{topic_id}" in json.dumps(action) or action == {"Ref": topic_id}
    assert told == {*names.rollback_alarms, *names.investigate_alarms}


@STAGES
def test_cloudwatch_may_publish_every_alarm_to_its_topic_and_use_the_topics_key(
    stage: str, synthesis: Synthesis
) -> None:
    account = _account(stage)
    topic_id = _alarm_topic(stage, synthesis)
    topic = synthesis.resources(stage, "AWS::SNS::Topic")[topic_id]["Properties"]
    key = synthesis.resources(stage, "AWS::KMS::Key")[topic["KmsMasterKeyId"]["Fn::GetAtt"][0]]["Properties"]
    for alarm in synthesis.resources(stage, "AWS::CloudWatch::Alarm").values():
        alarm_arn = f"arn:aws:cloudwatch:us-east-1:{account}:alarm:{alarm['Properties']['AlarmName']}"
        statements = _topic_statements(stage, topic_id, synthesis)
        assert _admits_cloudwatch(statements, "sns:Publish", alarm_arn, account)
        for key_action in ("kms:Decrypt", "kms:GenerateDataKey"):
            assert _admits_cloudwatch(key["KeyPolicy"]["Statement"], key_action, alarm_arn, account)


@STAGES
def test_the_topic_takes_nothing_from_another_accounts_alarms(stage: str, synthesis: Synthesis) -> None:
    statements = _topic_statements(stage, _alarm_topic(stage, synthesis), synthesis)
    foreign = f"arn:aws:cloudwatch:us-east-1:999999999999:alarm:{ENVIRONMENTS[stage].names.error_rate_alarm}"

    assert not _admits_cloudwatch(statements, "sns:Publish", foreign, _account(stage))


@STAGES
def test_every_topic_is_encrypted_with_our_key_and_refuses_plain_text_transport(
    stage: str, synthesis: Synthesis
) -> None:
    topics = synthesis.resources(stage, "AWS::SNS::Topic")
    names = ENVIRONMENTS[stage].names

    assert {topic["Properties"]["TopicName"] for topic in topics.values()} == {names.alarm_topic, names.rollback_topic}
    (key_id,) = synthesis.resources(stage, "AWS::KMS::Key")
    for topic_id, topic in topics.items():
        assert topic["Properties"]["KmsMasterKeyId"] == {"Fn::GetAtt": [key_id, "Arn"]}
        assert {"Bool": {"aws:SecureTransport": "false"}} in [
            statement.get("Condition")
            for statement in _topic_statements(stage, topic_id, synthesis)
            if statement["Effect"] == "Deny"
        ]


@STAGES
def test_the_key_rotates(stage: str, synthesis: Synthesis) -> None:
    assert synthesis.only(stage, "AWS::KMS::Key")["EnableKeyRotation"]


@STAGES
def test_a_monitored_alarm_names_its_function_literally(stage: str, synthesis: Synthesis) -> None:
    """A reference would close the circle monitor → alarm → function → configuration → monitor."""
    for name in ENVIRONMENTS[stage].names.flag_rollback_alarms:
        metrics = json.dumps(synthesis.alarm(stage, name)["Metrics"])

        assert "Fn::" not in metrics
        assert "Ref" not in metrics


@STAGES
def test_every_alarm_says_its_arithmetic_what_follows_and_where_to_read_on(stage: str, synthesis: Synthesis) -> None:
    names = ENVIRONMENTS[stage].names
    for alarm in synthesis.resources(stage, "AWS::CloudWatch::Alarm").values():
        name, description = alarm["Properties"]["AlarmName"], alarm["Properties"]["AlarmDescription"]

        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
        assert len(description) <= 1024
        assert description.endswith(f"docs/PLAYBOOK.md#{name.removeprefix(names.prefix + '-')}")
        assert ("roll back" in description or "rolls back" in description) or name == names.guardian_failed_alarm
        assert ("nothing rolls back" in description) == (
            name in {names.canary_p95_alarm, names.shadow_diff_alarm, names.no_traffic_alarm}
        )
