"""The environment variables: a wrong one ends the cold start with its name."""

import pytest

from mock_read.settings import Settings
from shared.environ import SettingsError

ENVIRON = {
    "HUNTAZE_ENVIRONMENT": "beta",
    "HUNTAZE_FLAG_PATH": "/applications/huntaze/environments/beta/configurations/feature-flags",
    "HUNTAZE_KILL_SWITCH_PATH": "/applications/huntaze/environments/beta-kill-switch/configurations/kill-switch",
    "HUNTAZE_FLAG_TIMEOUT_MS": "50",
    "HUNTAZE_FLAG_CACHE_MS": "1000",
    "AWS_APPCONFIG_EXTENSION_HTTP_PORT": "2773",
    "AWS_LAMBDA_FUNCTION_VERSION": "7",
    "HUNTAZE_CANDIDATE_FUNCTION": "huntaze-prisma-read",
    "HUNTAZE_CANDIDATE_TIMEOUT_MS": "1000",
    "HUNTAZE_DIGEST_KEY": "0123456789abcdef0123456789abcdef",
}


def test_every_setting_comes_from_its_variable() -> None:
    assert Settings.from_environ(ENVIRON) == Settings(
        environment="beta",
        function_version="7",
        flag_path="/applications/huntaze/environments/beta/configurations/feature-flags",
        kill_switch_path="/applications/huntaze/environments/beta-kill-switch/configurations/kill-switch",
        flag_timeout_ms=50,
        flag_cache_ms=1000,
        agent_port=2773,
        candidate_function="huntaze-prisma-read",
        candidate_timeout_ms=1000,
        digest_key="0123456789abcdef0123456789abcdef",
    )


def test_the_agents_port_has_the_extensions_own_default() -> None:
    environ = {name: value for name, value in ENVIRON.items() if name != "AWS_APPCONFIG_EXTENSION_HTTP_PORT"}
    assert Settings.from_environ(environ).agent_port == 2772


@pytest.mark.parametrize("name", sorted(set(ENVIRON) - {"AWS_APPCONFIG_EXTENSION_HTTP_PORT"}))
@pytest.mark.parametrize("empty", [True, False])
def test_a_missing_or_empty_variable_is_named(name: str, empty: bool) -> None:  # noqa: FBT001 — the case
    environ = {**ENVIRON, name: ""} if empty else {key: ENVIRON[key] for key in ENVIRON if key != name}
    with pytest.raises(SettingsError, match=f"^{name} is not set"):
        Settings.from_environ(environ)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUNTAZE_FLAG_TIMEOUT_MS", "0"),
        ("HUNTAZE_FLAG_TIMEOUT_MS", "-50"),
        ("HUNTAZE_FLAG_TIMEOUT_MS", "50 ms"),
        ("HUNTAZE_FLAG_TIMEOUT_MS", "\u0665\u0660"),
        ("HUNTAZE_FLAG_CACHE_MS", "1.5"),
        ("HUNTAZE_CANDIDATE_TIMEOUT_MS", "1s"),
        ("AWS_APPCONFIG_EXTENSION_HTTP_PORT", "65536"),
        ("AWS_APPCONFIG_EXTENSION_HTTP_PORT", "http"),
        ("HUNTAZE_FLAG_PATH", "huntaze/beta/feature-flags"),
        ("HUNTAZE_KILL_SWITCH_PATH", "http://elsewhere/applications/x"),
    ],
)
def test_an_unusable_variable_is_named_with_its_value(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} is .*{value}"):
        Settings.from_environ({**ENVIRON, name: value})
