"""With enforced IAM, calls that read are authorized on the resources on which AWS authorizes them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox_process import RunningSandbox, running_sandbox

HERE = "us-east-1:000000000000"
GROUP, OTHER = "/aws/lambda/read", "/aws/lambda/read-too"


@pytest.fixture(scope="module")
def enforcing() -> Iterator[RunningSandbox]:
    with running_sandbox("--enforce-iam") as sandbox:
        for group in (GROUP, OTHER):
            sandbox.client("logs").create_log_group(logGroupName=group)
        for dashboard in ("ours", "theirs"):
            sandbox.client("cloudwatch").put_dashboard(DashboardName=dashboard, DashboardBody='{"widgets": []}')
        yield sandbox


def client_of(sandbox: RunningSandbox, user: str, service: str, action: str, resource: str) -> Any:
    """A client that may do one thing."""
    iam = sandbox.client("iam")
    iam.create_user(UserName=user)
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_user_policy(UserName=user, PolicyName="only", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=user)["AccessKey"]
    return sandbox.client_as((key["AccessKeyId"], key["SecretAccessKey"], None), service)


def test_events_are_read_by_whoever_may_read_the_groups_streams(enforcing: RunningSandbox) -> None:
    arn = f"arn:aws:logs:{HERE}:log-group:{GROUP}:*"
    logs = client_of(enforcing, "reader", "logs", "logs:FilterLogEvents", arn)

    assert logs.filter_log_events(logGroupName=GROUP)["events"] == []
    with pytest.raises(ClientError, match="AccessDenied"):
        logs.filter_log_events(logGroupName=OTHER)


def test_a_policy_that_ends_with_the_groups_name_allows_nothing(enforcing: RunningSandbox) -> None:
    arn = f"arn:aws:logs:{HERE}:log-group:{GROUP}"
    logs = client_of(enforcing, "bare", "logs", "logs:FilterLogEvents", arn)

    with pytest.raises(ClientError, match="AccessDenied"):
        logs.filter_log_events(logGroupName=GROUP)


def test_events_are_written_by_whoever_may_write_the_stream(enforcing: RunningSandbox) -> None:
    arn = f"arn:aws:logs:{HERE}:log-group:{GROUP}:log-stream:mine"
    logs = client_of(enforcing, "writer", "logs", "logs:CreateLogStream", arn)

    logs.create_log_stream(logGroupName=GROUP, logStreamName="mine")
    with pytest.raises(ClientError, match="AccessDenied"):
        logs.create_log_stream(logGroupName=GROUP, logStreamName="yours")


def test_a_query_is_started_by_whoever_may_query_the_group(enforcing: RunningSandbox) -> None:
    logs = client_of(enforcing, "asker", "logs", "logs:StartQuery", f"arn:aws:logs:{HERE}:log-group:{GROUP}:*")
    asked = {"startTime": 1, "endTime": 2, "queryString": "fields @message"}

    assert logs.start_query(logGroupNames=[GROUP], **asked)["queryId"]
    with pytest.raises(ClientError, match="AccessDenied"):
        logs.start_query(logGroupNames=[OTHER], **asked)


def test_a_dashboard_is_read_by_whoever_may_read_that_one(enforcing: RunningSandbox) -> None:
    arn = "arn:aws:cloudwatch::000000000000:dashboard/ours"
    cloudwatch = client_of(enforcing, "viewer", "cloudwatch", "cloudwatch:GetDashboard", arn)

    assert cloudwatch.get_dashboard(DashboardName="ours")["DashboardBody"]
    with pytest.raises(ClientError, match="AccessDenied"):
        cloudwatch.get_dashboard(DashboardName="theirs")


def test_a_subscription_is_looked_at_by_whoever_may_look_at_its_topic(enforcing: RunningSandbox) -> None:
    topics = [enforcing.client("sns").create_topic(Name=name)["TopicArn"] for name in ("ours", "theirs")]
    ours, theirs = (
        enforcing.client("sns").subscribe(
            TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{HERE}:inbox", ReturnSubscriptionArn=True
        )["SubscriptionArn"]
        for topic in topics
    )
    sns = client_of(enforcing, "subscriber", "sns", "sns:GetSubscriptionAttributes", topics[0])

    assert sns.get_subscription_attributes(SubscriptionArn=ours)["Attributes"]["TopicArn"] == topics[0]
    with pytest.raises(ClientError, match="AuthorizationError"):
        sns.get_subscription_attributes(SubscriptionArn=theirs)


def test_a_reservation_is_read_by_whoever_may_read_and_not_write_it(enforcing: RunningSandbox) -> None:
    arn = f"arn:aws:lambda:{HERE}:function:read"
    functions = client_of(enforcing, "capacity", "lambda", "lambda:GetFunctionConcurrency", arn)

    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_function_concurrency(FunctionName="read")
    with pytest.raises(ClientError, match="AccessDenied"):
        functions.put_function_concurrency(FunctionName="read", ReservedConcurrentExecutions=1)
