"""Which names `--env` takes: those of `stacks/environments.py`, and whatever is added there."""

from dataclasses import replace

import pytest
from click.testing import CliRunner

from playbook.cli import playbook
from stacks.environments import BETA, ENVIRONMENTS, InvalidEnvironmentError


@pytest.mark.parametrize("name", [*ENVIRONMENTS, "paris", "qa2"])
def test_whatever_may_be_deployed_is_taken(name: str) -> None:
    assert replace(BETA, name=name).name == name
    assert CliRunner().invoke(playbook, ["--env", name, "status", "--help"]).exit_code == 0


@pytest.mark.parametrize("name", ["", "Beta", "a", "2nd", "a-b", "thirteenchars", "ü1"])
def test_what_can_be_no_environment_is_wrong_usage(name: str) -> None:
    with pytest.raises(InvalidEnvironmentError):
        replace(BETA, name=name)
    ended = CliRunner().invoke(playbook, ["--env", name, "status", "--help"])
    assert ended.exit_code == 2
    assert "is no environment's name" in ended.output
