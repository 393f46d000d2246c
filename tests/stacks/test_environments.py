import re
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.environments import (
    BETA,
    ENVIRONMENTS,
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
    assert prod.code_canary_interval_minutes > BETA.code_canary_interval_minutes
    assert prod.flag_bake_minutes > BETA.flag_bake_minutes


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
