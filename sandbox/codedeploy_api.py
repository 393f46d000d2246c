"""CodeDeploy's API for the Lambda platform: https://docs.aws.amazon.com/codedeploy/latest/APIReference/.

Applications, configurations and groups come from templates and are read here. What is not listed is refused.
"""

from collections.abc import Callable
from typing import Any

from sandbox import codedeploy_deployments_api
from sandbox.aws_api import Extension, json_operations
from sandbox.codedeploy_planning import required
from sandbox.codedeploy_state import PREDEFINED_CONFIGS, CodeDeployState

Document = dict[str, Any]


def extension(state: CodeDeployState, now: Callable[[], float]) -> Extension:
    """`now` answers epoch seconds."""
    reads = _Reads(state)
    return json_operations(
        {
            "GetApplication": reads.get_application,
            "ListApplications": reads.list_applications,
            "GetDeploymentConfig": reads.get_deployment_config,
            "ListDeploymentConfigs": reads.list_deployment_configs,
            "GetDeploymentGroup": reads.get_deployment_group,
            "ListDeploymentGroups": reads.list_deployment_groups,
            **codedeploy_deployments_api.operations(state, now),
        }
    )


class _Reads:
    def __init__(self, state: CodeDeployState) -> None:
        self._state = state

    def get_application(self, request: Document) -> Document:
        return {"application": self._state.application(required(request, "applicationName", "ApplicationName"))}

    def list_applications(self, _request: Document) -> Document:
        return {"applications": sorted(self._state.applications)}

    def get_deployment_config(self, request: Document) -> Document:
        name = required(request, "deploymentConfigName", "DeploymentConfigName")
        return {"deploymentConfigInfo": self._state.config(name)}

    def list_deployment_configs(self, _request: Document) -> Document:
        return {"deploymentConfigsList": [*PREDEFINED_CONFIGS, *sorted(self._state.configs)]}

    def get_deployment_group(self, request: Document) -> Document:
        application = required(request, "applicationName", "ApplicationName")
        name = required(request, "deploymentGroupName", "DeploymentGroupName")
        return {"deploymentGroupInfo": self._state.group(application, name)}

    def list_deployment_groups(self, request: Document) -> Document:
        application = required(request, "applicationName", "ApplicationName")
        self._state.application(application)
        return {
            "applicationName": application,
            "deploymentGroups": sorted(self._state.groups.get(application, {})),
        }
