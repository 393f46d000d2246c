"""Every filter and every command of docs/XRAY_TRACING_GUIDE.md, on the deployed stacks."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from playbook.flag_dial import FlagPosition
from shared.names import XRAY_CANARY_TRACES
from tests.e2e.conftest import NAMES, REPOSITORY, Deployment
from tests.e2e.faults import locked_table, throttled_candidate

GUIDE: Final = (REPOSITORY / "docs" / "XRAY_TRACING_GUIDE.md").read_text()
_FILTERS_SECTION: Final = GUIDE.partition("## Filters")[2].partition("\n## ")[0]
FILTERS: Final = re.findall(r"(?m)^\| [^|]+ \| `([^|]+)` \|$", _FILTERS_SECTION)
COMMANDS: Final = [re.sub(r"(?m)^   ", "", block) for block in re.findall(r"(?ms)^ *```bash\n(.*?)^ *```$", GUIDE)]
# They ask for what the sandbox does not have, and say so.
REFUSED: Final = "get-insight-summaries"
# Nobody saw an error: the guide says that it finds none.
NO_MATCH: Final = "annotation.canary = true AND error = true"


@pytest.fixture(scope="module")
def traces(deployment: Deployment) -> Iterator[None]:
    """A little of everything that the guide asks about."""
    with deployment.guardian_asleep():
        deployment.warm_candidate()
        deployment.set_flag(FlagPosition(percent=0, split_by="request", shadow_percent=0))
        deployment.read({"userId": "user-7"})
        deployment.set_flag(FlagPosition(percent=100, split_by="request", shadow_percent=0))
        deployment.read({"userId": "user-7"})
        with throttled_candidate(deployment):
            deployment.read({"userId": "user-1"})
        time.sleep(11)  # The breaker lets a read try again after ten seconds.
        with locked_table(deployment):
            for _ in range(3):
                deployment.read({"userId": "user-2"})
            # The breaker is open: this one does not reach the candidate.
            deployment.read({"userId": "user-3"})
        time.sleep(2)  # What was given up ends, and the second is over, so that a range up to now holds it.
        yield
        # By the switch: while the alarm of these faults stands, a monitored environment takes no "off".
        deployment.deploy_kill_switch(enabled=True)


def test_the_guide_has_filters_and_commands() -> None:
    assert len(FILTERS) >= 10
    assert len(COMMANDS) >= 8
    assert GUIDE.count("```bash") == len(COMMANDS)


@pytest.mark.parametrize("expression", FILTERS)
def test_a_filter_finds_what_it_is_for(deployment: Deployment, traces: None, expression: str) -> None:
    now = int(time.time())
    found = deployment.client("xray").get_trace_summaries(
        StartTime=now - 1800, EndTime=now + 1, FilterExpression=expression
    )
    assert found["TraceSummaries"]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_does_what_the_guide_says(deployment: Deployment, traces: None, tmp_path: Path, command: str) -> None:
    ended = _run(deployment, tmp_path, command)
    if REFUSED in command:
        assert "UnknownOperationException" in ended.stderr
        return
    assert ended.returncode == 0, ended.stderr
    if NO_MATCH in command:
        assert json.loads(ended.stdout)["TraceSummaries"] == []
        return
    assert len(ended.stdout.strip()) > len("None")


def test_the_group_and_the_sampling_rule_of_the_guide_are_deployed(deployment: Deployment) -> None:
    client = deployment.client("xray")
    (group,) = client.get_groups()["Groups"]
    assert (group["GroupName"], group["FilterExpression"]) == (NAMES.trace_group, XRAY_CANARY_TRACES)
    assert group["InsightsConfiguration"]["InsightsEnabled"]
    (record,) = client.get_sampling_rules()["SamplingRuleRecords"]
    assert record["SamplingRule"]["RuleName"] == NAMES.trace_sampling_rule
    assert f"`{NAMES.trace_group}`" in GUIDE
    assert f"`{NAMES.trace_sampling_rule}`" in GUIDE


def test_the_group_holds_the_canary_reads_and_no_others(deployment: Deployment, traces: None) -> None:
    client = deployment.client("xray")
    now = int(time.time())

    def found(expression: str) -> set[str]:
        page = client.get_trace_summaries(StartTime=now - 1800, EndTime=now + 1, FilterExpression=expression)
        return {summary["Id"] for summary in page["TraceSummaries"]}

    grouped = found(f'group.name = "{NAMES.trace_group}"')
    assert grouped == found(XRAY_CANARY_TRACES)
    assert grouped < found("")


def _run(deployment: Deployment, directory: Path, command: str) -> subprocess.CompletedProcess[str]:
    """In a shell whose `aws` is the project's own."""
    aws = directory / "aws"
    aws.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m awscli "$@"\n')
    aws.chmod(0o755)
    environment = {**deployment.sandbox.environment, "AWS_PAGER": "", "PATH": f"{directory}:{os.environ['PATH']}"}
    return subprocess.run(
        ["bash", "-euc", command], env=environment, capture_output=True, text=True, check=False, timeout=120
    )
