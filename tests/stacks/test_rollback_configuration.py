import json
from typing import Any

import pytest

from stacks.environments import ENVIRONMENTS
from tests.stacks.conftest import Synthesis

STAGES = pytest.mark.parametrize("stage", ENVIRONMENTS)


@STAGES
def test_a_deployment_rolls_back_on_failure_on_alarm_and_when_stopped(stage: str, synthesis: Synthesis) -> None:
    groups = synthesis.resources(stage, "AWS::CodeDeploy::DeploymentGroup").values()

    assert len(groups) == 2
    for group in groups:
        assert group["Properties"]["AutoRollbackConfiguration"] == {
            "Enabled": True,
            "Events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST", "DEPLOYMENT_STOP_ON_ALARM"],
        }


def _watched(value: Any, stage: str, synthesis: Synthesis) -> str:
    """The name of the alarm that a reference of this stack, or of another one, means."""
    alarms = synthesis.resources(stage, "AWS::CloudWatch::Alarm")
    (name,) = (
        alarm["Properties"]["AlarmName"] for logical_id, alarm in alarms.items() if logical_id in json.dumps(value)
    )
    return str(name)


@STAGES
def test_a_deployment_watches_its_own_versions_alarm_and_those_of_what_users_see(
    stage: str, synthesis: Synthesis
) -> None:
    names = ENVIRONMENTS[stage].names
    watched = {}
    for group in synthesis.resources(stage, "AWS::CodeDeploy::DeploymentGroup").values():
        configuration = group["Properties"]["AlarmConfiguration"]
        assert configuration["Enabled"]
        assert not configuration["IgnorePollAlarmFailure"], "an alarm that cannot be read is no reason to go on"
        watched[group["Properties"]["DeploymentGroupName"]] = [
            _watched(alarm, stage, synthesis) for alarm in configuration["Alarms"]
        ]

    assert watched == {
        names.mock_read_deployment_group: [*names.flag_rollback_alarms, names.new_version_error_rate_alarm],
        names.prisma_read_deployment_group: [*names.flag_rollback_alarms, names.prisma_new_version_error_rate_alarm],
    }


@STAGES
def test_an_alias_waits_for_the_alarm_of_the_version_that_it_is_to_bring(stage: str, synthesis: Synthesis) -> None:
    for alias in synthesis.resources(stage, "AWS::Lambda::Alias").values():
        waits_for = [
            name for name in alias["DependsOn"] if name in synthesis.resources(stage, "AWS::CloudWatch::Alarm")
        ]
        (alarm_id,) = waits_for
        alarm = synthesis.resources(stage, "AWS::CloudWatch::Alarm")[alarm_id]["Properties"]
        assert json.dumps(alias["Properties"]["FunctionVersion"]) in json.dumps(alarm["Metrics"])


@STAGES
def test_both_aliases_ask_the_hook_first_and_codedeploy_may_invoke_it(stage: str, synthesis: Synthesis) -> None:
    hook_id, _ = synthesis.function(stage, ENVIRONMENTS[stage].names.pre_traffic_hook_function)
    for alias in synthesis.resources(stage, "AWS::Lambda::Alias").values():
        assert alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]["BeforeAllowTrafficHook"] == {"Ref": hook_id}
    may_invoke = [
        policy["Properties"]
        for policy in synthesis.resources(stage, "AWS::IAM::ManagedPolicy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Action"] == "lambda:InvokeFunction" and statement["Resource"] == {"Fn::GetAtt": [hook_id, "Arn"]}
    ]
    assert len(may_invoke) == 2


@STAGES
def test_a_code_canary_takes_one_percent_for_the_environments_interval(stage: str, synthesis: Synthesis) -> None:
    config = synthesis.only(stage, "AWS::CodeDeploy::DeploymentConfig")

    assert config["ComputePlatform"] == "Lambda"
    assert config["TrafficRoutingConfig"] == {
        "Type": "TimeBasedCanary",
        "TimeBasedCanary": {
            "CanaryPercentage": 1,
            "CanaryInterval": ENVIRONMENTS[stage].code_canary_interval_minutes,
        },
    }


@STAGES
def test_codedeploy_moves_the_live_alias_and_the_template_sets_no_weights(stage: str, synthesis: Synthesis) -> None:
    aliases = synthesis.resources(stage, "AWS::Lambda::Alias").values()
    groups = synthesis.resources(stage, "AWS::CodeDeploy::DeploymentGroup")

    assert len(aliases) == 2
    for alias in aliases:
        assert alias["Properties"]["Name"] == "live"
        assert "CurrentVersion" in json.dumps(alias["Properties"]["FunctionVersion"])
        assert "RoutingConfig" not in alias["Properties"]
        update = alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        group = groups.pop(update["DeploymentGroupName"]["Ref"])
        assert group["Properties"]["ApplicationName"] == update["ApplicationName"]


@STAGES
def test_a_published_version_outlives_the_template_that_published_it(stage: str, synthesis: Synthesis) -> None:
    versions = synthesis.resources(stage, "AWS::Lambda::Version").values()

    assert [version["DeletionPolicy"] for version in versions] == ["Retain", "Retain"]


@STAGES
def test_the_flags_environment_is_monitored_and_the_kill_switchs_is_not(stage: str, synthesis: Synthesis) -> None:
    environments = {
        resource["Properties"]["Name"]: resource["Properties"]
        for resource in synthesis.resources(stage, "AWS::AppConfig::Environment").values()
    }
    names = ENVIRONMENTS[stage].names

    assert set(environments) == {names.appconfig_environment, names.kill_switch_environment}
    monitors = environments[names.appconfig_environment]["Monitors"]
    # A bad version of a function is the alias's business, and what people are to look into is nobody's but theirs.
    assert [_watched(monitor["AlarmArn"], stage, synthesis) for monitor in monitors] == list(names.flag_rollback_alarms)
    assert "Monitors" not in environments[names.kill_switch_environment]


@STAGES
def test_the_kill_switch_is_deployed_at_once_and_never_bakes(stage: str, synthesis: Synthesis) -> None:
    strategies = {
        resource["Properties"]["Name"]: resource["Properties"]
        for resource in synthesis.resources(stage, "AWS::AppConfig::DeploymentStrategy").values()
    }
    immediate = strategies[ENVIRONMENTS[stage].names.immediate_strategy]

    assert immediate["DeploymentDurationInMinutes"] == 0
    assert immediate["FinalBakeTimeInMinutes"] == 0
    assert immediate["GrowthFactor"] == 100


@STAGES
def test_flag_and_kill_switch_are_seeded_off(stage: str, synthesis: Synthesis) -> None:
    seeds = [
        json.loads(resource["Properties"]["Content"])
        for resource in synthesis.resources(stage, "AWS::AppConfig::HostedConfigurationVersion").values()
    ]
    values = {flag: value for seed in seeds for flag, value in seed["values"].items()}

    assert set(values) == {"prismaAdapter", "prismaKillSwitch"}
    assert not values["prismaAdapter"]["enabled"]
    assert values["prismaAdapter"]["percent"] == 0
    assert values["prismaAdapter"]["shadowPercent"] == 0
    assert not values["prismaKillSwitch"]["enabled"]


@STAGES
def test_appconfig_itself_refuses_a_share_that_is_none(stage: str, synthesis: Synthesis) -> None:
    flags = [
        json.loads(resource["Properties"]["Content"])["flags"].get("prismaAdapter")
        for resource in synthesis.resources(stage, "AWS::AppConfig::HostedConfigurationVersion").values()
    ]
    (attributes,) = [flag["attributes"] for flag in flags if flag]

    assert attributes["percent"]["constraints"] == {"type": "number", "minimum": 0, "maximum": 100, "required": True}
    assert attributes["shadowPercent"]["constraints"] == attributes["percent"]["constraints"]
    assert attributes["splitBy"]["constraints"]["enum"] == ["user", "request"]
    assert attributes["allowUsers"]["constraints"]["elements"] == {"type": "string"}
    assert "enabled" not in attributes
