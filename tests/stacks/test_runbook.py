"""Each alarm's description links to a section of the runbook that exists."""

import re
from pathlib import Path

import pytest

from stacks.environments import ENVIRONMENTS
from tests.stacks.conftest import REPOSITORY, Synthesis

_HEADING = re.compile(r"^## (\S+)$", re.MULTILINE)


@pytest.mark.parametrize("stage", ENVIRONMENTS)
def test_every_alarm_links_to_a_section_of_the_runbook(stage: str, synthesis: Synthesis) -> None:
    alarms = [alarm["Properties"] for alarm in synthesis.resources(stage, "AWS::CloudWatch::Alarm").values()]
    assert alarms
    for alarm in alarms:
        description = str(alarm["AlarmDescription"])
        link = re.search(r"What to do: (\S+)#(\S+)$", description)
        assert link is not None, description
        sections = _HEADING.findall((REPOSITORY / Path(link[1])).read_text(encoding="utf-8"))
        assert link[2] in sections, alarm["AlarmName"]


def test_the_runbook_has_a_section_on_rolling_back() -> None:
    assert "rollback" in _HEADING.findall((REPOSITORY / "docs" / "PLAYBOOK.md").read_text(encoding="utf-8"))
