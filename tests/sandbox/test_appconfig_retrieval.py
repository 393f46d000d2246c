"""https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-type-reference-feature-flags.html.

"If a flag sets enabled to true, any attributes of the flag will be present as well."
"""

import json
from collections.abc import Iterator

import pytest

from sandbox.appconfig_retrieval import retrieval_time_document
from tests.sandbox.appconfig_sandbox import Deployed, Sandbox, flags, running_sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


def retrieved(sandbox: Sandbox, deployed: Deployed) -> bytes:
    session = sandbox.data_plane.start_configuration_session(
        ApplicationIdentifier=deployed.application_id,
        EnvironmentIdentifier=deployed.environment_id,
        ConfigurationProfileIdentifier=deployed.profile_id,
    )
    answer = sandbox.data_plane.get_latest_configuration(ConfigurationToken=session["InitialConfigurationToken"])
    return answer["Configuration"].read()


def test_the_attributes_of_a_disabled_flag_are_not_retrieved(sandbox: Sandbox) -> None:
    deployed = sandbox.create_configuration("shop")
    sandbox.deploy(deployed, flags({"on": {"enabled": True, "percent": 5}, "off": {"enabled": False, "percent": 5}}))
    assert json.loads(retrieved(sandbox, deployed)) == {
        "on": {"enabled": True, "percent": 5},
        "off": {"enabled": False},
    }


def test_a_freeform_configuration_is_retrieved_as_it_was_written(sandbox: Sandbox) -> None:
    deployed = sandbox.create_configuration("free", profile_type="AWS.Freeform")
    content = flags({"off": {"enabled": False, "percent": 5}})
    sandbox.deploy(deployed, content)
    assert retrieved(sandbox, deployed) == content


def test_times_of_change_are_not_retrieved() -> None:
    values = {"on": {"enabled": True, "_createdAt": "2026-01-01", "_updatedAt": "2026-01-02"}}
    assert retrieval_time_document(values) == {"on": {"enabled": True}}


def test_a_flag_that_does_not_say_is_off() -> None:
    assert retrieval_time_document({"silent": {"percent": 5}}) == {"silent": {"enabled": False}}
