"""What AWS is asked, and what its answers are taken for. botocore's stubs check both against its own models."""

import io
import json
from typing import Any

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from pre_traffic_hook.answers import MalformedAnswerError
from pre_traffic_hook.aws import CodeDeployDeployments, LambdaVersions
from pre_traffic_hook.hook import InvocationError
from pre_traffic_hook.targets import Target, UnknownTargetError

CREDENTIALS: Any = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}
INFO = {
    "functionName": "huntaze-mock-read",
    "functionAlias": "live",
    "currentVersion": "7",
    "targetVersion": "8",
    "targetVersionWeight": 0.0,
}


def deployments(target_ids: list[str], target: dict[str, Any] | None = None) -> CodeDeployDeployments:
    client = boto3.client("codedeploy", **CREDENTIALS)
    stubber = Stubber(client)
    stubber.add_response("list_deployment_targets", {"targetIds": target_ids}, {"deploymentId": "d-1"})
    if target is not None:
        asked = {"deploymentId": "d-1", "targetId": target_ids[0]}
        stubber.add_response("get_deployment_target", {"deploymentTarget": target}, asked)
    stubber.activate()
    return CodeDeployDeployments(client)


def test_the_versions_are_those_of_the_deployments_one_target() -> None:
    target = {"deploymentTargetType": "LambdaTarget", "lambdaTarget": {"lambdaFunctionInfo": INFO}}
    assert deployments(["huntaze-mock-read:live"], target).target("d-1") == Target(
        function_name="huntaze-mock-read", current_version="7", target_version="8"
    )


@pytest.mark.parametrize(
    ("target_ids", "target", "message"),
    [
        ([], None, "0 targets, not one"),
        (["a", "b"], None, "2 targets, not one"),
        (["a"], {"deploymentTargetType": "ECSTarget"}, "no functionName"),
        (["a"], {"lambdaTarget": {"lambdaFunctionInfo": {**INFO, "targetVersion": ""}}}, "no targetVersion"),
    ],
)
def test_anything_else_is_no_target_of_ours(target_ids: list[str], target: dict[str, Any] | None, message: str) -> None:
    looked_at = deployments(target_ids, target)
    with pytest.raises(UnknownTargetError, match=message):
        looked_at.target("d-1")


def test_a_refusal_of_codedeploys_is_named() -> None:
    client = boto3.client("codedeploy", **CREDENTIALS)
    stubber = Stubber(client)
    stubber.add_client_error("list_deployment_targets", "DeploymentDoesNotExistException")
    stubber.activate()
    with pytest.raises(UnknownTargetError, match="DeploymentDoesNotExistException"):
        CodeDeployDeployments(client).target("d-1")


@pytest.mark.parametrize(("succeeded", "status"), [(True, "Succeeded"), (False, "Failed")])
def test_codedeploy_is_told_in_its_own_words(*, succeeded: bool, status: str) -> None:
    client = boto3.client("codedeploy", **CREDENTIALS)
    stubber = Stubber(client)
    told = {"deploymentId": "d-1", "lifecycleEventHookExecutionId": "e-1", "status": status}
    stubber.add_response("put_lifecycle_event_hook_execution_status", {}, told)
    stubber.activate()
    CodeDeployDeployments(client).report("d-1", "e-1", succeeded=succeeded)
    stubber.assert_no_pending_responses()


def versions(response: dict[str, Any]) -> LambdaVersions:
    client = boto3.client("lambda", **CREDENTIALS)
    stubber = Stubber(client)
    asked = {
        "FunctionName": "huntaze-mock-read",
        "Qualifier": "8",
        "Payload": json.dumps({"userId": "user-0", "probe": "mock"}).encode(),
    }
    stubber.add_response("invoke", response, asked)
    stubber.activate()
    return LambdaVersions(client)


def payload(value: Any) -> StreamingBody:
    raw = json.dumps(value).encode()
    return StreamingBody(io.BytesIO(raw), len(raw))


def test_a_version_is_probed_by_its_number() -> None:
    answer = {"statusCode": 404, "error": {"code": "USER_NOT_FOUND", "message": "…"}}
    asked = versions({"StatusCode": 200, "Payload": payload(answer)})
    assert asked.probe("huntaze-mock-read", "8", "user-0", "mock") == answer


def test_an_exception_that_left_the_handler_is_no_answer() -> None:
    asked = versions({"StatusCode": 200, "FunctionError": "Unhandled", "Payload": payload({"errorMessage": "s3cret"})})
    with pytest.raises(InvocationError, match="function-error"):
        asked.probe("huntaze-mock-read", "8", "user-0", "mock")


@pytest.mark.parametrize(
    "answer", [None, [], {}, {"statusCode": 200}, {"statusCode": 200, "user": {}}, {"statusCode": 404}, {"error": {}}]
)
def test_what_is_none_of_our_shapes_is_malformed(answer: Any) -> None:
    asked = versions({"StatusCode": 200, "Payload": payload(answer)})
    with pytest.raises(MalformedAnswerError):
        asked.probe("huntaze-mock-read", "8", "user-0", "mock")


def test_a_refused_invocation_is_named() -> None:
    client = boto3.client("lambda", **CREDENTIALS)
    stubber = Stubber(client)
    stubber.add_client_error("invoke", "ResourceNotFoundException")
    stubber.activate()
    with pytest.raises(InvocationError, match="ResourceNotFoundException"):
        LambdaVersions(client).probe("huntaze-mock-read", "8", "user-0", "mock")
