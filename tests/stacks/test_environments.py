import re
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.databases import Database, ExistingDatabase, ExistingNetwork
from stacks.environments import (
    BETA,
    ENVIRONMENTS,
    NEW_DATABASE,
    SANDBOX,
    SANDBOX_OVERRIDES,
    Environment,
    InvalidEnvironmentError,
    SlackChannel,
)


def test_the_sandbox_is_beta_but_for_the_overrides_it_names() -> None:
    differing = {
        field.name for field in fields(Environment) if getattr(SANDBOX, field.name) != getattr(BETA, field.name)
    }

    assert differing == set(SANDBOX_OVERRIDES) == {"account", "bundle_platform"}


def test_only_beta_bears_the_playbooks_bare_names() -> None:
    assert BETA.names.mock_read_function == "huntaze-mock-read"
    assert BETA.names.error_rate_alarm == "huntaze-lambda-error-rate-gt-2pct"
    assert BETA.names.rollback_alarms == (
        "huntaze-lambda-error-rate-gt-2pct",
        "huntaze-canary-error-rate-gt-2pct",
        "huntaze-new-version-error-rate-gt-2pct",
        "huntaze-prisma-new-version-error-rate-gt-2pct",
    )
    assert BETA.names.investigate_alarms == (
        "huntaze-canary-p95-gt-30pct",
        "huntaze-shadow-diff-gt-1pct",
        "huntaze-no-traffic",
        "huntaze-rollback-guardian-failed",
    )
    assert BETA.names.rollback_guardian_function == "huntaze-rollback-guardian"
    assert BETA.names.rollback_topic == "huntaze-rollbacks"
    assert BETA.names.pre_traffic_hook_function.startswith("CodeDeployHook_")
    assert BETA.names.dashboard == "huntaze-prisma-migration"
    assert BETA.names.appconfig_application == "huntaze"
    assert ENVIRONMENTS["dev"].names.mock_read_function == "huntaze-dev-mock-read"
    assert ENVIRONMENTS["prod"].names.appconfig_application == "huntaze-prod"


def test_no_two_environments_of_an_account_share_a_name() -> None:
    names = [ENVIRONMENTS[stage].names for stage in ("dev", "beta", "prod")]

    props = (
        "mock_read_function",
        "dashboard",
        "alarm_topic",
        "rollback_topic",
        "rollback_guardian_function",
        "rollback_guardian_failures",
        "rollback_guardian_recoveries",
        "pre_traffic_hook_function",
        "appconfig_application",
        "rollback_alarms",
        "investigate_alarms",
    )
    for prop in props:
        assert len({getattr(environment_names, prop) for environment_names in names}) == len(names), prop


def test_prod_keeps_its_data_and_takes_longer_steps() -> None:
    prod = ENVIRONMENTS["prod"]

    assert prod.retain_data
    assert prod.on_call
    assert prod.code_canary_interval_minutes > BETA.code_canary_interval_minutes
    assert prod.flag_bake_minutes > BETA.flag_bake_minutes
    assert all(prod.ramp_hold_minutes[percent] > minutes for percent, minutes in BETA.ramp_hold_minutes.items())


@pytest.mark.parametrize(
    ("field", "value", "names_in_the_message"),
    [
        ("name", "Beta!", "name is 'Beta!'"),
        ("account", "1234", "account is '1234'"),
        ("region", "mars-north-1", "region is 'mars-north-1'"),
        ("code_canary_percent", 0, "code_canary_percent is 0"),
        ("code_canary_percent", 100, "code_canary_percent is 100"),
        ("code_canary_percent", True, "code_canary_percent is True"),
        ("code_canary_interval_minutes", 2881, "code_canary_interval_minutes is 2881"),
        ("flag_poll_interval_seconds", 14, "flag_poll_interval_seconds is 14"),
        ("flag_bake_minutes", 1441, "flag_bake_minutes is 1441"),
        ("latency_budget_ms", 0, "latency_budget_ms is 0"),
        ("latency_budget_ms", 1001, "latency_budget_ms is 1001"),
        ("latency_budget_ms", 12.5, "latency_budget_ms is 12.5"),
        ("error_rate_limit_percent", 0, "error_rate_limit_percent is 0"),
        ("alarm_emails", ("ops@example.com", "nobody"), "alarm_emails is 'nobody'"),
        ("slack", SlackChannel(workspace_id="general", channel_id="C0123ABCD"), "slack.workspace_id is 'general'"),
        ("slack", SlackChannel(workspace_id="T0123ABCD", channel_id="#ops"), "slack.channel_id is '#ops'"),
    ],
)
def test_an_invalid_value_is_refused_by_the_name_of_its_field(
    field: str, value: Any, names_in_the_message: str
) -> None:
    with pytest.raises(InvalidEnvironmentError, match=re.escape(names_in_the_message)) as refusal:
        replace(BETA, **{field: value})

    assert "accepted:" in str(refusal.value)


NETWORK = ExistingNetwork(subnet_ids=("subnet-0123456789abcdef0",), security_group_ids=("sg-0123456789abcdef0",))
EXISTING = ExistingDatabase(reader_secret_name="app/reader", admin_secret_name="rds!cluster-0123", network=NETWORK)


def _network(**change: Any) -> ExistingDatabase:
    return replace(EXISTING, network=replace(NETWORK, **change))


@pytest.mark.parametrize(
    ("database", "names_in_the_message"),
    [
        (replace(EXISTING, reader_secret_name=""), "database.reader_secret_name is ''"),
        (replace(EXISTING, admin_secret_name="a secret"), "database.admin_secret_name is 'a secret'"),
        (replace(EXISTING, secrets_key_arn="alias/mine"), "database.secrets_key_arn is 'alias/mine'"),
        (_network(subnet_ids=()), "database.network.subnet_ids is ()"),
        (_network(subnet_ids=("vpc-0123456789abcdef0",)), "database.network.subnet_ids is ('vpc-"),
        (_network(security_group_ids=()), "database.network.security_group_ids is ()"),
        (_network(security_group_ids=("default",)), "database.network.security_group_ids is ('default',)"),
        (replace(NEW_DATABASE, min_capacity_acu=0.3), "database.min_capacity_acu is 0.3"),
        (replace(NEW_DATABASE, min_capacity_acu=-1), "database.min_capacity_acu is -1"),
        (replace(NEW_DATABASE, max_capacity_acu=0.5), "database.max_capacity_acu is 0.5"),
        (replace(NEW_DATABASE, min_capacity_acu=8), "database.max_capacity_acu is 4; accepted: 8 to 256"),
        (replace(NEW_DATABASE, max_capacity_acu=300), "database.max_capacity_acu is 300"),
        (replace(NEW_DATABASE, instances=0), "database.instances is 0"),
        (replace(NEW_DATABASE, backup_retention_days=36), "database.backup_retention_days is 36"),
    ],
)
def test_an_invalid_database_is_refused_by_the_name_of_its_field(database: Database, names_in_the_message: str) -> None:
    assert replace(BETA, database=EXISTING).database == EXISTING
    assert replace(BETA, database=NEW_DATABASE).database == NEW_DATABASE
    with pytest.raises(InvalidEnvironmentError, match=re.escape(names_in_the_message)) as refusal:
        replace(BETA, database=database)

    assert "accepted:" in str(refusal.value)


def test_a_database_may_pause_only_where_nothing_is_kept_warm_and_nobody_is_woken() -> None:
    pausing = replace(NEW_DATABASE, min_capacity_acu=0)

    assert replace(ENVIRONMENTS["dev"], database=pausing).database == pausing
    with pytest.raises(InvalidEnvironmentError, match=r"min_capacity_acu is 0; .*prisma_provisioned_concurrency"):
        replace(BETA, database=pausing)
    with pytest.raises(InvalidEnvironmentError, match=r"min_capacity_acu is 0; .*on call"):
        replace(ENVIRONMENTS["prod"], prisma_provisioned_concurrency=0, database=pausing)


def test_an_unknown_region_is_told_which_ones_have_an_extension_layer() -> None:
    with pytest.raises(InvalidEnvironmentError, match=r"eu-west-1, eu-west-3, us-east-1.*extension_layers\.py"):
        replace(BETA, region="ap-south-2")


@given(st.integers())
def test_a_canary_takes_1_to_99_percent_and_nothing_else(percent: int) -> None:
    if 1 <= percent <= 99:
        assert replace(BETA, code_canary_percent=percent).code_canary_percent == percent
    else:
        with pytest.raises(InvalidEnvironmentError):
            replace(BETA, code_canary_percent=percent)
