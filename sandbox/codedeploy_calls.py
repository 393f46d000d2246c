"""What a deployment asks of Lambda and CloudWatch: real calls to the sandbox, as the deployment group's service role.

https://docs.aws.amazon.com/codedeploy/latest/userguide/getting-started-create-service-role.html
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.appconfig_agent_credentials import Credentials
from sandbox.codedeploy_deployment import AlarmWatch, Error, Plan, Scope

RoleSession = Callable[[str, Scope], Credentials | None]
"""Credentials of a role, by its ARN, in an account and region; None if CodeDeploy may not assume it."""

_ACCESS_DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException"})
_THROTTLED: Final = frozenset({"TooManyRequestsException", "ThrottlingException", "Throttling"})
_SERVICES: Final = {"lambda": "AWSLambda", "cloudwatch": "AmazonCloudWatch"}


class CallError(Exception):
    """A call that failed, as the ErrorInformation of the deployment that needed it."""

    def __init__(self, error: Error) -> None:
        super().__init__(error.message)
        self.error = error


class Calls(Protocol):
    """Each raises `CallError`."""

    def check_alias(self, plan: Plan) -> None:
        """See that the alias points to the current version."""

    def set_weight(self, plan: Plan, weight: float) -> None:
        """Give the target version its share of traffic, 0 to 1; at 1 it is the alias's only version."""

    def invoke(self, plan: Plan, function: str, execution_id: str) -> None:
        """Start a validation function."""

    def active_alarms(self, plan: Plan, watch: AlarmWatch) -> tuple[str, ...]:
        """Return those that are in ALARM."""


class ServiceRoleCalls:
    """Calls to the sandbox at `endpoint_url`."""

    def __init__(self, endpoint_url: str, role_session: RoleSession) -> None:
        self._endpoint_url = endpoint_url
        self._role_session = role_session
        self._clients: dict[tuple[str, str, Credentials], Any] = {}

    def check_alias(self, plan: Plan) -> None:
        spec = plan.app_spec
        with _explained(plan, "lambda"):
            alias = self._client(plan, "lambda").get_alias(FunctionName=spec.function, Name=spec.alias)
        if alias["FunctionVersion"] != spec.current_version:
            raise CallError(
                _invalid_configuration("The Lambda function alias version does not match the current version in it")
            )

    def set_weight(self, plan: Plan, weight: float) -> None:
        spec = plan.app_spec
        whole = weight >= 1
        with _explained(plan, "lambda"):
            self._client(plan, "lambda").update_alias(
                FunctionName=spec.function,
                Name=spec.alias,
                FunctionVersion=spec.target_version if whole else spec.current_version,
                RoutingConfig={"AdditionalVersionWeights": {} if whole else {spec.target_version: weight}},
            )

    def invoke(self, plan: Plan, function: str, execution_id: str) -> None:
        # The function's outcome says nothing: CodeDeploy waits for its report.
        event = {"DeploymentId": plan.deployment_id, "LifecycleEventHookExecutionId": execution_id}
        with _explained(plan, "lambda"):
            self._client(plan, "lambda").invoke(
                FunctionName=function, InvocationType="Event", Payload=json.dumps(event).encode()
            )

    def active_alarms(self, plan: Plan, watch: AlarmWatch) -> tuple[str, ...]:
        # AWS says that a deployment stops if the state cannot be retrieved; an alarm that is not there has none.
        # https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_AlarmConfiguration.html
        try:
            states = self._alarm_states(plan, watch.names)
        except CallError:
            if watch.ignore_poll_failure:
                return ()
            raise
        missing = [name for name in watch.names if name not in states]
        if missing and not watch.ignore_poll_failure:
            message = f"The state of these alarms could not be retrieved from Amazon CloudWatch: {', '.join(missing)}"
            raise CallError(Error("CODEDEPLOY_RESOURCE_CANNOT_BE_FOUND", f"{message}."))
        return tuple(name for name in watch.names if states.get(name) == "ALARM")

    def _alarm_states(self, plan: Plan, names: tuple[str, ...]) -> Mapping[str, str]:
        with _explained(plan, "cloudwatch"):
            found = self._client(plan, "cloudwatch").describe_alarms(
                AlarmNames=list(names), AlarmTypes=["MetricAlarm", "CompositeAlarm"]
            )
        alarms = [*found.get("MetricAlarms", []), *found.get("CompositeAlarms", [])]
        return {alarm["AlarmName"]: alarm["StateValue"] for alarm in alarms}

    def _client(self, plan: Plan, service: str) -> Any:
        credentials = self._role_session(plan.role_arn, plan.scope)
        if credentials is None:
            raise CallError(Error("IAM_ROLE_MISSING", f"The service role {plan.role_arn} cannot be assumed."))
        key = (service, plan.scope.region, credentials)
        if key not in self._clients:
            session = boto3.session.Session(
                aws_access_key_id=credentials.access_key_id,
                aws_secret_access_key=credentials.secret_access_key,
                aws_session_token=credentials.session_token,
                region_name=plan.scope.region,
            )
            # A call is repeated at the next look; none outlives the sandbox.
            config = Config(retries={"max_attempts": 0}, connect_timeout=5, read_timeout=10)
            self._clients[key] = session.client(service, endpoint_url=self._endpoint_url, config=config)  # type: ignore[call-overload]  # any service
        return self._clients[key]


@contextmanager
def _explained(plan: Plan, service: str) -> Iterator[None]:
    """Turn a refusal into the error of a deployment."""
    try:
        yield
    except ClientError as refused:
        details = refused.response["Error"]
        code, message = details.get("Code", ""), details.get("Message", "")
        if code in _ACCESS_DENIED:
            error = Error(
                "IAM_ROLE_PERMISSIONS",
                f"The IAM role {plan.role_arn} does not give you permission to perform operations in the following "
                f"AWS service: {_SERVICES[service]}. {message}",
            )
        elif code in _THROTTLED:
            error = Error("THROTTLED", message)
        elif code == "ResourceNotFoundException":
            error = Error("INVALID_LAMBDA_FUNCTION", message)
        else:
            error = _invalid_configuration(f"{code}: {message}")
        raise CallError(error) from refused


def _invalid_configuration(what: str) -> Error:
    return Error(
        "INVALID_LAMBDA_CONFIGURATION",
        "The deployment failed because the AppSpec file that specifies the AWS Lambda deployment configuration is "
        f"missing or has an invalid configuration. {what}.",
    )
