"""A linter that is used again and again finds what is wrong each time, and nothing of the template before."""

from tests.stacks.template_linter import lint_findings

RIGHT = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}}}
WRONG = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": "Everybody"}}}}


def test_each_template_is_linted_for_itself() -> None:
    first, between, again = (lint_findings(template, "us-east-1") for template in (WRONG, RIGHT, WRONG))

    assert between == []
    assert first == again
    assert any(finding.startswith("E3030 'Everybody' is not one of") for finding in first)


def test_a_resource_that_a_region_does_not_have_is_found_there_alone() -> None:
    template = {"Resources": {"Robots": {"Type": "AWS::RoboMaker::Fleet"}}}

    assert lint_findings(template, "us-east-1") == []
    assert lint_findings(template, "eu-west-3") != []
