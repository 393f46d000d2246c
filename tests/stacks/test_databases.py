"""Environments with a database of their own or in a VPC that is there: what holds for every environment, and more."""

import inspect
import json
from collections.abc import Callable
from typing import Any, Final

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from tests.stacks import test_least_privilege, test_prisma_functions
from tests.stacks.conftest import Synthesis, synthesise
from tests.stacks.template_linter import lint_findings
from tests.stacks.test_snapshots import masked
from tests.stacks.variants import ELSEWHERE, VARIANTS

DATABASE_FUNCTIONS: Final = ("prisma_read_function", "prisma_shadow_function", "prisma_migrate_function")

EVERYWHERE = pytest.mark.parametrize("stage", VARIANTS)
WITH_A_NEW_DATABASE = pytest.mark.parametrize("stage", ["fresh", "kept"])


@pytest.fixture(scope="module")
def variants() -> Synthesis:
    return synthesise(VARIANTS)


# Which names two secrets, that a new database has not.
_ABOUT_NAMED_SECRETS: Final = "test_the_database_secrets_are_read_by_name_and_the_admins_by_the_migrations_only"


def _rules(*modules: Any) -> list[Callable[[str, Synthesis], None]]:
    """The tests of every environment that these modules have."""
    return [
        test
        for module in modules
        for name, test in inspect.getmembers(module, inspect.isfunction)
        if name.startswith("test_")
        and [*inspect.signature(test).parameters] == ["stage", "synthesis"]
        and name != _ABOUT_NAMED_SECRETS
    ]


@pytest.mark.parametrize("rule", _rules(test_least_privilege, test_prisma_functions), ids=lambda rule: rule.__name__)
@EVERYWHERE
def test_what_holds_for_every_environment_holds_for_these(
    stage: str, rule: Callable[[str, Synthesis], None], variants: Synthesis
) -> None:
    rule(stage, variants)


def test_the_rule_packs_and_cdks_own_validation_find_nothing(variants: Synthesis) -> None:
    report = json.loads((variants.folder / "validation-report.json").read_text())

    assert {pack["pluginName"] for pack in report["pluginReports"]} == {"AwsSolutions", "Serverless", "NIST.800.53.R5"}
    for pack in report["pluginReports"]:
        assert (pack["violations"], pack["conclusion"]) == ([], "success")


@EVERYWHERE
def test_cfn_lint_finds_nothing(stage: str, variants: Synthesis) -> None:
    region = variants.environments[stage].region
    for (of_stage, stack), template in variants.templates.items():
        if of_stage == stage:
            assert lint_findings(template, region) == [], stack


def test_nothing_is_looked_up_so_that_templates_need_no_credentials(variants: Synthesis) -> None:
    for manifest in variants.folder.rglob("manifest.json"):
        assert "missing" not in json.loads(manifest.read_text())


def test_only_an_environment_that_asks_for_a_database_has_its_stack(synthesis: Synthesis, variants: Synthesis) -> None:
    with_one = {stage for stage, stack in [*synthesis.templates, *variants.templates] if stack == "Database"}

    assert with_one == {"fresh", "kept"}


@EVERYWHERE
def test_the_functions_of_the_database_are_in_a_vpc_and_no_other_is(stage: str, variants: Synthesis) -> None:
    names = variants.environments[stage].names
    inside = {
        function["Properties"]["FunctionName"]
        for function in variants.resources(stage, "AWS::Lambda::Function").values()
        if "VpcConfig" in function["Properties"]
    }

    assert inside == {getattr(names, function) for function in DATABASE_FUNCTIONS}


def test_existing_subnets_and_groups_are_those_that_were_named(variants: Synthesis) -> None:
    _, function = variants.function("elsewhere", ELSEWHERE.names.prisma_read_function)

    assert function["VpcConfig"] == {
        "SubnetIds": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        "SecurityGroupIds": ["sg-0123456789abcdef0"],
    }
    assert function["Architectures"] == ["x86_64"]


@EVERYWHERE
def test_the_code_of_a_function_in_a_vpc_may_not_touch_network_interfaces(stage: str, variants: Synthesis) -> None:
    names = variants.environments[stage].names
    for function in DATABASE_FUNCTIONS:
        allow, deny = [
            statement
            for statement in test_least_privilege.statements_of(variants, stage, getattr(names, function))
            if "ec2:CreateNetworkInterface" in statement["Action"]
        ]
        assert (allow["Effect"], deny["Effect"]) == ("Allow", "Deny")
        assert allow["Action"] == deny["Action"]
        condition = json.dumps(deny["Condition"]["ArnEquals"]["lambda:SourceFunctionArn"])
        assert f":function:{getattr(names, function)}" in condition


@EVERYWHERE
def test_the_key_of_the_secrets_may_be_used_for_them_and_for_nothing_else(stage: str, variants: Synthesis) -> None:
    environment = variants.environments[stage]
    (statement,) = [
        statement
        for statement in test_least_privilege.statements_of(variants, stage, environment.names.prisma_read_function)
        if "kms:Decrypt" in statement["Action"]
    ]

    assert statement["Action"] == "kms:Decrypt"
    assert "*" not in json.dumps(statement["Resource"])
    assert statement["Condition"] == {
        "StringEquals": {"kms:ViaService": f"secretsmanager.{environment.region}.amazonaws.com"}
    }


@WITH_A_NEW_DATABASE
def test_the_administrators_secret_is_for_the_migrations_alone(stage: str, variants: Synthesis) -> None:
    names = variants.environments[stage].names
    readable = {
        function: [
            json.dumps(statement["Resource"])
            for statement in test_least_privilege.statements_of(variants, stage, getattr(names, function))
            if "secretsmanager:GetSecretValue" in statement["Action"]
        ]
        for function in DATABASE_FUNCTIONS
    }

    for function, resources in readable.items():
        assert len(resources) == 1
        assert f"secret:{names.database_reader_secret}-??????" in resources[0]
        assert ("MasterUserSecretSecretArn" in resources[0]) == (function == "prisma_migrate_function")


@WITH_A_NEW_DATABASE
def test_no_way_leads_out_of_the_new_vpc(stage: str, variants: Synthesis) -> None:
    types = {resource["Type"] for resource in variants.templates[stage, "Database"]["Resources"].values()}
    subnets = variants.resources(stage, "AWS::EC2::Subnet").values()

    ways_out = ("Gateway", "Route", "Peering", "TransitGateway", "EIP")
    assert not [name for name in types if name.startswith("AWS::EC2::") and name.endswith(ways_out)]
    assert len({json.dumps(subnet["Properties"]["AvailabilityZone"]) for subnet in subnets}) == len(subnets) >= 2
    assert variants.only(stage, "AWS::EC2::VPCEndpoint")["ServiceName"].endswith(".secretsmanager")


@WITH_A_NEW_DATABASE
def test_only_the_functions_reach_the_database_and_only_the_endpoint_takes_https(
    stage: str, variants: Synthesis
) -> None:
    cluster = variants.only(stage, "AWS::RDS::DBCluster")
    endpoint = variants.only(stage, "AWS::EC2::VPCEndpoint")
    _, read = variants.function(stage, variants.environments[stage].names.prisma_read_function)
    groups = variants.resources(stage, "AWS::EC2::SecurityGroup")
    referred = json.dumps(read["VpcConfig"]["SecurityGroupIds"])
    (functions_id,) = [group_id for group_id in groups if f"GetAtt{group_id}GroupId" in referred]

    def admitted(reference: list[dict[str, Any]]) -> list[tuple[int, int, dict[str, Any]]]:
        (group,) = (groups[item["Fn::GetAtt"][0]]["Properties"] for item in reference)
        assert [rule["CidrIp"] for rule in group["SecurityGroupEgress"]] == ["127.0.0.1/32"]
        return [
            (rule["FromPort"], rule["ToPort"], rule["SourceSecurityGroupId"]) for rule in group["SecurityGroupIngress"]
        ]

    functions = {"Fn::GetAtt": [functions_id, "GroupId"]}
    assert admitted(cluster["VpcSecurityGroupIds"]) == [(5432, 5432, functions)]
    assert admitted(endpoint["SecurityGroupIds"]) == [(443, 443, functions)]
    own = groups[functions_id]["Properties"]
    vpc = variants.only(stage, "AWS::EC2::VPC")["CidrBlock"]
    assert own["SecurityGroupIngress"] == []
    assert [(rule["FromPort"], rule["CidrIp"]) for rule in own["SecurityGroupEgress"]] == [(5432, vpc), (443, vpc)]


@WITH_A_NEW_DATABASE
def test_the_administrators_password_is_rdss_own_affair(stage: str, variants: Synthesis) -> None:
    cluster = variants.only(stage, "AWS::RDS::DBCluster")

    assert cluster["ManageMasterUserPassword"] is True
    assert "MasterUserPassword" not in cluster
    assert "{{resolve:" not in json.dumps(variants.templates[stage, "Database"])


@WITH_A_NEW_DATABASE
def test_the_reader_finds_the_database_in_a_secret_that_the_handlers_understand(
    stage: str, variants: Synthesis
) -> None:
    names = variants.environments[stage].names
    (secret,) = [
        resource["Properties"]
        for resource in variants.resources(stage, "AWS::SecretsManager::Secret").values()
        if resource["Properties"]["Name"] == names.database_reader_secret
    ]
    parts = secret["GenerateSecretString"]["SecretStringTemplate"]["Fn::Join"][1]
    text = "".join(part if isinstance(part, str) else "db.example" for part in parts)

    assert secret["GenerateSecretString"]["GenerateStringKey"] == "password"
    assert json.loads(text) == {
        "engine": "postgres",
        "host": "db.example",
        "port": 5432,
        "dbname": variants.only(stage, "AWS::RDS::DBCluster")["DatabaseName"],
        "username": "huntaze_reader",
    }


@WITH_A_NEW_DATABASE
def test_what_is_stored_is_encrypted_with_a_key_of_ours_and_what_is_sent_with_tls(
    stage: str, variants: Synthesis
) -> None:
    cluster = variants.only(stage, "AWS::RDS::DBCluster")
    (key_id,) = (
        key_id
        for key_id in variants.resources(stage, "AWS::KMS::Key")
        if key_id in variants.templates[stage, "Database"]["Resources"]
    )
    key = {"Fn::GetAtt": [key_id, "Arn"]}

    assert (cluster["StorageEncrypted"], cluster["KmsKeyId"]) == (True, key)
    assert cluster["MasterUserSecret"]["KmsKeyId"] == key
    assert variants.only(stage, "AWS::RDS::DBClusterParameterGroup")["Parameters"]["rds.force_ssl"] == "1"


def test_prods_database_outlives_mistakes_and_the_others_go_with_their_stack(variants: Synthesis) -> None:
    def cluster(stage: str) -> dict[str, Any]:
        (resource,) = variants.resources(stage, "AWS::RDS::DBCluster").values()
        return resource

    kept, gone = cluster("kept"), cluster("fresh")
    assert (kept["DeletionPolicy"], kept["UpdateReplacePolicy"]) == ("Snapshot", "Snapshot")
    assert kept["Properties"]["DeletionProtection"] is True
    assert (gone["DeletionPolicy"], gone["Properties"]["DeletionProtection"]) == ("Delete", False)
    for stage, policy in (("kept", "Retain"), ("fresh", "Delete")):
        (key,) = (
            resource
            for resource in variants.templates[stage, "Database"]["Resources"].values()
            if resource["Type"] == "AWS::KMS::Key"
        )
        assert key["DeletionPolicy"] == policy, "a snapshot is worth as much as the key that opens it"


def test_capacity_and_instances_are_those_that_were_asked_for(variants: Synthesis) -> None:
    for stage, capacity, instances in (("fresh", (0.5, 4), 1), ("kept", (1, 16), 2)):
        scaling = variants.only(stage, "AWS::RDS::DBCluster")["ServerlessV2ScalingConfiguration"]
        assert (scaling["MinCapacity"], scaling["MaxCapacity"]) == capacity
        assert "SecondsUntilAutoPause" not in scaling
        assert len(variants.resources(stage, "AWS::RDS::DBInstance")) == instances


@WITH_A_NEW_DATABASE
def test_postgresqls_log_is_kept_as_long_as_every_other(stage: str, variants: Synthesis) -> None:
    environment = variants.environments[stage]
    groups = {
        group["Properties"]["LogGroupName"]: group
        for group in variants.resources(stage, "AWS::Logs::LogGroup").values()
    }
    cluster = variants.only(stage, "AWS::RDS::DBCluster")
    group = groups[f"/aws/rds/cluster/{cluster['DBClusterIdentifier']}/postgresql"]

    assert cluster["EnableCloudwatchLogsExports"] == ["postgresql"]
    retention = groups[f"/aws/lambda/{environment.names.prisma_read_function}"]["Properties"]["RetentionInDays"]
    assert group["Properties"]["RetentionInDays"] == retention
    assert group["DeletionPolicy"] == ("Retain" if environment.retain_data else "Delete")


def test_only_stacks_that_must_outlive_mistakes_are_protected_and_all_have_their_tags(
    synthesis: Synthesis, variants: Synthesis
) -> None:
    for result in (synthesis, variants):
        for stage, environment in result.environments.items():
            manifest = json.loads((result.folder / f"assembly-{stage}" / "manifest.json").read_text())
            stacks = [
                artifact["properties"]
                for artifact in manifest["artifacts"].values()
                if artifact["type"] == "aws:cloudformation:stack"
            ]
            assert len(stacks) == len([key for key in result.templates if key[0] == stage])
            for stack in stacks:
                assert stack.get("terminationProtection", False) == environment.retain_data
                assert stack["tags"] == dict(environment.tags)


def test_the_database_is_the_one_that_was_reviewed(variants: Synthesis, snapshot: SnapshotAssertion) -> None:
    assert masked(variants.templates["fresh", "Database"]) == snapshot(
        name="fresh-Database", extension_class=JSONSnapshotExtension
    )
