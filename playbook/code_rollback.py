"""`playbook rollback code`: `live` of a function goes back to the version before.

A deployment that is under way is CodeDeploy's to take back. When none is, the alias is moved by hand: the one exception
of the playbook (section 5), which stays drift until the next deployment. What CodeDeploy recorded says where `live` was
before, so saying it again never goes back a further version.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import click

from playbook.code_dial import CodeDeployment, code_deployment, deployment_infos
from playbook.failures import Refusal
from playbook.live_state import NotDeployedError
from shared.names import LIVE_ALIAS

if TYPE_CHECKING:
    from mypy_boto3_codedeploy import CodeDeployClient
    from mypy_boto3_lambda import LambdaClient

_SUCCEEDED: Final = "Succeeded"
_FAILED: Final = frozenset({"Failed", "Stopped"})
_LOOK_SECONDS: Final = 1.0
_LIMIT: Final = timedelta(minutes=15)


class Way(StrEnum):
    """How `live` goes back."""

    STOP = "stop"
    WAIT = "wait"
    ALIAS = "alias"
    NOTHING = "nothing"


class CodeNotBackError(click.ClickException):
    """CodeDeploy did not bring `live` back."""


@dataclass(frozen=True, kw_only=True)
class CodePlan:
    """What is to be done about `deployment`, which moved `live` from `back_to`, or is about to.

    `back_to` is None in a deployment's first moments, when only CodeDeploy knows. STOP and WAIT are CodeDeploy's own
    rollback, ALIAS is a hand's, and NOTHING is left to do.
    """

    way: Way
    deployment_id: str
    created_at: datetime
    back_to: str | None


def plan(newest: CodeDeployment | None, weights: Mapping[str, float]) -> CodePlan:
    """`newest` is a group's newest deployment, `weights` are the shares of `live` by version.

    Raises Refusal where nobody recorded a version before, or `live` stands at another than was deployed.
    """
    if newest is None:
        raise Refusal("CodeDeploy never moved live, so there is no version before this one")
    if newest.takes_back:
        way = Way.WAIT if newest.in_progress else Way.NOTHING
        return _plan(way, newest, deployment_id=newest.takes_back, back_to=newest.to_version)
    if newest.in_progress:
        return _plan(Way.STOP, newest)
    is_back = newest.from_version is not None and weights == {newest.from_version: 1.0}
    if newest.status != _SUCCEEDED:
        # Its rollback is on its way.
        return _plan(Way.NOTHING if is_back else Way.WAIT, newest)
    if is_back or weights == {newest.to_version: 1.0}:
        return _plan(Way.NOTHING if is_back else Way.ALIAS, newest)
    raise Refusal(
        f"live stands at {_shown(weights)}, and {newest.deployment_id} moved it from {newest.from_version} to "
        f"{newest.to_version}: somebody set it by hand. Look at `playbook status`; `aws lambda update-alias` sets it "
        "to a version of your choice."
    )


def _plan(
    way: Way, newest: CodeDeployment, *, deployment_id: str | None = None, back_to: str | None = None
) -> CodePlan:
    return CodePlan(
        way=way,
        deployment_id=deployment_id or newest.deployment_id,
        created_at=newest.created_at,
        back_to=back_to or newest.from_version,
    )


def _shown(weights: Mapping[str, float]) -> str:
    return ", ".join(f"version {version} ({share:.0%})" for version, share in weights.items())


def newest_deployment(client: "CodeDeployClient", application: str, group: str) -> CodeDeployment | None:
    """A group's newest. Raises NotDeployedError and botocore's errors."""
    try:
        infos = deployment_infos(client, application, group)
    except (
        client.exceptions.ApplicationDoesNotExistException,
        client.exceptions.DeploymentGroupDoesNotExistException,
    ) as error:
        raise NotDeployedError(f"CodeDeploy knows no {group!r} here; deploy the stacks first") from error
    return code_deployment(client, infos[0]) if infos else None


def stop(client: "CodeDeployClient", deployment_id: str) -> None:
    """Stop it and have it rolled back; one that is over already is left to what CodeDeploy makes of it."""
    try:
        client.stop_deployment(deploymentId=deployment_id, autoRollbackEnabled=True)
    except client.exceptions.DeploymentAlreadyCompletedException:
        return


def wait_until_back(
    client: "CodeDeployClient",
    deployment_id: str,
    *,
    weights: Callable[[], Mapping[str, float]],
    now: Callable[[], datetime],
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """Wait until CodeDeploy has taken the deployment back; returns the version that every read gets then.

    Raises CodeNotBackError and botocore's errors.
    """
    gives_up = now() + _LIMIT
    while True:
        info = client.get_deployment(deploymentId=deployment_id)["deploymentInfo"]
        if info["status"] == _SUCCEEDED:
            raise CodeNotBackError(f"{deployment_id} was completed before it was stopped; say it again with --function")
        rollback_id = info.get("rollbackInfo", {}).get("rollbackDeploymentId")
        rollback = client.get_deployment(deploymentId=rollback_id)["deploymentInfo"] if rollback_id else None
        if rollback is not None and rollback["status"] in _FAILED:
            raise CodeNotBackError(f"the rollback {rollback_id} is {rollback['status']}: see `playbook status`")
        over = info["status"] in _FAILED and (rollback is None or rollback["status"] == _SUCCEEDED)
        shares = weights()
        if over and len(shares) == 1:
            return next(iter(shares))
        if now() > gives_up:
            raise CodeNotBackError(f"{deployment_id} is {info['status']} and not taken back; see `playbook status`")
        sleep(_LOOK_SECONDS)


def move_alias(client: "LambdaClient", function_name: str, *, back_to: str) -> None:
    """Send every read to `back_to`. Raises Refusal when somebody else moves the alias meanwhile."""
    alias = client.get_alias(FunctionName=function_name, Name=LIVE_ALIAS)
    if alias["FunctionVersion"] == back_to and not alias.get("RoutingConfig", {}).get("AdditionalVersionWeights"):
        return
    try:
        client.update_alias(
            FunctionName=function_name,
            Name=LIVE_ALIAS,
            FunctionVersion=back_to,
            RoutingConfig={"AdditionalVersionWeights": {}},
            RevisionId=alias["RevisionId"],
        )
    except client.exceptions.PreconditionFailedException as error:
        raise Refusal(
            f"live of {function_name} was moved while it was read; look at `playbook status` and say it again"
        ) from error
