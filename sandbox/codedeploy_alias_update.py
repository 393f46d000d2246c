"""An alias that CloudFormation moves to another version goes there by a CodeDeploy deployment.

That is what its update policy CodeDeployLambdaAliasUpdate asks for:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html.
The first version of an alias is no update, so it is there at once.

AWS does not document how a stack's rollback takes an alias back that has arrived at its new version. Here it goes back
at once: no validation function, no alarm and no canary stand in the way of the version that served before.
"""

import uuid
from collections.abc import Callable
from typing import Any

from sandbox import ministack_internals
from sandbox.aws_api import AwsError
from sandbox.codedeploy_app_spec import AFTER_ALLOW_TRAFFIC, BEFORE_ALLOW_TRAFFIC, AppSpec
from sandbox.codedeploy_deployment import Scope, Status
from sandbox.codedeploy_planning import plan_of
from sandbox.codedeploy_state import CodeDeployState
from sandbox.ministack_update_policies import ResourceUpdate, before_resource_update

_ALIAS = "AWS::Lambda::Alias"


def install(state: CodeDeployState, now: Callable[[], float]) -> None:
    before_resource_update(_ALIAS, _AliasUpdates(state, now).deploy)


class _AliasUpdates:
    def __init__(self, state: CodeDeployState, now: Callable[[], float]) -> None:
        self._state = state
        self._now = now

    def deploy(self, update: ResourceUpdate) -> None:
        """Move the alias as its policy says, and return when it has arrived. Raises ValueError when it has not."""
        policy = update.update_policy.get("CodeDeployLambdaAliasUpdate")
        if update.rolls_back or not policy:
            return
        app_spec = _app_spec(update, policy)
        if app_spec is None:
            return
        request = {
            "applicationName": policy["ApplicationName"],
            "deploymentGroupName": policy["DeploymentGroupName"],
            "revision": app_spec.revision(),
        }
        scope = Scope(ministack_internals.account_id(), ministack_internals.region())
        deployments = self._state.deployments
        try:
            deployment = deployments.create(plan_of(request, self._state, scope, self._now()))
        except AwsError as error:
            raise _failure(error.message) from error
        over = deployments.wait_until_over(deployment.plan.deployment_id)
        if over is None:
            raise _failure("The sandbox ended before the deployment did.")
        if over.status is not Status.SUCCEEDED:
            reason = over.error.message if over.error else str(over.status)
            raise _failure(f"{over.plan.deployment_id} failed. {reason}")


def _app_spec(update: ResourceUpdate, policy: dict[str, Any]) -> AppSpec | None:
    """Return the way that the alias has to go, or None if there is none, or the alias itself is another."""
    if any(update.old.get(key) != update.new.get(key) for key in ("FunctionName", "Name")):
        return None
    name, _ = ministack_internals.function_and_qualifier(update.new["FunctionName"])
    function = ministack_internals.lambda_functions().get(name, {"aliases": {}})
    alias = function["aliases"].get(update.new["Name"])
    if alias is None or alias["FunctionVersion"] == update.new["FunctionVersion"]:
        return None
    hooks = {
        BEFORE_ALLOW_TRAFFIC: policy.get("BeforeAllowTrafficHook"),
        AFTER_ALLOW_TRAFFIC: policy.get("AfterAllowTrafficHook"),
    }
    return AppSpec(
        name, alias["Name"], alias["FunctionVersion"], update.new["FunctionVersion"],
        {event: function for event, function in hooks.items() if function},
    )  # fmt: skip


def _failure(message: str) -> ValueError:
    """Return the reason as the events of a stack on AWS word it."""
    return ValueError(
        f'Resource handler returned message: "{message}" (RequestToken: {uuid.uuid4()}, '
        "HandlerErrorCode: InternalFailure)"
    )
