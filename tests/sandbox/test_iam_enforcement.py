"""`--enforce-iam`: a role may do what its policies allow, the root user everything.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.lambda_functions import create_function, create_role, publish_versions
from tests.sandbox_process import RunningSandbox, running_sandbox

CALL = """
import boto3, json
from botocore.exceptions import ClientError

def handler(event, context):
    print("read")
    client = boto3.client(event["service"])
    try:
        getattr(client, event["operation"])(**event["arguments"])
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "allowed"
"""


@pytest.fixture(scope="module")
def enforcing() -> Iterator[RunningSandbox]:
    with running_sandbox("--enforce-iam") as running:
        yield running


def called(sandbox: RunningSandbox, function: str, service: str, operation: str, **arguments: Any) -> str:
    event = {"service": service, "operation": operation, "arguments": arguments}
    answer = sandbox.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
    outcome: str = json.loads(answer["Payload"].read())
    return outcome


def allow(sandbox: RunningSandbox, role: str, action: str, resource: str) -> None:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sandbox.client("iam").put_role_policy(RoleName=role, PolicyName="allowed", PolicyDocument=document)


def test_a_role_is_held_to_its_policies(enforcing: RunningSandbox) -> None:
    create_role(enforcing, "caller")
    create_function(enforcing, "caller", CALL, Role="arn:aws:iam::000000000000:role/caller", Timeout=10)
    assert called(enforcing, "caller", "lambda", "list_functions").startswith("AccessDenied")
    allow(enforcing, "caller", "lambda:ListFunctions", "*")
    assert called(enforcing, "caller", "lambda", "list_functions") == "allowed"


def test_a_service_that_the_sandbox_adds_is_enforced_too(enforcing: RunningSandbox) -> None:
    create_role(enforcing, "deployer")
    create_function(enforcing, "deployer", CALL, Role="arn:aws:iam::000000000000:role/deployer", Timeout=10)
    assert called(enforcing, "deployer", "codedeploy", "list_applications").startswith("AccessDenied")
    allow(enforcing, "deployer", "codedeploy:ListApplications", "*")
    assert called(enforcing, "deployer", "codedeploy", "list_applications") == "allowed"


def test_alarms_may_be_read_by_whoever_may_read_all_of_this_account(enforcing: RunningSandbox) -> None:
    create_role(enforcing, "watcher")
    create_function(enforcing, "watcher", CALL, Role="arn:aws:iam::000000000000:role/watcher", Timeout=10)
    for resource, outcome in (
        ("arn:aws:cloudwatch:us-east-1:000000000000:alarm:mine", "AccessDenied"),
        ("arn:aws:cloudwatch:us-east-1:000000000000:alarm:*", "allowed"),
    ):
        allow(enforcing, "watcher", "cloudwatch:DescribeAlarms", resource)
        assert called(enforcing, "watcher", "cloudwatch", "describe_alarms", AlarmNames=["mine"]).startswith(outcome)
    assert called(enforcing, "watcher", "cloudwatch", "list_metrics").startswith("AccessDenied")


def test_permission_on_an_alias_covers_both_of_its_versions_and_none_of_them_by_number(
    enforcing: RunningSandbox,
) -> None:
    # https://docs.aws.amazon.com/lambda/latest/dg/versioning-aliases.html: a policy names the ARN that is invoked.
    arn = create_function(enforcing, "reads")
    old, new = publish_versions(enforcing, "reads", 2)
    enforcing.client("lambda").create_alias(
        FunctionName="reads", Name="live", FunctionVersion=old,
        RoutingConfig={"AdditionalVersionWeights": {new: 1.0}},
    )  # fmt: skip
    create_role(enforcing, "reader")
    create_function(enforcing, "reader", CALL, Role="arn:aws:iam::000000000000:role/reader", Timeout=10)
    allow(enforcing, "reader", "lambda:InvokeFunction", f"{arn}:live")
    for qualifier, outcome in (("live", "allowed"), (new, "AccessDeniedException")):
        for arguments in (
            {"FunctionName": "reads", "Qualifier": qualifier},
            {"FunctionName": f"reads:{qualifier}"},
            {"FunctionName": f"{arn}:{qualifier}"},
            {"FunctionName": arn, "Qualifier": qualifier},
        ):
            assert outcome == called(enforcing, "reader", "lambda", "invoke", **arguments), arguments
    unqualified = called(enforcing, "reader", "lambda", "invoke", FunctionName="reads")
    assert unqualified == "AccessDeniedException"


def test_reading_and_moving_an_alias_are_permissions_of_their_own(enforcing: RunningSandbox) -> None:
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
    arn = create_function(enforcing, "moved")
    publish_versions(enforcing, "moved", 1)
    enforcing.client("lambda").create_alias(FunctionName="moved", Name="live", FunctionVersion="1")
    create_role(enforcing, "mover")
    create_function(enforcing, "mover", CALL, Role="arn:aws:iam::000000000000:role/mover", Timeout=10)
    one = {"FunctionName": "moved", "Name": "live"}
    for permitted, operation in (("GetAlias", "get_alias"), ("UpdateAlias", "update_alias")):
        allow(enforcing, "mover", f"lambda:{permitted}", arn)
        outcomes = {each: called(enforcing, "mover", "lambda", each, **one) for each in ("get_alias", "update_alias")}
        outcomes["list_aliases"] = called(enforcing, "mover", "lambda", "list_aliases", FunctionName="moved")
        assert [each for each, outcome in outcomes.items() if outcome == "allowed"] == [operation]


def test_the_root_user_may_do_everything(enforcing: RunningSandbox) -> None:
    assert enforcing.client("sts").get_caller_identity()["Arn"] == "arn:aws:iam::000000000000:root"
    enforcing.client("s3").create_bucket(Bucket="roots")
    enforcing.client("codedeploy").list_applications()
