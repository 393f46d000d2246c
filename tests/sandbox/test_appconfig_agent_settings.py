"""https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-integration-lambda-extensions-config.html."""

from typing import Any

import pytest

from sandbox.appconfig_agent_settings import AgentSettings, ConfigurationPath
from tests.sandbox.appconfig_sandbox import LAYER, extension_variables


def described(layer: str = LAYER, **variables: str) -> dict[str, Any]:
    return {
        "FunctionName": "reader",
        "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:reader",
        "Role": "arn:aws:iam::000000000000:role/reader",
        "Layers": [{"Arn": layer}],
        "Environment": {"Variables": extension_variables(variables)},
    }


def settings(**variables: str) -> AgentSettings:
    found = AgentSettings.of_function(described(**variables))
    assert found
    return found


def test_the_defaults_are_those_of_the_extension() -> None:
    assert settings().poll_interval_seconds == 45
    assert settings().poll_timeout_ms == 3000
    assert settings().prefetch == ()


def test_the_environment_variables_are_honoured() -> None:
    told = settings(POLL_INTERVAL_SECONDS="2", POLL_TIMEOUT_MILLIS="50")
    assert (told.poll_interval_seconds, told.poll_timeout_ms) == (2, 50)


@pytest.mark.parametrize("value", ["0", "-1", "soon", "1.5"])
def test_a_value_that_is_no_whole_number_above_0_leaves_the_default(value: str) -> None:
    assert settings(POLL_INTERVAL_SECONDS=value).poll_interval_seconds == 45


def test_a_prefetch_list_is_separated_by_commas_and_skips_what_is_no_path() -> None:
    a, b = (f"/applications/{name}/environments/e/configurations/c" for name in "ab")
    assert settings(PREFETCH_LIST=f"{a}, {b},/elsewhere").prefetch == (
        ConfigurationPath("a", "e", "c"),
        ConfigurationPath("b", "e", "c"),
    )


def test_a_slash_within_a_name_is_percent_encoded() -> None:
    path = ConfigurationPath.parse("/applications/team%2Fshop/environments/e/configurations/c")
    assert path == ConfigurationPath("team/shop", "e", "c")


def test_a_function_without_the_layer_has_no_agent() -> None:
    assert AgentSettings.of_function(described(layer="arn:aws:lambda:us-east-1:1:layer:other:1")) is None


def test_a_function_updated_in_other_ways_keeps_its_agent() -> None:
    assert AgentSettings.of_function(described() | {"Timeout": 9}) == settings()
    assert AgentSettings.of_function(described() | {"Role": "arn:aws:iam::1:role/other"}) != settings()
