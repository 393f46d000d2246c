"""What brings the guardian the news, what it may do, and who says so when it cannot."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from rollback_guardian.settings import Settings
from stacks.environments import ENVIRONMENTS
from tests.stacks.conftest import Synthesis

STAGES = pytest.mark.parametrize("stage", ENVIRONMENTS)


def _subscription(stage: str, protocol: str, synthesis: Synthesis) -> dict[str, Any]:
    (subscription,) = (
        dict(resource["Properties"])
        for resource in synthesis.resources(stage, "AWS::SNS::Subscription").values()
        if resource["Properties"]["Protocol"] == protocol
    )
    return subscription


def _queue_id(stage: str, name: str, synthesis: Synthesis) -> str:
    (queue_id,) = (
        logical_id
        for logical_id, queue in synthesis.resources(stage, "AWS::SQS::Queue").items()
        if queue["Properties"]["QueueName"] == name
    )
    return queue_id


def _statements(stage: str, synthesis: Synthesis) -> Iterator[dict[str, Any]]:
    _, guardian = synthesis.function(stage, ENVIRONMENTS[stage].names.rollback_guardian_function)
    (role_id,) = guardian["Role"]["Fn::GetAtt"][:1]
    role = synthesis.resources(stage, "AWS::IAM::Role")[role_id]["Properties"]
    for policy in role["ManagedPolicyArns"]:
        document = synthesis.resources(stage, "AWS::IAM::ManagedPolicy")[policy["Ref"]]["Properties"]["PolicyDocument"]
        yield from document["Statement"]


@STAGES
def test_only_the_flags_rollback_alarms_in_alarm_reach_it_straight_from_the_topic(
    stage: str, synthesis: Synthesis
) -> None:
    names = ENVIRONMENTS[stage].names
    guardian_id, _ = synthesis.function(stage, names.rollback_guardian_function)
    subscription = _subscription(stage, "lambda", synthesis)

    assert subscription["Endpoint"] == {"Fn::GetAtt": [guardian_id, "Arn"]}
    assert subscription["FilterPolicyScope"] == "MessageBody"
    assert subscription["FilterPolicy"] == {
        "AlarmName": list(names.flag_rollback_alarms),
        "NewStateValue": ["ALARM"],
    }


@STAGES
def test_that_the_same_alarms_are_ok_again_reaches_it_by_way_of_a_queue_that_does_not_forget(
    stage: str, synthesis: Synthesis
) -> None:
    names = ENVIRONMENTS[stage].names
    queue_id = _queue_id(stage, names.rollback_guardian_recoveries, synthesis)
    failures_id = _queue_id(stage, names.rollback_guardian_failures, synthesis)
    guardian_id, guardian = synthesis.function(stage, names.rollback_guardian_function)
    subscription = _subscription(stage, "sqs", synthesis)
    queue = synthesis.resources(stage, "AWS::SQS::Queue")[queue_id]["Properties"]
    mapping = synthesis.only(stage, "AWS::Lambda::EventSourceMapping")

    assert subscription["Endpoint"] == {"Fn::GetAtt": [queue_id, "Arn"]}
    assert subscription["RawMessageDelivery"]
    assert subscription["FilterPolicy"] == {"AlarmName": list(names.flag_rollback_alarms), "NewStateValue": ["OK"]}
    assert mapping["EventSourceArn"] == {"Fn::GetAtt": [queue_id, "Arn"]}
    assert mapping["FunctionName"] == {"Ref": guardian_id}
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"]["MaximumConcurrency"] == guardian["ReservedConcurrentExecutions"]
    assert queue["VisibilityTimeout"] >= 6 * guardian["Timeout"]
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": [failures_id, "Arn"]}
    assert queue["RedrivePolicy"]["maxReceiveCount"] * queue["VisibilityTimeout"] >= 3600


@STAGES
def test_what_it_could_not_do_is_kept_wherever_it_failed(stage: str, synthesis: Synthesis) -> None:
    names = ENVIRONMENTS[stage].names
    failures = {"Fn::GetAtt": [_queue_id(stage, names.rollback_guardian_failures, synthesis), "Arn"]}
    guardian_id, _ = synthesis.function(stage, names.rollback_guardian_function)
    (config,) = (
        resource["Properties"]
        for resource in synthesis.resources(stage, "AWS::Lambda::EventInvokeConfig").values()
        if resource["Properties"]["FunctionName"] == {"Ref": guardian_id}
    )

    for protocol in ("lambda", "sqs"):
        assert _subscription(stage, protocol, synthesis)["RedrivePolicy"] == {"deadLetterTargetArn": failures}
    assert config["MaximumRetryAttempts"] == 2
    assert config["DestinationConfig"]["OnFailure"]["Destination"] == failures
    queue = synthesis.resources(stage, "AWS::SQS::Queue")[failures["Fn::GetAtt"][0]]["Properties"]
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600


@STAGES
def test_it_may_turn_two_dials_and_tell_of_it_and_nothing_else(stage: str, synthesis: Synthesis) -> None:
    allowed: dict[str, str] = {}
    for statement in _statements(stage, synthesis):
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        allowed |= {action: json.dumps(statement["Resource"]) for action in actions}

    assert set(allowed) == {
        "appconfig:CreateHostedConfigurationVersion",
        "appconfig:GetDeployment",
        "appconfig:GetHostedConfigurationVersion",
        "appconfig:ListDeployments",
        "appconfig:StartDeployment",
        "appconfig:StopDeployment",
        "cloudwatch:DescribeAlarms",
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "sns:Publish",
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage",
        "sqs:SendMessage",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    }


@STAGES
def test_it_starts_deployments_of_the_immediate_strategy_only(stage: str, synthesis: Synthesis) -> None:
    (statement,) = (
        statement for statement in _statements(stage, synthesis) if "appconfig:StartDeployment" in statement["Action"]
    )
    strategies = [json.dumps(resource) for resource in statement["Resource"] if "deploymentstrategy" in str(resource)]
    (immediate_id,) = (
        logical_id
        for logical_id, strategy in synthesis.resources(stage, "AWS::AppConfig::DeploymentStrategy").items()
        if strategy["Properties"]["Name"] == ENVIRONMENTS[stage].names.immediate_strategy
    )

    assert len(strategies) == 1
    assert immediate_id in strategies[0]


@STAGES
def test_it_publishes_to_the_rollbacks_topic_and_never_to_the_one_that_triggers_it(
    stage: str, synthesis: Synthesis
) -> None:
    topics = {
        topic["Properties"]["TopicName"]: logical_id
        for logical_id, topic in synthesis.resources(stage, "AWS::SNS::Topic").items()
    }
    (publish,) = (statement for statement in _statements(stage, synthesis) if statement["Action"] == "sns:Publish")
    names = ENVIRONMENTS[stage].names

    assert topics[names.rollback_topic] in json.dumps(publish["Resource"])
    assert topics[names.alarm_topic] not in json.dumps(publish["Resource"])


@STAGES
def test_its_own_alarm_goes_to_the_topic_and_turns_nothing(stage: str, synthesis: Synthesis) -> None:
    name = ENVIRONMENTS[stage].names.guardian_failed_alarm
    (alarm_id,) = (
        logical_id
        for logical_id, alarm in synthesis.resources(stage, "AWS::CloudWatch::Alarm").items()
        if alarm["Properties"]["AlarmName"] == name
    )

    assert name not in ENVIRONMENTS[stage].names.rollback_alarms
    for resource_type in ("AWS::AppConfig::Environment", "AWS::CodeDeploy::DeploymentGroup"):
        assert alarm_id not in json.dumps(synthesis.resources(stage, resource_type))
    assert name not in json.dumps(_subscription(stage, "lambda", synthesis)["FilterPolicy"])


@STAGES
def test_it_is_told_everything_that_it_needs_to_know(stage: str, synthesis: Synthesis) -> None:
    _, guardian = synthesis.function(stage, ENVIRONMENTS[stage].names.rollback_guardian_function)
    variables = guardian["Environment"]["Variables"]

    told = Settings.from_environ({**dict.fromkeys(variables, "x"), "AWS_LAMBDA_FUNCTION_VERSION": "1"})
    assert told.switch.environment_id == "x"
    assert variables["HUNTAZE_KILL_SWITCH_ENVIRONMENT_ID"] != variables["HUNTAZE_FLAG_ENVIRONMENT_ID"]
    assert variables["HUNTAZE_KILL_SWITCH_PROFILE_ID"] != variables["HUNTAZE_FLAG_PROFILE_ID"]
