"""The code dial: which version of a function `live` stands for, and what CodeDeploy did and does about it.

CodeDeploy alone moves `live`. So what it deployed last, and what it is deploying, say where the alias ought to be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from playbook.live_state import alias_weights

if TYPE_CHECKING:
    from mypy_boto3_codedeploy import CodeDeployClient
    from mypy_boto3_codedeploy.type_defs import DeploymentInfoTypeDef
    from mypy_boto3_lambda import LambdaClient

    from playbook.account import Account

# https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_DeploymentInfo.html
IN_PROGRESS: Final = frozenset({"Created", "Queued", "InProgress", "Baking", "Ready"})
_SUCCEEDED: Final = "Succeeded"
# https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_BatchGetDeployments.html
_LARGEST_BATCH: Final = 25
_UNPUBLISHED: Final = "$LATEST"


@dataclass(frozen=True, kw_only=True)
class CodeDeployment:
    """A deployment of CodeDeploy, which moves `live` from one version to another. `status` is CodeDeploy's word.

    The versions are None in a deployment's first moments, when it has no target yet. `takes_back` is the deployment
    whose rollback this is.
    """

    deployment_id: str
    status: str
    created_at: datetime
    from_version: str | None
    to_version: str | None
    takes_back: str | None = None

    @property
    def in_progress(self) -> bool:
        return self.status in IN_PROGRESS


@dataclass(frozen=True, kw_only=True)
class CodeDial:
    """`live` of one function.

    `weights` are shares by version, which sum to 1. `deployed_version` is what was deployed last: by CodeDeploy or, as
    long as it never did, by CloudFormation, which makes the alias.
    """

    function_name: str
    deployment_group: str
    weights: Mapping[str, float] = field(hash=False)
    deployed_version: str
    in_progress: CodeDeployment | None


def read_code_dials(account: "Account") -> tuple[CodeDial, ...]:
    """Of mock-read and of prisma-read. Raises botocore's errors."""
    names = account.names
    groups = {
        names.mock_read_function: names.mock_read_deployment_group,
        names.prisma_read_function: names.prisma_read_deployment_group,
    }
    return tuple(_read(account, function_name, group) for function_name, group in groups.items())


def _read(account: "Account", function_name: str, group: str) -> CodeDial:
    client = account.codedeploy
    infos = deployment_infos(client, account.names.codedeploy_application, group)
    under_way = next((info for info in infos if info["status"] in IN_PROGRESS), None)
    in_progress = code_deployment(client, under_way) if under_way else None
    return CodeDial(
        function_name=function_name,
        deployment_group=group,
        weights=alias_weights(account.functions, function_name),
        deployed_version=_deployed_version(client, infos) or _first_version(account.functions, function_name),
        in_progress=in_progress,
    )


def deployment_infos(client: "CodeDeployClient", application: str, group: str) -> list["DeploymentInfoTypeDef"]:
    """Every deployment of the group, the newest first: ListDeployments promises no order. Raises botocore's errors."""
    pages = client.get_paginator("list_deployments").paginate(applicationName=application, deploymentGroupName=group)
    ids = [deployment_id for page in pages for deployment_id in page["deployments"]]
    infos = [
        info
        for start in range(0, len(ids), _LARGEST_BATCH)
        for info in client.batch_get_deployments(deploymentIds=ids[start : start + _LARGEST_BATCH])["deploymentsInfo"]
    ]
    return sorted(infos, key=lambda info: info["createTime"], reverse=True)


def _deployed_version(client: "CodeDeployClient", infos: Sequence["DeploymentInfoTypeDef"]) -> str | None:
    """What the newest deployment that succeeded went to, a rollback's included; else what the newest came from."""
    succeeded = next((info for info in infos if info["status"] == _SUCCEEDED), None)
    if succeeded:
        return code_deployment(client, succeeded).to_version
    return code_deployment(client, infos[0]).from_version if infos else None


def code_deployment(client: "CodeDeployClient", info: "DeploymentInfoTypeDef") -> CodeDeployment:
    """With the versions, which only its target knows. Raises botocore's errors."""
    deployment_id = info["deploymentId"]
    try:
        (target_id,) = client.list_deployment_targets(deploymentId=deployment_id)["targetIds"]
        target = client.get_deployment_target(deploymentId=deployment_id, targetId=target_id)["deploymentTarget"]
        versions = target["lambdaTarget"]["lambdaFunctionInfo"]
    except client.exceptions.DeploymentNotStartedException:
        versions = {}
    return CodeDeployment(
        deployment_id=deployment_id,
        status=info["status"],
        created_at=info["createTime"],
        from_version=versions.get("currentVersion"),
        to_version=versions.get("targetVersion"),
        takes_back=info.get("rollbackInfo", {}).get("rollbackTriggeringDeploymentId"),
    )


def _first_version(client: "LambdaClient", function_name: str) -> str:
    """The one that the alias was made with: every later one has to come through CodeDeploy."""
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=function_name)
    published = [
        version["Version"] for page in pages for version in page["Versions"] if version["Version"] != _UNPUBLISHED
    ]
    return min(published, key=int)
