import json
import re

import pytest

from stacks.environments import BETA, ENVIRONMENTS, BundlePlatform
from tests.stacks.conftest import Synthesis

STAGES = pytest.mark.parametrize("stage", ENVIRONMENTS)


@STAGES
def test_the_shadow_bus_is_a_subscription_on_mock_reads_log(stage: str, synthesis: Synthesis) -> None:
    subscription = synthesis.only(stage, "AWS::Logs::SubscriptionFilter")
    log_groups = synthesis.resources(stage, "AWS::Logs::LogGroup")
    (shadow_id,) = (
        logical_id
        for logical_id, function in synthesis.resources(stage, "AWS::Lambda::Function").items()
        if function["Properties"]["FunctionName"] == synthesis.environments[stage].names.prisma_shadow_function
    )

    source = log_groups[subscription["LogGroupName"]["Ref"]]["Properties"]["LogGroupName"]
    assert source == f"/aws/lambda/{synthesis.environments[stage].names.mock_read_function}"
    assert subscription["FilterPattern"] == '"SHADOW-REQUEST"'
    assert subscription["DestinationArn"] == {"Fn::GetAtt": [shadow_id, "Arn"]}


@STAGES
def test_only_mock_reads_log_may_invoke_the_comparison(stage: str, synthesis: Synthesis) -> None:
    (permission,) = (
        resource["Properties"]
        for resource in synthesis.resources(stage, "AWS::Lambda::Permission").values()
        if resource["Properties"]["Principal"] == "logs.amazonaws.com"
    )
    shadow_id, _ = synthesis.function(stage, synthesis.environments[stage].names.prisma_shadow_function)

    assert permission["FunctionName"] == {"Fn::GetAtt": [shadow_id, "Arn"]}
    assert permission["SourceArn"]["Fn::GetAtt"][1] == "Arn"
    assert permission["SourceAccount"]


@STAGES
def test_an_event_of_the_shadow_is_retried_once_ages_out_and_leaves_a_trace(stage: str, synthesis: Synthesis) -> None:
    shadow_id, _ = synthesis.function(stage, synthesis.environments[stage].names.prisma_shadow_function)
    (config,) = (
        resource["Properties"]
        for resource in synthesis.resources(stage, "AWS::Lambda::EventInvokeConfig").values()
        if resource["Properties"]["FunctionName"] == {"Ref": shadow_id}
    )
    (queue_id,) = (
        logical_id
        for logical_id, queue in synthesis.resources(stage, "AWS::SQS::Queue").items()
        if queue["Properties"]["QueueName"] == f"{synthesis.environments[stage].names.prisma_shadow_function}-failures"
    )

    assert config["MaximumEventAgeInSeconds"] == 300
    assert config["MaximumRetryAttempts"] == 1
    assert config["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": [queue_id, "Arn"]}


@STAGES
def test_only_what_users_wait_for_and_what_runs_once_a_deployment_is_not_capped(
    stage: str, synthesis: Synthesis
) -> None:
    environment = synthesis.environments[stage]
    caps = {
        function["Properties"]["FunctionName"]: function["Properties"].get("ReservedConcurrentExecutions")
        for function in synthesis.resources(stage, "AWS::Lambda::Function").values()
    }

    assert caps == {
        environment.names.mock_read_function: None,
        environment.names.prisma_read_function: environment.prisma_reserved_concurrency,
        environment.names.prisma_shadow_function: environment.shadow_reserved_concurrency,
        environment.names.prisma_migrate_function: 1,
        environment.names.rollback_guardian_function: 2,
        environment.names.pre_traffic_hook_function: None,
    }


@STAGES
def test_a_candidate_that_must_answer_within_a_second_is_kept_warm(stage: str, synthesis: Synthesis) -> None:
    environment = synthesis.environments[stage]
    provisioned = [
        alias["Properties"].get("ProvisionedConcurrencyConfig")
        for alias in synthesis.resources(stage, "AWS::Lambda::Alias").values()
    ]

    if environment.candidate_timeout_ms <= 1000:
        assert {"ProvisionedConcurrentExecutions": environment.prisma_provisioned_concurrency} in provisioned
    assert provisioned.count(None) >= 1, "mock-read scales by itself"


@STAGES
def test_the_digest_key_never_stands_in_a_template(stage: str, synthesis: Synthesis) -> None:
    keys = [
        function["Properties"]["Environment"]["Variables"]["HUNTAZE_DIGEST_KEY"]
        for function in synthesis.resources(stage, "AWS::Lambda::Function").values()
        if "HUNTAZE_DIGEST_KEY" in function["Properties"]["Environment"]["Variables"]
    ]

    assert len(keys) == 2
    assert keys[0] == keys[1], "the two sides would never agree"
    assert "{{resolve:secretsmanager:" in json.dumps(keys[0])


@STAGES
def test_the_prisma_package_is_built_when_it_is_published(stage: str, synthesis: Synthesis) -> None:
    manifests = synthesis.folder.glob(f"assembly-{stage}/*ReadPath*.assets.json")
    commands = [
        asset["source"]["executable"]
        for manifest in manifests
        for asset in json.loads(manifest.read_text())["files"].values()
        if "executable" in asset["source"]
    ]

    environment = synthesis.environments[stage]
    assert [command[1:] for command in commands] == [
        ["-m", "stacks.prisma_bundle", environment.bundle_platform, environment.architecture]
    ]


def test_no_engine_is_named_where_the_sandbox_brings_one(synthesis: Synthesis) -> None:
    for stage, environment in ENVIRONMENTS.items():
        engines = {
            function["Properties"]["Environment"]["Variables"].get("PRISMA_QUERY_ENGINE_BINARY")
            for function in synthesis.resources(stage, "AWS::Lambda::Function").values()
            if re.search("prisma-(read|shadow|migrate)$", function["Properties"]["FunctionName"])
        }
        if environment.bundle_platform is BundlePlatform.LAMBDA:
            assert engines == {"/var/task/query-engine"}
        else:
            assert engines == {None}


def test_production_is_never_seeded_with_made_up_users(synthesis: Synthesis) -> None:
    seeds = {
        stage: [
            function["Properties"]["Environment"]["Variables"]["HUNTAZE_ALLOW_SEED"]
            for function in synthesis.resources(stage, "AWS::Lambda::Function").values()
            if "HUNTAZE_ALLOW_SEED" in function["Properties"]["Environment"]["Variables"]
        ]
        for stage in ENVIRONMENTS
    }

    assert BETA.allow_seed
    assert seeds == {"dev": ["1"], "beta": ["1"], "prod": ["0"], "sandbox": ["1"]}
