"""https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_CreateHostedConfigurationVersion.html"""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox_process import RunningSandbox


@pytest.fixture
def profile(sandbox: RunningSandbox, request: pytest.FixtureRequest) -> dict[str, str]:
    appconfig = sandbox.client("appconfig")
    application = appconfig.create_application(Name=request.node.name)["Id"]
    created = appconfig.create_configuration_profile(ApplicationId=application, Name="flags", LocationUri="hosted")
    return {"ApplicationId": application, "ConfigurationProfileId": created["Id"]}


def create(sandbox: RunningSandbox, profile: dict[str, str], **options: Any) -> dict[str, Any]:
    created: dict[str, Any] = sandbox.client("appconfig").create_hosted_configuration_version(
        **profile, Content=b"{}", ContentType="application/json", **options
    )
    return created


def test_a_version_on_top_of_the_latest_is_made(sandbox: RunningSandbox, profile: dict[str, str]) -> None:
    assert create(sandbox, profile)["VersionNumber"] == 1
    assert create(sandbox, profile, LatestVersionNumber=1)["VersionNumber"] == 2


def test_a_version_on_top_of_an_older_one_is_refused_and_not_made(
    sandbox: RunningSandbox, profile: dict[str, str]
) -> None:
    create(sandbox, profile)
    create(sandbox, profile)
    with pytest.raises(ClientError) as refusal:
        create(sandbox, profile, LatestVersionNumber=1)
    assert refusal.value.response["Error"]["Code"] == "ConflictException"
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
    assert len(sandbox.client("appconfig").list_hosted_configuration_versions(**profile)["Items"]) == 2


def test_whoever_names_no_version_is_not_held_back(sandbox: RunningSandbox, profile: dict[str, str]) -> None:
    create(sandbox, profile)
    assert create(sandbox, profile)["VersionNumber"] == 2


def test_a_version_keeps_its_description(sandbox: RunningSandbox, profile: dict[str, str]) -> None:
    appconfig = sandbox.client("appconfig")
    assert create(sandbox, profile, Description="5 %; by anna")["Description"] == "5 %; by anna"
    assert appconfig.get_hosted_configuration_version(**profile, VersionNumber=1)["Description"] == "5 %; by anna"
    (item,) = appconfig.list_hosted_configuration_versions(**profile)["Items"]
    assert item["Description"] == "5 %; by anna"


def test_a_version_of_a_profile_that_is_not_there_is_still_an_error(
    sandbox: RunningSandbox, profile: dict[str, str]
) -> None:
    with pytest.raises(ClientError) as refusal:
        create(sandbox, {**profile, "ConfigurationProfileId": "nowhere"}, LatestVersionNumber=0)
    assert refusal.value.response["Error"]["Code"] == "ResourceNotFoundException"
