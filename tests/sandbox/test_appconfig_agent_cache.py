"""One polled configuration against the real data plane; the agent's clock is left out.

https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_appconfigdata_GetLatestConfiguration.html
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.appconfig_agent_cache import PolledConfiguration, RetrievalError
from sandbox.appconfig_agent_settings import AgentSettings, ConfigurationPath
from sandbox.clock import Clock
from tests.sandbox.appconfig_sandbox import LAYER, Deployed, Sandbox, flags, running_sandbox

VALUES = {"ramp": {"enabled": True, "percent": 5}}
SETTINGS = AgentSettings.of_function(
    {
        "FunctionName": "reader",
        "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:reader",
        "Role": "arn:aws:iam::000000000000:role/reader",
        "Layers": [{"Arn": LAYER}],
    }
)
assert SETTINGS


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def deployed(sandbox: Sandbox) -> Deployed:
    configuration = sandbox.create_configuration("shop")
    sandbox.deploy(configuration, flags(VALUES))
    return configuration


@pytest.fixture
def configuration(sandbox: Sandbox, deployed: Deployed) -> Iterator[PolledConfiguration]:
    """Fetched once."""
    path = ConfigurationPath.parse(deployed.path)
    assert path
    assert SETTINGS
    polled = PolledConfiguration(path, SETTINGS, lambda _settings: sandbox.data_plane, Clock())
    polled.latest()
    yield polled
    polled.close()


def test_the_latest_configuration_comes_from_the_cache(sandbox: Sandbox, configuration: PolledConfiguration) -> None:
    sandbox.gate.refuse_polls = (500, "InternalServerException")
    assert json.loads(configuration.latest().content) == VALUES


def test_an_empty_answer_leaves_the_configuration_as_it_was_and_is_no_failure(
    configuration: PolledConfiguration, caplog: pytest.LogCaptureFixture
) -> None:
    configuration.poll()
    configuration.poll()
    assert json.loads(configuration.latest().content) == VALUES
    assert [record.message for record in caplog.records if record.name.startswith("sandbox.")] == []


def test_first_requests_that_come_together_fetch_once(sandbox: Sandbox, deployed: Deployed) -> None:
    path = ConfigurationPath.parse(deployed.path)
    assert path
    assert SETTINGS
    polled = PolledConfiguration(path, SETTINGS, lambda _settings: sandbox.data_plane, Clock())
    with ThreadPoolExecutor() as pool:
        answers = [pool.submit(polled.latest) for _ in range(4)]
        assert {answer.result().content_type for answer in answers} == {"application/json"}
    polled.close()
    assert len(sandbox.gate.tokens) == 1


def test_every_token_is_used_once_and_the_session_stays(sandbox: Sandbox, configuration: PolledConfiguration) -> None:
    configuration.poll()
    configuration.poll()
    assert len(set(sandbox.gate.tokens)) == len(sandbox.gate.tokens) == 3
    assert len(sandbox.gate.session_requests) == 1


def test_after_a_failed_poll_the_last_good_configuration_is_served_and_the_next_poll_catches_up(
    sandbox: Sandbox, configuration: PolledConfiguration, deployed: Deployed
) -> None:
    sandbox.gate.refuse_polls = (500, "InternalServerException")
    configuration.poll()
    assert json.loads(configuration.latest().content) == VALUES
    sandbox.gate.refuse_polls = None
    sandbox.deploy(deployed, flags({"ramp": {"enabled": False}}))
    configuration.poll()
    assert json.loads(configuration.latest().content) == {"ramp": {"enabled": False}}
    assert len(sandbox.gate.session_requests) == 1


def test_a_spent_token_starts_a_new_session(
    sandbox: Sandbox, configuration: PolledConfiguration, deployed: Deployed
) -> None:
    sandbox.data_plane.get_latest_configuration(ConfigurationToken=_next_token(configuration))
    sandbox.deploy(deployed, flags({"ramp": {"enabled": False}}))
    configuration.poll()
    assert len(sandbox.gate.session_requests) == 2
    assert json.loads(configuration.latest().content) == {"ramp": {"enabled": False}}


def test_the_next_poll_is_due_one_interval_after_the_last_attempt(
    sandbox: Sandbox, configuration: PolledConfiguration
) -> None:
    due_at = configuration.due_at
    sandbox.gate.refuse_polls = (500, "InternalServerException")
    configuration.poll()
    assert due_at < configuration.due_at < due_at + configuration.settings.poll_interval_seconds


def test_a_configuration_without_a_deployment_is_not_found(sandbox: Sandbox) -> None:
    path = ConfigurationPath.parse(sandbox.create_configuration("empty").path)
    assert path
    assert SETTINGS
    polled = PolledConfiguration(path, SETTINGS, lambda _settings: sandbox.data_plane, Clock())
    with pytest.raises(RetrievalError) as raised:
        polled.latest()
    polled.close()
    assert raised.value.status == 404


def _next_token(configuration: PolledConfiguration) -> str:
    token = configuration._token
    assert token
    return token
