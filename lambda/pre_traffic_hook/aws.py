"""CodeDeploy and Lambda's versions in AWS."""

import json
from typing import TYPE_CHECKING, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from pre_traffic_hook.answers import Answer, parse_answer
from pre_traffic_hook.hook import InvocationError
from pre_traffic_hook.targets import Target, UnknownTargetError
from shared.probe import PROBE

if TYPE_CHECKING:
    from mypy_boto3_codedeploy import CodeDeployClient
    from mypy_boto3_lambda import LambdaClient

CODEDEPLOY_CONFIG: Final = Config(
    connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 3, "mode": "standard"}
)
# Longer than any read may take; never again, because each read is counted by the one who asked.
INVOKE_CONFIG: Final = Config(connect_timeout=2, read_timeout=12, retries={"total_max_attempts": 1, "mode": "standard"})


class CodeDeployDeployments:
    def __init__(self, client: "CodeDeployClient") -> None:
        self._client = client

    def target(self, deployment_id: str) -> Target:
        """https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_LambdaFunctionInfo.html"""
        try:
            target_ids = self._client.list_deployment_targets(deploymentId=deployment_id)["targetIds"]
            if len(target_ids) != 1:
                raise UnknownTargetError(f"the deployment has {len(target_ids)} targets, not one")
            answer = self._client.get_deployment_target(deploymentId=deployment_id, targetId=target_ids[0])
        except ClientError as error:
            raise UnknownTargetError(f"CodeDeploy says {error.response['Error']['Code']}") from error
        info = answer["deploymentTarget"].get("lambdaTarget", {}).get("lambdaFunctionInfo", {})
        for needed in ("functionName", "currentVersion", "targetVersion"):
            if not info.get(needed):
                raise UnknownTargetError(f"the target has no {needed}")
        return Target(
            function_name=info["functionName"],
            current_version=info["currentVersion"],
            target_version=info["targetVersion"],
        )

    def report(self, deployment_id: str, hook_execution_id: str, *, succeeded: bool) -> None:
        self._client.put_lifecycle_event_hook_execution_status(
            deploymentId=deployment_id,
            lifecycleEventHookExecutionId=hook_execution_id,
            status="Succeeded" if succeeded else "Failed",
        )


class LambdaVersions:
    def __init__(self, client: "LambdaClient") -> None:
        self._client = client

    def probe(self, function_name: str, version: str, user_id: str, path: str) -> Answer:
        try:
            response = self._client.invoke(
                FunctionName=function_name,
                Qualifier=version,
                Payload=json.dumps({"userId": user_id, PROBE: path}).encode(),
            )
            payload = response["Payload"].read()
        except ClientError as error:
            raise InvocationError(error.response["Error"]["Code"]) from error
        except BotoCoreError as error:
            raise InvocationError(type(error).__name__) from error
        if response.get("FunctionError"):
            raise InvocationError("function-error")
        return parse_answer(payload)
