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


@STAGES
def test_cloudwatch_may_publish_every_alarm_to_its_topic_and_use_the_topics_key(
    stage: str, synthesis: Synthesis
) -> None:
    resources = synthesis.templates[stage, "GuardRails"]["Resources"]
    account = _account(stage)
    alarms = [resource["Properties"] for resource in resources.values() if resource["Type"] == "AWS::CloudWatch::Alarm"]
    assert alarms
    for alarm in alarms:
        alarm_arn = f"arn:aws:cloudwatch:us-east-1:{account}:alarm:{alarm['AlarmName']}"
        for action in [*alarm["AlarmActions"], *alarm["OKActions"]]:
            topic_id = action["Ref"]
            (policy,) = [
                resource["Properties"]
                for resource in resources.values()
                if resource["Type"] == "AWS::SNS::TopicPolicy" and {"Ref": topic_id} in resource["Properties"]["Topics"]
            ]
            key_id = resources[topic_id]["Properties"]["KmsMasterKeyId"]["Fn::GetAtt"][0]
            key_policy = resources[key_id]["Properties"]["KeyPolicy"]

            assert _admits_cloudwatch(policy["PolicyDocument"]["Statement"], "sns:Publish", alarm_arn, account)
            for key_action in ("kms:Decrypt", "kms:GenerateDataKey"):
                assert _admits_cloudwatch(key_policy["Statement"], key_action, alarm_arn, account)


@STAGES
def test_the_topic_takes_nothing_from_another_accounts_alarms(stage: str, synthesis: Synthesis) -> None:
    policy = synthesis.only(stage, "AWS::SNS::TopicPolicy")["PolicyDocument"]
    foreign = f"arn:aws:cloudwatch:us-east-1:999999999999:alarm:{ENVIRONMENTS[stage].names.error_rate_alarm}"

    assert not _admits_cloudwatch(policy["Statement"], "sns:Publish", foreign, _account(stage))


@STAGES
def test_the_topic_refuses_plain_text_transport(stage: str, synthesis: Synthesis) -> None:
    policy = synthesis.only(stage, "AWS::SNS::TopicPolicy")["PolicyDocument"]

    assert {"Bool": {"aws:SecureTransport": "false"}} in [
        statement.get("Condition") for statement in policy["Statement"] if statement["Effect"] == "Deny"
    ]


@STAGES
def test_the_key_rotates(stage: str, synthesis: Synthesis) -> None:
    assert synthesis.only(stage, "AWS::KMS::Key")["EnableKeyRotation"]


@STAGES
def test_a_monitored_alarm_names_its_function_literally(stage: str, synthesis: Synthesis) -> None:
    """A reference would close the circle monitor → alarm → function → configuration → monitor."""
    alarm = synthesis.only(stage, "AWS::CloudWatch::Alarm")

    assert "Fn::" not in json.dumps(alarm["Metrics"])
    assert "Ref" not in json.dumps(alarm["Metrics"])
