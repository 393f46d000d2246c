"""X-Ray knows the canary's reads as a group, and samples where a trace begins."""

import pytest

from shared.names import ResourceNames
from stacks.environments import ENVIRONMENTS
from tests.stacks.conftest import Synthesis

STAGES = pytest.mark.parametrize("stage", ENVIRONMENTS)
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-xray-group.html
LONGEST_NAME = 32


@STAGES
def test_the_group_holds_the_canarys_traces_and_has_insights(stage: str, synthesis: Synthesis) -> None:
    group = synthesis.only(stage, "AWS::XRay::Group")

    assert group["GroupName"] == f"{ENVIRONMENTS[stage].names.prefix}-canary"
    assert group["FilterExpression"] == "annotation.canary = true"
    assert group["InsightsConfiguration"] == {"InsightsEnabled": True, "NotificationsEnabled": False}


@STAGES
def test_the_sampling_rule_is_of_the_function_that_users_read_through(stage: str, synthesis: Synthesis) -> None:
    rule = synthesis.only(stage, "AWS::XRay::SamplingRule")["SamplingRule"]

    assert rule["ServiceName"] == ENVIRONMENTS[stage].names.mock_read_function
    assert (rule["ReservoirSize"], rule["FixedRate"]) == (5, 0.05)
    # Updating it would fail.
    assert rule["Version"] == 1


def test_names_fit_for_the_longest_name_of_an_environment() -> None:
    names = ResourceNames("twelveletter")

    assert len(names.trace_group) <= LONGEST_NAME
    assert len(names.trace_sampling_rule) <= LONGEST_NAME
