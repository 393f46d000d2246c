"""https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_XRay.html"""

from typing import Any

import pytest

from tests.sandbox.templates import refusal, stack, update
from tests.sandbox_process import RunningSandbox

ANYTHING = {
    "RuleName": "reads", "ResourceARN": "*", "Priority": 10, "FixedRate": 0.05, "ReservoirSize": 1,
    "ServiceName": "*", "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*", "Version": 1,
}  # fmt: skip


def group(expression: str) -> dict[str, Any]:
    properties = {"GroupName": "canary", "FilterExpression": expression}
    return {"Group": {"Type": "AWS::XRay::Group", "Properties": properties}}


def rule(**fields: Any) -> dict[str, Any]:
    properties = {"SamplingRule": {**ANYTHING, **fields}}
    return {"Rule": {"Type": "AWS::XRay::SamplingRule", "Properties": properties}}


def test_a_stack_makes_a_group_changes_and_removes_it(sandbox: RunningSandbox) -> None:
    client = sandbox.client("xray")
    arns = {"ref": {"Ref": "Group"}, "attribute": {"Fn::GetAtt": ["Group", "GroupARN"]}}
    with stack(sandbox, "xray-group", group("annotation.canary = true"), **arns) as outputs:
        # `Ref` returns the ARN.
        assert outputs["ref"] == outputs["attribute"]
        assert outputs["ref"].startswith("arn:aws:xray:us-east-1:000000000000:group/canary/")
        found = client.get_group(GroupName="canary")["Group"]
        assert found["GroupARN"] == outputs["ref"]
        assert found["FilterExpression"] == "annotation.canary = true"
        assert update(sandbox, "xray-group", group("error"), **arns) == outputs
        assert [each["FilterExpression"] for each in client.get_groups()["Groups"]] == ["error"]
    with pytest.raises(client.exceptions.InvalidRequestException):
        client.get_group(GroupName="canary")


def test_a_stack_makes_a_sampling_rule_changes_and_removes_it(sandbox: RunningSandbox) -> None:
    client = sandbox.client("xray")
    arns = {"ref": {"Ref": "Rule"}, "attribute": {"Fn::GetAtt": ["Rule", "RuleARN"]}}
    with stack(sandbox, "xray-rule", rule(), **arns) as outputs:
        arn = "arn:aws:xray:us-east-1:000000000000:sampling-rule/reads"
        assert outputs == {"ref": arn, "attribute": arn}
        (record,) = client.get_sampling_rules()["SamplingRuleRecords"]
        assert record["SamplingRule"] == {**ANYTHING, "Attributes": {}, "RuleARN": arn}
        update(sandbox, "xray-rule", rule(FixedRate=1.0), **arns)
        (record,) = client.get_sampling_rules()["SamplingRuleRecords"]
        assert record["SamplingRule"]["FixedRate"] == 1.0
    assert client.get_sampling_rules()["SamplingRuleRecords"] == []


@pytest.mark.parametrize(
    ("case", "fields", "reason"),
    [
        ("rate", {"FixedRate": 1.5}, "#/SamplingRule/FixedRate: 1.5 is not less or equal to 1"),
        ("priority", {"Priority": 0}, "#/SamplingRule/Priority: 0 is not greater or equal to 1"),
        ("name", {"RuleName": "r" * 33}, "#/SamplingRule/RuleName: expected maximum length: 32, found: 33"),
    ],
)
def test_a_sampling_rule_outside_the_limits_is_refused(
    sandbox: RunningSandbox, case: str, fields: dict[str, Any], reason: str
) -> None:
    assert reason in refusal(sandbox, f"xray-refused-{case}", rule(**fields))
