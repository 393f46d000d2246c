import json

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


@STAGES
def test_a_deployment_watches_every_rollback_alarm_and_stops_when_it_cannot(stage: str, synthesis: Synthesis) -> None:
    (alarm_id,) = synthesis.resources(stage, "AWS::CloudWatch::Alarm")
    for group in synthesis.resources(stage, "AWS::CodeDeploy::DeploymentGroup").values():
        watched = group["Properties"]["AlarmConfiguration"]
        assert watched["Enabled"]
        assert not watched["IgnorePollAlarmFailure"]
        assert len(watched["Alarms"]) == 1
        assert alarm_id in json.dumps(watched["Alarms"])


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
    assert ["LambdaErrorRate" in json.dumps(monitor["AlarmArn"]) for monitor in monitors] == [True]
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
