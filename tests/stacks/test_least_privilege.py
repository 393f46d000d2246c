"""Every statement of every policy in the templates, walked."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from stacks.databases import ExistingDatabase
from stacks.environments import ENVIRONMENTS
from tests.stacks.conftest import Synthesis

STAGES = pytest.mark.parametrize("stage", ENVIRONMENTS)

# Actions that know no resource, or are checked on * by whoever needs them, each with the page that says so.
RESOURCELESS = {
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
    "xray:GetTraceSummaries",
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsappconfig.html
    "appconfig:ListApplications",
    "appconfig:ListDeploymentStrategies",
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html; its one resource
    # type is for metrics of another kind.
    "cloudwatch:GetMetricData",
    "cloudwatch:GetMetricWidgetImage",
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
    "lambda:GetAccountSettings",
    "lambda:ListEventSourceMappings",
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html; the second is
    # told a query's number, which names no group.
    "logs:DescribeQueryDefinitions",
    "logs:GetQueryResults",
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodedeploy.html
    "codedeploy:GetDeploymentTarget",
    "codedeploy:ListDeploymentTargets",
    "codedeploy:StopDeployment",
    # https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaVPCAccessExecutionRole.html
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
}
# Statements of the operator's policy: it takes back either function's code, and probes mock-read's versions.
OPERATORS_MOVES = "MoveTheAliases"
OPERATORS_READS = "ReadAndMigrate"


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _identity_statements(synthesis: Synthesis, stage: str) -> Iterator[dict[str, Any]]:
    for policy in synthesis.resources(stage, "AWS::IAM::ManagedPolicy").values():
        yield from policy["Properties"]["PolicyDocument"]["Statement"]
    for policy in synthesis.resources(stage, "AWS::IAM::Policy").values():
        yield from policy["Properties"]["PolicyDocument"]["Statement"]


@STAGES
def test_no_identity_policy_allows_a_wildcard_action(stage: str, synthesis: Synthesis) -> None:
    for statement in _identity_statements(synthesis, stage):
        assert not [action for action in as_list(statement["Action"]) if "*" in action], statement


@STAGES
def test_the_resource_star_stands_only_where_an_action_knows_no_resource(stage: str, synthesis: Synthesis) -> None:
    for statement in _identity_statements(synthesis, stage):
        if "*" in as_list(statement["Resource"]):
            assert set(as_list(statement["Action"])) <= RESOURCELESS, statement


@STAGES
def test_no_role_carries_a_policy_that_somebody_else_maintains(stage: str, synthesis: Synthesis) -> None:
    for role in synthesis.resources(stage, "AWS::IAM::Role").values():
        assert ":aws:policy/" not in json.dumps(role["Properties"].get("ManagedPolicyArns", []))


@STAGES
def test_mock_read_may_read_its_two_configurations_and_no_other(stage: str, synthesis: Synthesis) -> None:
    (statement,) = [
        statement
        for statement in _identity_statements(synthesis, stage)
        if "appconfig:GetLatestConfiguration" in statement["Action"]
    ]

    assert len(statement["Resource"]) == 2
    for resource in statement["Resource"]:
        assert ":application/" in json.dumps(resource)
        assert "/configuration/" in json.dumps(resource)
        assert "*" not in json.dumps(resource)


@STAGES
def test_each_role_of_codedeploy_may_move_one_function_only(stage: str, synthesis: Synthesis) -> None:
    moved = [
        statement["Resource"]
        for statement in _identity_statements(synthesis, stage)
        if "lambda:UpdateAlias" in statement["Action"] and statement["Sid"] != OPERATORS_MOVES
    ]

    assert len(moved) == 2
    for function, alias in moved:
        assert alias == {"Fn::Join": ["", [function, ":live"]]}
    assert moved[0] != moved[1]


def statements_of(synthesis: Synthesis, stage: str, function_name: str) -> Iterator[dict[str, Any]]:
    """What the role of a function may do."""
    _, function = synthesis.function(stage, function_name)
    role = synthesis.resources(stage, "AWS::IAM::Role")[function["Role"]["Fn::GetAtt"][0]]["Properties"]
    for policy in role["ManagedPolicyArns"]:
        document = synthesis.resources(stage, "AWS::IAM::ManagedPolicy")[policy["Ref"]]["Properties"]["PolicyDocument"]
        yield from document["Statement"]


@STAGES
def test_mock_read_may_invoke_the_candidates_live_alias_and_nothing_else(stage: str, synthesis: Synthesis) -> None:
    names = synthesis.environments[stage].names
    (statement,) = [
        statement
        for statement in statements_of(synthesis, stage, names.mock_read_function)
        if "lambda:InvokeFunction" in statement["Action"]
    ]
    candidate_id, _ = synthesis.function(stage, names.prisma_read_function)

    assert statement["Resource"] == {"Fn::Join": ["", [{"Fn::GetAtt": [candidate_id, "Arn"]}, ":live"]]}


@STAGES
def test_the_hook_may_invoke_versions_of_the_two_functions_and_answer_for_their_groups(
    stage: str, synthesis: Synthesis
) -> None:
    names = synthesis.environments[stage].names
    invoke, look, answer = [
        statement
        for statement in statements_of(synthesis, stage, names.pre_traffic_hook_function)
        if not {"logs:PutLogEvents", "xray:PutTraceSegments"} & {*as_list(statement["Action"])}
    ]

    assert invoke["Action"] == "lambda:InvokeFunction"
    for resource, function in zip(
        invoke["Resource"], (names.mock_read_function, names.prisma_read_function), strict=True
    ):
        assert f":function:{function}:*" in json.dumps(resource)
    assert look["Action"] == ["codedeploy:GetDeploymentTarget", "codedeploy:ListDeploymentTargets"]
    assert answer["Action"] == "codedeploy:PutLifecycleEventHookExecutionStatus"
    assert "*" not in json.dumps(answer["Resource"])
    groups = (names.mock_read_deployment_group, names.prisma_read_deployment_group)
    for resource, group in zip(answer["Resource"], groups, strict=True):
        assert f":deploymentgroup:{names.codedeploy_application}/{group}" in json.dumps(resource)


@STAGES
def test_nobody_but_the_hook_and_operators_may_invoke_a_version_and_so_probe_it(
    stage: str, synthesis: Synthesis
) -> None:
    hook = list(statements_of(synthesis, stage, synthesis.environments[stage].names.pre_traffic_hook_function))
    for statement in _identity_statements(synthesis, stage):
        if statement in hook or statement["Sid"] == OPERATORS_READS:
            continue
        if "lambda:InvokeFunction" in as_list(statement["Action"]):
            assert "*" not in json.dumps(statement["Resource"])


@STAGES
def test_the_database_secrets_are_read_by_name_and_the_admins_by_the_migrations_only(
    stage: str, synthesis: Synthesis
) -> None:
    database = synthesis.environments[stage].database
    readers = [
        json.dumps(statement["Resource"])
        for statement in _identity_statements(synthesis, stage)
        if "secretsmanager:GetSecretValue" in statement["Action"]
    ]

    assert isinstance(database, ExistingDatabase)
    assert len(readers) == 3
    assert all(f"secret:{database.reader_secret_name}-??????" in resource for resource in readers)
    assert sum(database.admin_secret_name in resource for resource in readers) == 1


@STAGES
def test_every_acknowledgement_names_one_construct_with_its_reason(stage: str, synthesis: Synthesis) -> None:
    acknowledged = [
        (path, finding, reason)
        for metadata in synthesis.folder.glob(f"assembly-{stage}/*.metadata.json")
        for path, entries in json.loads(metadata.read_text()).items()
        for entry in entries
        if entry["type"] == "aws:cdk:acknowledged-rules"
        for finding, reason in entry["data"].items()
    ]

    assert acknowledged
    for path, finding, reason in acknowledged:
        stage_name, stack_name, *construct = path.strip("/").split("/")
        assert construct, f"{finding} is acknowledged for all of {stage_name}/{stack_name}"
        assert len(reason.split()) >= 8, f"{finding} on {path} has no reason worth the name"
        if "-IAM5" in finding:
            assert "[" in finding, f"{path} accepts wildcards that nobody has seen yet"
