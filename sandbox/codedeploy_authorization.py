"""With enforced IAM, CodeDeploy's operations are authorized on the resources on which AWS authorizes them.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodedeploy.html: an operation that is listed
without a resource type takes `*` and nothing narrower. PutLifecycleEventHookExecutionStatus is listed without one, but
AWS's refusals name the deployment group, and CDK's grant to a hook names it too.
"""

import json
from collections.abc import Callable
from typing import Any, Final

from sandbox import ministack_internals
from sandbox.aws_api import Request
from sandbox.codedeploy_deployments import Deployments

Document = dict[str, Any]

_BY_APPLICATION: Final = frozenset({"GetApplication", "ListDeploymentGroups"})
_BY_GROUP: Final = frozenset({"CreateDeployment", "GetDeploymentGroup", "ListDeployments"})
_BY_DEPLOYMENT: Final = frozenset({"GetDeployment", "PutLifecycleEventHookExecutionStatus"})


def install(deployments: Deployments) -> None:
    ministack_internals.change_authorized_resource("codedeploy", _resource_of(deployments))


def _resource_of(deployments: Deployments) -> Callable[[Request, str], str]:
    def resource(request: Request, _arn: str) -> str:
        operation = request.headers.get("x-amz-target", "").rpartition(".")[2]
        try:
            document = json.loads(request.body or b"{}")
        except ValueError:
            return "*"
        return _resource(operation, document, deployments)

    return resource


def _resource(operation: str, document: Document, deployments: Deployments) -> str:
    """Return the resource's ARN; `*` also for what does not exist, which the operation then says itself."""
    if operation == "GetDeploymentConfig":
        return _arn(f"deploymentconfig:{document.get('deploymentConfigName')}")
    if operation in _BY_APPLICATION:
        return _arn(f"application:{document.get('applicationName')}")
    if operation in _BY_GROUP and document.get("applicationName"):
        return _arn(f"deploymentgroup:{document['applicationName']}/{document.get('deploymentGroupName')}")
    if operation == "BatchGetDeployments":
        ids = document.get("deploymentIds") or []
    else:
        ids = [document.get("deploymentId")] if operation in _BY_DEPLOYMENT else []
    found = [deployment for deployment in (deployments.get(str(key)) for key in ids) if deployment]
    groups = {f"{deployment.plan.application}/{deployment.plan.group}" for deployment in found}
    # Of several groups `*` asks for permission on all.
    return _arn(f"deploymentgroup:{groups.pop()}") if len(groups) == 1 else "*"


def _arn(resource: str) -> str:
    return f"arn:aws:codedeploy:{ministack_internals.region()}:{ministack_internals.account_id()}:{resource}"
