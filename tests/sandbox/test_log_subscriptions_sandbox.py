"""Log subscriptions as a client of AWS sees them: through boto3, with real functions.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

import json
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox import templates
from tests.sandbox.lambda_functions import create_function, create_role
from tests.sandbox.log_subscribers import Subscriber, create_group, decoded, messages, write
from tests.sandbox_process import RunningSandbox, running_sandbox

pytestmark = pytest.mark.slow


NO_PERMISSION = (
    "Could not execute the lambda function. "
    "Make sure you have given CloudWatch Logs permission to execute your function."
)
SPEAK = """
def handler(event, context):
    for line in event["lines"]:
        print(line)
"""


@pytest.fixture(scope="module")
def bus() -> Iterator[RunningSandbox]:
    """A sandbox whose bus is these tests' alone: they wait for it, and change what it does."""
    with running_sandbox() as running:
        yield running


@pytest.fixture(autouse=True)
def prompt(bus: RunningSandbox) -> None:
    """Each event once and without much delay, unless a test says otherwise."""
    bus.control.set_log_subscriptions(
        batch_ms=50, batch_events=100, delay_min_ms=0, delay_max_ms=0, duplicate_share=0, drop_share=0,
        retry_minute_ms=50, concurrency=4,
    )  # fmt: skip


def refused(subscriber: Subscriber, log_group: str, **arguments: str) -> tuple[str, str]:
    with pytest.raises(ClientError) as refusal:
        subscriber.subscribe(log_group, **arguments)
    error = refusal.value.response["Error"]
    return error["Code"], error["Message"]


def invoke(sandbox: RunningSandbox, name: str, *lines: str) -> None:

    sandbox.client("lambda", max_connections=20).invoke(FunctionName=name, Payload=json.dumps({"lines": lines}))


def test_a_function_gets_the_matching_lines_of_another_functions_log(bus: RunningSandbox) -> None:
    speaker, subscriber = f"speaker-{uuid.uuid4().hex[:8]}", Subscriber.create(bus)
    create_function(bus, speaker, SPEAK)
    group = f"/aws/lambda/{speaker}"
    bus.client("logs").create_log_group(logGroupName=group)
    subscriber.permit(group)
    subscriber.subscribe(group)

    lines = [f"[SHADOW-REQUEST] {number}" for number in range(100)]
    with ThreadPoolExecutor(8) as callers:
        list(callers.map(lambda line: invoke(bus, speaker, "[MOCK-SUCCESS]", line), lines))

    documents = subscriber.documents()
    received = [event["message"] for document in documents for event in document["logEvents"]]
    assert sorted(received) == sorted(lines)
    # An execution environment writes to one stream, so that lines of several invocations come together.
    assert 1 <= len({document["logStream"] for document in documents}) <= 8
    assert len(documents) < len(lines)
    assert {(d["messageType"], d["owner"], d["logGroup"], *d["subscriptionFilters"]) for d in documents} == {
        ("DATA_MESSAGE", "000000000000", group, "shadow")
    }


def test_lines_that_are_put_by_the_api_are_delivered_by_stream_with_their_timestamps(bus: RunningSandbox) -> None:
    group, subscriber = create_group(bus, "one", "two"), Subscriber.create(bus)
    subscriber.permit(group)
    subscriber.subscribe(group, pattern="")
    write(bus, group, "one", "a", "b")
    write(bus, group, "two", "c")
    by_stream = {document["logStream"]: document["logEvents"] for document in subscriber.documents()}
    assert [event["message"] for event in by_stream["one"]] == ["a", "b"]
    assert [event["message"] for event in by_stream["two"]] == ["c"]
    assert {event["timestamp"] for events in by_stream.values() for event in events} == {1_700_000_000_000}


def test_with_the_defaults_every_line_arrives_at_least_once(bus: RunningSandbox) -> None:
    bus.control.set_log_subscriptions(batch_ms=200, delay_max_ms=100, duplicate_share=0.01)
    group, subscriber = create_group(bus, "stream"), Subscriber.create(bus)
    subscriber.permit(group)
    subscriber.subscribe(group, pattern="")
    lines = {f"line {number}" for number in range(300)}
    for line in lines:
        write(bus, group, "stream", line)
    assert set(subscriber.received()) == lines


def test_duplicates_are_as_many_as_counted(bus: RunningSandbox) -> None:
    before = bus.control.set_log_subscriptions(duplicate_share=0.5, batch_events=1)["counters"]
    group, subscriber = create_group(bus, "stream"), Subscriber.create(bus)
    subscriber.permit(group)
    subscriber.subscribe(group, pattern="")
    write(bus, group, "stream", *(f"line {number}" for number in range(60)))
    copies = Counter(subscriber.received())
    duplicated = bus.control.log_subscriptions()["counters"]["duplicated"] - before["duplicated"]
    assert len(copies) == 60
    assert set(copies.values()) == {1, 2}
    assert sum(copies.values()) == 60 + duplicated


def test_lines_are_dropped_on_request_and_counted(bus: RunningSandbox) -> None:
    before = bus.control.set_log_subscriptions(drop_share=1)["counters"]
    group, subscriber = create_group(bus, "stream"), Subscriber.create(bus)
    subscriber.permit(group)
    subscriber.subscribe(group, pattern="")
    write(bus, group, "stream", "lost", "lost too")
    assert subscriber.received() == []
    assert bus.control.log_subscriptions()["counters"]["dropped"] == before["dropped"] + 2
    bus.control.set_log_subscriptions(drop_share=0)
    write(bus, group, "stream", "kept")
    assert subscriber.received() == ["kept"]


def failure_queue(sandbox: RunningSandbox) -> tuple[str, str]:
    queue = sandbox.client("sqs")
    url = queue.create_queue(QueueName=f"failures-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    arn = queue.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return url, arn


def test_a_batch_that_fails_is_tried_again_as_often_as_configured_and_then_recorded(bus: RunningSandbox) -> None:
    group, subscriber = create_group(bus, "stream"), Subscriber.create(bus)
    subscriber.permit(group)
    subscriber.subscribe(group, pattern="")
    url, arn = failure_queue(bus)
    bus.client("lambda").put_function_event_invoke_config(
        FunctionName=subscriber.function_name, MaximumRetryAttempts=1, MaximumEventAgeInSeconds=300,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )  # fmt: skip
    write(bus, group, "stream", "fail")
    assert subscriber.received() == ["fail", "fail"]
    (record,) = messages(bus, url)
    assert record["version"] == "1.0"
    assert record["requestContext"]["functionArn"] == f"{subscriber.arn}:$LATEST"
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 2
    assert record["responseContext"] == {
        "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled",
    }  # fmt: skip
    assert record["responsePayload"]["errorMessage"] == "as asked"
    assert [event["message"] for event in decoded(record)["logEvents"]] == ["fail"]


def test_the_settings_of_the_alias_that_is_subscribed_hold(bus: RunningSandbox) -> None:
    group, subscriber = create_group(bus, "stream"), Subscriber.create(bus)
    url, arn = failure_queue(bus)
    client = bus.client("lambda")
    version = client.publish_version(FunctionName=subscriber.function_name)["Version"]
    client.create_alias(FunctionName=subscriber.function_name, Name="live", FunctionVersion=version)
    client.put_function_event_invoke_config(FunctionName=subscriber.function_name, MaximumRetryAttempts=2)
    client.put_function_event_invoke_config(
        FunctionName=subscriber.function_name, Qualifier="live", MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )  # fmt: skip
    subscriber.permit(group, Qualifier="live")
    live = Subscriber(bus, subscriber.function_name, f"{subscriber.arn}:live", subscriber.queue_url)
    live.subscribe(group, pattern="")
    write(bus, group, "stream", "fail")
    assert live.received() == ["fail"]
    (record,) = messages(bus, url)
    assert record["requestContext"]["functionArn"] == f"{subscriber.arn}:live"
    assert record["responseContext"]["executedVersion"] == version


def test_a_dead_letter_queue_gets_the_event_itself(bus: RunningSandbox) -> None:
    url, arn = failure_queue(bus)
    group, subscriber = create_group(bus, "stream"), Subscriber.create(bus, DeadLetterConfig={"TargetArn": arn})
    subscriber.permit(group)
    subscriber.subscribe(group, pattern="")
    write(bus, group, "stream", "fail")
    assert subscriber.received() == ["fail"] * 3
    (letter,) = bus.client("sqs").receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert letter["Body"].startswith('{"awslogs"')
    attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert attributes.pop("RequestID")
    assert attributes == {"ErrorCode": "200", "ErrorMessage": "as asked"}


def test_a_throttled_function_gets_its_lines_when_it_is_throttled_no_more(bus: RunningSandbox) -> None:
    group, subscriber = create_group(bus, "stream"), Subscriber.create(bus)
    client = bus.client("lambda")
    client.put_function_concurrency(FunctionName=subscriber.function_name, ReservedConcurrentExecutions=1)
    subscriber.permit(group)
    subscriber.subscribe(group, pattern="")
    before = bus.control.set_log_subscriptions(batch_events=1, concurrency=8)["counters"]
    lines = [f"line {number}" for number in range(40)]
    write(bus, group, "stream", *lines)
    assert sorted(subscriber.received()) == sorted(lines)
    after = bus.control.log_subscriptions()["counters"]
    assert after["retried"] > before["retried"]
    assert after["failed"] == before["failed"]


def test_a_function_without_concurrency_has_its_lines_recorded_at_once(bus: RunningSandbox) -> None:
    group, subscriber = create_group(bus, "stream"), Subscriber.create(bus)
    url, arn = failure_queue(bus)
    client = bus.client("lambda")
    client.put_function_concurrency(FunctionName=subscriber.function_name, ReservedConcurrentExecutions=0)
    client.put_function_event_invoke_config(
        FunctionName=subscriber.function_name, DestinationConfig={"OnFailure": {"Destination": arn}}
    )
    subscriber.permit(group)
    subscriber.subscribe(group, pattern="")
    write(bus, group, "stream", "never seen")
    assert subscriber.received() == []
    (record,) = messages(bus, url)
    assert record["requestContext"]["condition"] == "ZeroReservedConcurrency"
    assert "responseContext" not in record


def test_without_permission_a_filter_is_refused(bus: RunningSandbox) -> None:
    group, subscriber = create_group(bus), Subscriber.create(bus)
    assert refused(subscriber, group) == ("InvalidParameterException", NO_PERMISSION)
    subscriber.permit("/another/group")
    assert refused(subscriber, group) == ("InvalidParameterException", NO_PERMISSION)
    subscriber.permit(group, principal="events.amazonaws.com")
    assert refused(subscriber, group) == ("InvalidParameterException", NO_PERMISSION)
    assert bus.client("logs").describe_subscription_filters(logGroupName=group)["subscriptionFilters"] == []
    subscriber.permit(group)
    subscriber.subscribe(group)


def test_permission_on_an_alias_is_none_on_the_function(bus: RunningSandbox) -> None:
    group, subscriber = create_group(bus), Subscriber.create(bus)
    client = bus.client("lambda")
    version = client.publish_version(FunctionName=subscriber.function_name)["Version"]
    client.create_alias(FunctionName=subscriber.function_name, Name="live", FunctionVersion=version)
    subscriber.permit(group, Qualifier="live")
    assert refused(subscriber, group) == ("InvalidParameterException", NO_PERMISSION)


@pytest.mark.parametrize("principal", ["logs.amazonaws.com", "logs.us-east-1.amazonaws.com"])
def test_either_name_of_the_service_may_be_permitted(bus: RunningSandbox, principal: str) -> None:
    group, subscriber = create_group(bus), Subscriber.create(bus)
    subscriber.permit(group, principal=principal)
    subscriber.subscribe(group)


def test_permission_that_is_taken_away_ends_the_delivery(bus: RunningSandbox) -> None:
    group, subscriber = create_group(bus, "stream"), Subscriber.create(bus)
    subscriber.permit(group)
    subscriber.subscribe(group, pattern="")

    client = bus.client("lambda")
    (statement,) = json.loads(client.get_policy(FunctionName=subscriber.function_name)["Policy"])["Statement"]
    client.remove_permission(FunctionName=subscriber.function_name, StatementId=statement["Sid"])
    write(bus, group, "stream", "too late")
    assert subscriber.received() == []


def test_a_function_that_does_not_exist_is_refused_likewise(bus: RunningSandbox) -> None:
    absent = Subscriber(bus, "absent", "arn:aws:lambda:us-east-1:000000000000:function:absent", "")
    assert refused(absent, create_group(bus)) == ("InvalidParameterException", NO_PERMISSION)


def test_a_group_has_two_filters_at_most(bus: RunningSandbox) -> None:
    # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html
    group, subscriber = create_group(bus), Subscriber.create(bus)
    subscriber.permit(group)
    subscriber.subscribe(group, name="one")
    subscriber.subscribe(group, name="two")
    assert refused(subscriber, group, name="three") == ("LimitExceededException", "Resource limit exceeded.")
    subscriber.subscribe(group, name="two", pattern="changed")
    filters = bus.client("logs").describe_subscription_filters(logGroupName=group)["subscriptionFilters"]
    assert {each["filterName"]: each["filterPattern"] for each in filters} == {
        "one": '"SHADOW-REQUEST"', "two": "changed",
    }  # fmt: skip


def test_a_function_cannot_subscribe_to_its_own_log(bus: RunningSandbox) -> None:
    subscriber = Subscriber.create(bus)
    group = f"/aws/lambda/{subscriber.function_name}"
    bus.client("logs").create_log_group(logGroupName=group)
    subscriber.permit(group)
    code, message = refused(subscriber, group)
    assert (code, message) == (
        "InvalidParameterException",
        "The log group provided is reserved for the function logs of the destination function.",
    )


def test_a_pattern_or_destination_that_is_not_done_is_refused(bus: RunningSandbox) -> None:
    group, subscriber = create_group(bus), Subscriber.create(bus)
    subscriber.permit(group)
    assert "JSON filter patterns" in refused(subscriber, group, pattern="{ $.match IS FALSE }")[1]
    stream = Subscriber(bus, "", "arn:aws:kinesis:us-east-1:000000000000:stream/logs", "")
    assert "no other destinations" in refused(stream, group)[1]


def resources(group: str, subscriber: Subscriber, *, permitted: bool) -> dict[str, Any]:
    """As the CDK's LambdaDestination makes them."""
    permission = {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "Action": "lambda:InvokeFunction", "FunctionName": subscriber.arn, "Principal": "logs.amazonaws.com",
            "SourceArn": {"Fn::GetAtt": ["Group", "Arn"]},
        },
    }  # fmt: skip
    return {
        "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": group}},
        **({"Permission": permission} if permitted else {}),
        "Filter": {
            "Type": "AWS::Logs::SubscriptionFilter",
            "Properties": {
                "LogGroupName": {"Ref": "Group"}, "DestinationArn": subscriber.arn, "FilterPattern": '"SHADOW-REQUEST"',
            },
            **({"DependsOn": ["Permission"]} if permitted else {}),
        },
    }  # fmt: skip


def test_a_filter_deploys_from_a_template_and_delivers(bus: RunningSandbox) -> None:
    group, subscriber = f"/templated/{uuid.uuid4().hex[:8]}", Subscriber.create(bus)
    with templates.stack(bus, f"subscription-{uuid.uuid4().hex[:8]}", resources(group, subscriber, permitted=True)):
        bus.client("logs").create_log_stream(logGroupName=group, logStreamName="stream")
        write(bus, group, "stream", "[SHADOW-REQUEST]", "[MOCK-SUCCESS]")
        assert subscriber.received() == ["[SHADOW-REQUEST]"]


def test_a_template_without_the_permission_does_not_deploy(bus: RunningSandbox) -> None:
    group, subscriber = f"/templated/{uuid.uuid4().hex[:8]}", Subscriber.create(bus)
    reason = templates.refusal(bus, f"refused-{uuid.uuid4().hex[:8]}", resources(group, subscriber, permitted=False))
    assert NO_PERMISSION in reason


def test_a_stop_does_not_wait_for_deliveries() -> None:
    with running_sandbox() as sandbox:
        group, subscriber = create_group(sandbox, "stream"), Subscriber.create(sandbox)
        subscriber.permit(group)
        subscriber.subscribe(group, pattern="")
        sandbox.control.set_log_subscriptions(delay_min_ms=600_000, delay_max_ms=600_000, duplicate_share=0)
        write(sandbox, group, "stream", *(f"line {number}" for number in range(50)))
        assert sandbox.control.log_subscriptions()["counters"]["pending"] == 50
        # `running_sandbox` requires that the stop is clean and takes less than its limit.


def test_the_failure_record_is_sent_as_the_functions_role() -> None:
    with running_sandbox("--enforce-iam") as sandbox:
        url, arn = failure_queue(sandbox)
        sandbox.control.set_log_subscriptions(retry_minute_ms=10, duplicate_share=0)
        group, role = create_group(sandbox, "stream"), create_role(sandbox, "role")
        subscriber = Subscriber.create(sandbox, Role=role)
        sandbox.client("lambda").put_function_event_invoke_config(
            FunctionName=subscriber.function_name, MaximumRetryAttempts=0,
            DestinationConfig={"OnFailure": {"Destination": arn}},
        )  # fmt: skip
        subscriber.permit(group)
        subscriber.subscribe(group, pattern="")
        # Its role may not write to its queue of notes either, so it fails.
        write(sandbox, group, "stream", "first")
        sandbox.control.drain_log_subscriptions(within_s=30)
        assert messages(sandbox, url) == []

        statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn}

        sandbox.client("iam").put_role_policy(
            RoleName="role", PolicyName="failures",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )  # fmt: skip
        write(sandbox, group, "stream", "second")
        sandbox.control.drain_log_subscriptions(within_s=30)
        (record,) = messages(sandbox, url)
        assert [event["message"] for event in decoded(record)["logEvents"]] == ["second"]
