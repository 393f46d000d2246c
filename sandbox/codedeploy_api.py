"""CodeDeploy's reads: https://docs.aws.amazon.com/codedeploy/latest/APIReference/. The rest is refused."""

from typing import Any

from sandbox.aws_api import AwsError, Extension, json_operations
from sandbox.codedeploy_state import PREDEFINED_CONFIGS, CodeDeployState

Document = dict[str, Any]


def extension(state: CodeDeployState) -> Extension:
    reads = _Reads(state)
    return json_operations(
        {
            "GetApplication": reads.get_application,
            "ListApplications": reads.list_applications,
            "GetDeploymentConfig": reads.get_deployment_config,
            "ListDeploymentConfigs": reads.list_deployment_configs,
            "GetDeploymentGroup": reads.get_deployment_group,
            "ListDeploymentGroups": reads.list_deployment_groups,
        }
    )


class _Reads:
    def __init__(self, state: CodeDeployState) -> None:
        self._state = state

    def get_application(self, request: Document) -> Document:
        return {"application": self._state.application(_name(request, "applicationName", "ApplicationName"))}

    def list_applications(self, _request: Document) -> Document:
        return {"applications": sorted(self._state.applications)}

    def get_deployment_config(self, request: Document) -> Document:
        name = _name(request, "deploymentConfigName", "DeploymentConfigName")
        return {"deploymentConfigInfo": self._state.config(name)}

    def list_deployment_configs(self, _request: Document) -> Document:
        return {"deploymentConfigsList": [*PREDEFINED_CONFIGS, *sorted(self._state.configs)]}

    def get_deployment_group(self, request: Document) -> Document:
        application = _name(request, "applicationName", "ApplicationName")
        name = _name(request, "deploymentGroupName", "DeploymentGroupName")
        return {"deploymentGroupInfo": self._state.group(application, name)}

    def list_deployment_groups(self, request: Document) -> Document:
        application = _name(request, "applicationName", "ApplicationName")
        self._state.application(application)
        return {
            "applicationName": application,
            "deploymentGroups": sorted(self._state.groups.get(application, {})),
        }


def _name(request: Document, member: str, error_prefix: str) -> str:
    name: str = request.get(member) or ""
    if not name:
        raise AwsError(f"{error_prefix}RequiredException", f"The {member} is required.")
    return name
