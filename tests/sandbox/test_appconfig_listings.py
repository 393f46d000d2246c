"""https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_ListDeployments.html"""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox_process import RunningSandbox

MANY = 55


@pytest.fixture(scope="module")
def deployed(sandbox: RunningSandbox) -> dict[str, str]:
    """Ids of an environment with many deployments of as many versions."""
    appconfig = sandbox.client("appconfig")
    application = appconfig.create_application(Name="many")["Id"]
    environment = appconfig.create_environment(ApplicationId=application, Name="live")["Id"]
    profile = appconfig.create_configuration_profile(ApplicationId=application, Name="flags", LocationUri="hosted")
    strategy = appconfig.create_deployment_strategy(
        Name="many-at-once", DeploymentDurationInMinutes=0, GrowthFactor=100, ReplicateTo="NONE"
    )
    for _ in range(MANY):
        version = appconfig.create_hosted_configuration_version(
            ApplicationId=application, ConfigurationProfileId=profile["Id"], Content=b"{}",
            ContentType="application/json",
        )  # fmt: skip
        appconfig.start_deployment(
            ApplicationId=application, EnvironmentId=environment, ConfigurationProfileId=profile["Id"],
            ConfigurationVersion=str(version["VersionNumber"]), DeploymentStrategyId=strategy["Id"],
        )  # fmt: skip
    return {"application": application, "environment": environment, "profile": profile["Id"]}


def deployments(deployed: dict[str, str]) -> dict[str, Any]:
    return {"ApplicationId": deployed["application"], "EnvironmentId": deployed["environment"]}


def test_every_deployment_is_listed_once_and_the_newest_first(
    sandbox: RunningSandbox, deployed: dict[str, str]
) -> None:
    pages = list(sandbox.client("appconfig").get_paginator("list_deployments").paginate(**deployments(deployed)))
    assert [len(page["Items"]) for page in pages] == [50, 5]
    numbers = [item["DeploymentNumber"] for page in pages for item in page["Items"]]
    assert numbers == list(range(MANY, 0, -1))


def test_every_version_is_listed_once(sandbox: RunningSandbox, deployed: dict[str, str]) -> None:
    pages = (
        sandbox.client("appconfig")
        .get_paginator("list_hosted_configuration_versions")
        .paginate(ApplicationId=deployed["application"], ConfigurationProfileId=deployed["profile"])
    )
    numbers = [item["VersionNumber"] for page in pages for item in page["Items"]]
    assert sorted(numbers) == list(range(1, MANY + 1))


def test_a_page_is_as_long_as_asked_for(sandbox: RunningSandbox, deployed: dict[str, str]) -> None:
    appconfig = sandbox.client("appconfig")
    first = appconfig.list_deployments(**deployments(deployed), MaxResults=2)
    second = appconfig.list_deployments(**deployments(deployed), MaxResults=2, NextToken=first["NextToken"])
    assert [item["DeploymentNumber"] for item in (*first["Items"], *second["Items"])] == [55, 54, 53, 52]


def test_a_token_that_is_none_is_refused(sandbox: RunningSandbox, deployed: dict[str, str]) -> None:
    with pytest.raises(ClientError) as refusal:
        sandbox.client("appconfig").list_deployments(**deployments(deployed), NextToken="elsewhere")
    assert refusal.value.response["Error"]["Code"] == "BadRequestException"


def test_what_is_not_there_is_still_an_error(sandbox: RunningSandbox, deployed: dict[str, str]) -> None:
    with pytest.raises(ClientError) as refusal:
        sandbox.client("appconfig").list_deployments(**{**deployments(deployed), "EnvironmentId": "nowhere"})
    assert refusal.value.response["Error"]["Code"] == "ResourceNotFoundException"
