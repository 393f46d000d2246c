"""AppSpec files of Lambda deployments, after the examples of AWS's pages.

https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-example.html
"""

import hashlib
import json
from typing import Any

import pytest

from sandbox.aws_api import AwsError
from sandbox.codedeploy_app_spec import AppSpec, app_spec_of, shown_revision

AS_YAML = """
version: 0.0
Resources:
  - reads:
      Type: AWS::Lambda::Function
      Properties:
        Name: "reads"
        Alias: "live"
        CurrentVersion: 1
        TargetVersion: "2"
Hooks:
  - BeforeAllowTraffic: "before"
  - AfterAllowTraffic: "after"
"""
SPEC = AppSpec("reads", "live", "1", "2", {"BeforeAllowTraffic": "before", "AfterAllowTraffic": "after"})


def changed(**sections: Any) -> str:
    properties = {"Name": "reads", "Alias": "live", "CurrentVersion": "1", "TargetVersion": "2"}
    resource = {"Type": "AWS::Lambda::Function", "Properties": properties}
    return json.dumps({"version": 0.0, "Resources": [{"reads": resource}], **sections})


def test_yaml_and_json_say_the_same() -> None:
    assert AppSpec.parse(AS_YAML) == SPEC
    assert app_spec_of(SPEC.revision()) == SPEC


def test_a_revision_is_an_app_spec_or_a_string() -> None:
    for kind, location in (("AppSpecContent", "appSpecContent"), ("String", "string")):
        assert app_spec_of({"revisionType": kind, location: {"content": AS_YAML}}) == SPEC


def test_sections_may_be_in_lower_case() -> None:
    assert AppSpec.parse(AS_YAML.replace("Resources", "resources").replace("Hooks", "hooks")) == SPEC


def test_the_way_back_changes_sides_and_has_no_hooks() -> None:
    assert SPEC.back() == AppSpec("reads", "live", "2", "1")


def test_the_content_of_a_revision_is_shown_by_its_hash_only() -> None:
    # https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_GetDeployment.html
    shown = shown_revision({"revisionType": "AppSpecContent", "appSpecContent": {"content": AS_YAML}})
    assert shown["appSpecContent"] == {"sha256": hashlib.sha256(AS_YAML.encode()).hexdigest()}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "neither YAML nor JSON"),
        ("text", "no mapping"),
        (changed(version=1.0), "version must be 0.0"),
        (changed(Resources=[]), "one resource"),
        (changed(Resources=[{"a": {}}, {"b": {}}]), "one resource"),
        (changed(Resources=[{"a": {"Type": "AWS::ECS::Service"}}]), "of type AWS::Lambda::Function"),
        (
            changed(Resources=[{"a": {"Type": "AWS::Lambda::Function", "Properties": {"Name": "a", "Alias": "b"}}}]),
            "lacks CurrentVersion, TargetVersion",
        ),
        (changed(Hooks={"BeforeAllowTraffic": "a"}), "no list"),
        (changed(Hooks=[{"BeforeInstall": "a"}]), "no lifecycle event BeforeInstall"),
    ],
)
def test_what_is_no_app_spec_of_a_lambda_deployment_is_refused(content: str, message: str) -> None:
    with pytest.raises(AwsError, match=message) as caught:
        AppSpec.parse(content)
    assert caught.value.code == "InvalidRevisionException"


@pytest.mark.parametrize(
    ("revision", "code"),
    [
        (None, "RevisionRequiredException"),
        ({"revisionType": "GitHub"}, "InvalidRevisionException"),
        ({"revisionType": "AppSpecContent"}, "InvalidRevisionException"),
        ({"revisionType": "S3", "s3Location": {"bucket": "b"}}, "UnknownOperationException"),
    ],
)
def test_other_revisions_are_refused(revision: dict[str, Any] | None, code: str) -> None:
    with pytest.raises(AwsError) as caught:
        app_spec_of(revision)
    assert caught.value.code == code
