"""https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_CreateHostedConfigurationVersion.html."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import WaiterError

from tests.sandbox.appconfig_sandbox import Deployed, Sandbox, flags, running_sandbox

PERCENT = {"ramp": {"percent": {"constraints": {"type": "number", "minimum": 0, "maximum": 100}}}}


def content(percent: int) -> bytes:
    return flags({"ramp": {"enabled": True, "percent": percent}}, PERCENT)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def profile(sandbox: Sandbox) -> Deployed:
    return sandbox.create_configuration("shop")


def test_an_invalid_version_is_refused_with_every_detail(sandbox: Sandbox, profile: Deployed) -> None:
    with pytest.raises(sandbox.appconfig.exceptions.BadRequestException) as raised:
        sandbox.deploy(profile, content(percent=101))
    refusal: Any = raised.value.response
    assert refusal["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert refusal["Error"]["Code"] == "BadRequestException"
    assert refusal["Reason"] == "InvalidConfiguration"
    (detail,) = refusal["Details"]["InvalidConfiguration"]
    assert (detail["Constraint"], detail["Location"]) == ("maximum", "/values/ramp/percent")
    assert "101" in detail["Reason"]
    assert detail["Reason"] in refusal["Error"]["Message"]


def test_a_refused_version_leaves_no_version(sandbox: Sandbox, profile: Deployed) -> None:
    with pytest.raises(sandbox.appconfig.exceptions.BadRequestException):
        sandbox.deploy(profile, content(percent=101))
    versions = sandbox.appconfig.list_hosted_configuration_versions(
        ApplicationId=profile.application_id, ConfigurationProfileId=profile.profile_id
    )
    assert versions["Items"] == []


def test_a_valid_version_is_kept_as_it_was_sent(sandbox: Sandbox, profile: Deployed) -> None:
    sandbox.deploy(profile, content(percent=100))
    version = sandbox.appconfig.get_hosted_configuration_version(
        ApplicationId=profile.application_id, ConfigurationProfileId=profile.profile_id, VersionNumber=1
    )
    assert version["Content"].read() == content(percent=100)


def test_a_freeform_profile_takes_anything(sandbox: Sandbox) -> None:
    freeform = sandbox.create_configuration("free", profile_type="AWS.Freeform")
    assert sandbox.deploy(freeform, b"not a flag document") == 1


def test_an_unknown_profile_is_not_found_whatever_the_content(sandbox: Sandbox, profile: Deployed) -> None:
    with pytest.raises(sandbox.appconfig.exceptions.ResourceNotFoundException):
        sandbox.appconfig.create_hosted_configuration_version(
            ApplicationId=profile.application_id,
            ConfigurationProfileId="unknown",
            Content=b"{}",
            ContentType="application/json",
        )


def template(percent: int) -> str:
    application = {"Ref": "Application"}
    resources = {
        "Application": {"Type": "AWS::AppConfig::Application", "Properties": {"Name": "shop"}},
        "Profile": {
            "Type": "AWS::AppConfig::ConfigurationProfile",
            "Properties": {
                "ApplicationId": application,
                "Name": "flags",
                "LocationUri": "hosted",
                "Type": "AWS.AppConfig.FeatureFlags",
            },
        },
        "Version": {
            "Type": "AWS::AppConfig::HostedConfigurationVersion",
            "Properties": {
                "ApplicationId": application,
                "ConfigurationProfileId": {"Ref": "Profile"},
                "Content": content(percent).decode(),
                "ContentType": "application/json",
            },
        },
    }
    return json.dumps({"Resources": resources})


def test_a_template_with_a_valid_version_deploys(sandbox: Sandbox) -> None:
    cloudformation = sandbox.client("cloudformation")
    cloudformation.create_stack(StackName="flags", TemplateBody=template(percent=5))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="flags", WaiterConfig={"Delay": 1})


def test_a_template_with_an_invalid_version_fails_and_says_why(sandbox: Sandbox) -> None:
    cloudformation = sandbox.client("cloudformation")
    cloudformation.create_stack(StackName="flags", TemplateBody=template(percent=101))
    with pytest.raises(WaiterError):
        cloudformation.get_waiter("stack_create_complete").wait(StackName="flags", WaiterConfig={"Delay": 1})
    events = cloudformation.describe_stack_events(StackName="flags")["StackEvents"]
    (failure,) = [
        event
        for event in events
        if event["LogicalResourceId"] == "Version" and event["ResourceStatus"] == "CREATE_FAILED"
    ]
    assert "/values/ramp/percent: 101 is above 100" in failure["ResourceStatusReason"]
