"""What CodeDeploy remembers: applications, deployment configurations, groups and deployments of the Lambda platform.

Documents are those that CodeDeploy's own API answers:
https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_Types.html.
"""

import uuid
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.aws_api import AwsError
from sandbox.codedeploy_deployments import Deployments
from sandbox.ministack_internals import regional_store

Document = dict[str, Any]

LAMBDA: Final = "Lambda"


def _predefined(name: str, routing: Document) -> Document:
    return {
        "deploymentConfigId": str(uuid.uuid5(uuid.NAMESPACE_DNS, name)),
        "deploymentConfigName": f"CodeDeployDefault.{name}",
        "computePlatform": LAMBDA,
        "createTime": 0,
        "trafficRoutingConfig": routing,
    }


def _canary(percentage: int, interval_minutes: int) -> Document:
    return {
        "type": "TimeBasedCanary",
        "timeBasedCanary": {"canaryPercentage": percentage, "canaryInterval": interval_minutes},
    }


def _linear(percentage: int, interval_minutes: int) -> Document:
    return {
        "type": "TimeBasedLinear",
        "timeBasedLinear": {"linearPercentage": percentage, "linearInterval": interval_minutes},
    }


# https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
PREDEFINED_CONFIGS: Final[Mapping[str, Document]] = {
    config["deploymentConfigName"]: config
    for config in (
        _predefined("LambdaAllAtOnce", {"type": "AllAtOnce"}),
        _predefined("LambdaCanary10Percent5Minutes", _canary(10, 5)),
        _predefined("LambdaCanary10Percent10Minutes", _canary(10, 10)),
        _predefined("LambdaCanary10Percent15Minutes", _canary(10, 15)),
        _predefined("LambdaCanary10Percent30Minutes", _canary(10, 30)),
        _predefined("LambdaLinear10PercentEvery1Minute", _linear(10, 1)),
        _predefined("LambdaLinear10PercentEvery2Minutes", _linear(10, 2)),
        _predefined("LambdaLinear10PercentEvery3Minutes", _linear(10, 3)),
        _predefined("LambdaLinear10PercentEvery10Minutes", _linear(10, 10)),
    )
}


@dataclass(frozen=True)
class CodeDeployState:
    """Applications and configurations by name, groups by application and name, in each account and region.

    `deployments` are those of all accounts and regions.
    """

    applications: MutableMapping[str, Document] = field(default_factory=regional_store)
    configs: MutableMapping[str, Document] = field(default_factory=regional_store)
    groups: MutableMapping[str, dict[str, Document]] = field(default_factory=regional_store)
    deployments: Deployments = field(default_factory=Deployments)

    def application(self, name: str) -> Document:
        """Return an ApplicationInfo. Raises `AwsError`."""
        found: Document | None = self.applications.get(name)
        if found is None:
            raise AwsError("ApplicationDoesNotExistException", f"No application found for name: {name}")
        return found

    def config(self, name: str) -> Document:
        """Return a DeploymentConfigInfo, predefined or the account's own. Raises `AwsError`."""
        found: Document | None = PREDEFINED_CONFIGS.get(name) or self.configs.get(name)
        if found is None:
            raise AwsError(
                "DeploymentConfigDoesNotExistException", f"No deployment configuration found for name: {name}"
            )
        return found

    def group(self, application: str, name: str) -> Document:
        """Return a DeploymentGroupInfo. Raises `AwsError`."""
        self.application(application)
        found = self.groups.get(application, {}).get(name)
        if found is None:
            raise AwsError("DeploymentGroupDoesNotExistException", f"No Deployment Group found for name: {name}")
        return found


def new_document(fields: Document, id_field: str) -> Document:
    """Return the fields with a fresh id."""
    return {**fields, id_field: str(uuid.uuid4())}
